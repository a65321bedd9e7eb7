package get

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestParse(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want []factory.Object
	}{
		"a type":        {[]string{"deploy"}, []factory.Object{{Type: "deploy"}}},
		"types":         {[]string{"deploy,svc"}, []factory.Object{{Type: "deploy"}, {Type: "svc"}}},
		"names":         {[]string{"deploy", "a", "b"}, []factory.Object{{Type: "deploy", Name: "a"}, {Type: "deploy", Name: "b"}}},
		"types by name": {[]string{"deploy,svc", "a"}, []factory.Object{{Type: "deploy", Name: "a"}, {Type: "svc", Name: "a"}}},
		"of each":       {[]string{"deploy/a", "svc/b"}, []factory.Object{{Type: "deploy", Name: "a"}, {Type: "svc", Name: "b"}}},
	} {
		got, err := parse(test.args)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got\n%s", name, err, diff)
		}
	}
}

func TestColumns(t *testing.T) {
	o := object(t, `{metadata: {name: web, labels: {a.b/c: d}}, spec: {containers: [{image: x}, {image: z}], replicas: 3}}`)
	columns, err := columnsOf(`NAME:.metadata.name,IMAGES:.spec.containers[*].image,N:{.spec.replicas},LABEL:metadata.labels.a\.b/c,NONE:.x.y,TWO:.spec.containers[0,1].image`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range columns {
		text, err := c.path.text(o)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.header+"="+text)
	}
	want := []string{"NAME=web", "IMAGES=x,z", "N=3", "LABEL=d", "NONE=<none>", "TWO=x,z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestColumnsFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "columns")
	if err := os.WriteFile(file, []byte("NAME       N\n.metadata.name  .spec.replicas\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	columns, err := columnsOfFile(string(text))
	if err != nil || len(columns) != 2 || columns[1].header != "N" {
		t.Errorf("got %v, %v", columns, err)
	}
	if _, err := columnsOfFile("NAME\n"); err == nil {
		t.Error("a line is missing, and it is taken all the same")
	}
}

func TestWrongColumns(t *testing.T) {
	for _, spec := range []string{"", "NAME", ":.a", "A:", "A:.b[", "A:.b,,C:.d"} {
		if _, err := columnsOf(spec); err == nil {
			t.Errorf("%q is taken", spec)
		}
	}
}

func TestCompare(t *testing.T) {
	for name, test := range map[string]struct {
		a, b string
		want int
	}{
		"numbers":       {"{v: 9}", "{v: 10}", -1},
		"quantities":    {"{v: 1Gi}", "{v: 900Mi}", 1},
		"text":          {"{v: b}", "{v: a}", 1},
		"nothing first": {"{}", "{v: a}", -1},
		"nothing twice": {"{}", "{}", 0},
	} {
		by, err := newPath(".v")
		if err != nil {
			t.Fatal(err)
		}
		if got := by.compare(object(t, test.a), object(t, test.b)); got != test.want {
			t.Errorf("%s: got %d, want %d", name, got, test.want)
		}
	}
}
