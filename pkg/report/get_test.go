package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// tableOf is a server's table: a line of columns, and lines of cells; the last word of a line is the value of
// KubeFed's label. Columns with a star are for -o wide.
func tableOf(cluster, columns string, rows ...string) report.ClusterTable {
	table := &metav1.Table{}
	for name := range strings.FieldsSeq(columns) {
		column := metav1.TableColumnDefinition{Name: strings.TrimSuffix(name, "*"), Type: "string"}
		if name != column.Name {
			column.Priority = 1
		}
		if column.Name == "Name" {
			column.Format = "name"
		}
		table.ColumnDefinitions = append(table.ColumnDefinitions, column)
	}
	for _, row := range rows {
		words := strings.Fields(row)
		object := &unstructured.Unstructured{Object: map[string]any{}}
		object.SetNamespace("shop")
		object.SetLabels(map[string]string{"kubefed.io/managed": words[len(words)-1]})
		r := metav1.TableRow{}
		r.Object.Object = object
		for _, cell := range words[:len(words)-1] {
			r.Cells = append(r.Cells, cell)
		}
		table.Rows = append(table.Rows, r)
	}
	return report.ClusterTable{Cluster: cluster, Table: table}
}

func TestGet(t *testing.T) {
	tables := []report.ClusterTable{
		tableOf("worker01", "Name Ready Age Images*", "web 2/2 5m nginx true", "own 0/1 9s nginx none"),
		tableOf("w2", "Name Ready Up-To-Date Age", "web 1/1 1 5m false"),
	}
	for name, test := range map[string]struct {
		style      report.GetStyle
		namespaces bool
		want       string
	}{
		"columns by name": {report.GetStyle{}, false, `
CLUSTER    NAME   READY   AGE   UP-TO-DATE   MANAGED
worker01   web    2/2     5m    -            yes
worker01   own    0/1     9s    -            no
w2         web    1/1     5m    1            never
`},
		"all there is": {report.GetStyle{Wide: true, ShowLabels: true, Kind: schema.GroupKind{Group: "apps", Kind: "Deployment"}}, true, `
CLUSTER    NAMESPACE   NAME                  READY   AGE   IMAGES   UP-TO-DATE   MANAGED   LABELS
worker01   shop        deployment.apps/web   2/2     5m    nginx    -            yes       kubefed.io/managed=true
worker01   shop        deployment.apps/own   0/1     9s    nginx    -            no        kubefed.io/managed=none
w2         shop        deployment.apps/web   1/1     5m    -        1            never     kubefed.io/managed=false
`},
		"no headers": {report.GetStyle{NoHeaders: true}, false, `
worker01   web   2/2   5m    -     yes
worker01   own   0/1   9s    -     no
w2         web   1/1   5m    1     never
`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := report.NewGetPrinter(&out, test.style).Print(report.Merge(tables, test.namespaces)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), out.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestGetEvents(t *testing.T) {
	var out bytes.Buffer
	p := report.NewGetPrinter(&out, report.GetStyle{Event: true})
	for _, event := range []string{"", "MODIFIED"} {
		if err := p.PrintEvent(event, report.Merge([]report.ClusterTable{tableOf("a", "Name", "web true")}, false)); err != nil {
			t.Fatal(err)
		}
	}
	want := "EVENT      CLUSTER   NAME   MANAGED\nADDED      a         web    yes\nMODIFIED   a         web    yes\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestObjectListHidesSecrets(t *testing.T) {
	secret := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret", "data": map[string]any{"password": "aHVudGVyMg=="},
		"metadata": map[string]any{"name": "db", "annotations": map[string]any{"kubectl.kubernetes.io/last-applied-configuration": `{"data":{"password":"aHVudGVyMg=="}}`}},
	}}
	objects := []report.ClusterObject{{Cluster: "a", Object: secret}}
	for _, show := range []bool{false, true} {
		list := report.ObjectList(objects, show)
		text, err := list.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), "aHVudGVyMg=="); got != show {
			t.Errorf("shown: %v, want %v\n%s", got, show, text)
		}
		if got := list.Items[0].GetAnnotations()[report.ClusterAnnotation]; got != "a" {
			t.Errorf("the member is called %q", got)
		}
	}
	if secret.GetAnnotations()[report.ClusterAnnotation] != "" {
		t.Error("the object itself was changed")
	}
}

func TestPrefixer(t *testing.T) {
	var out bytes.Buffer
	p := report.NewPrefixer(&out, []string{"worker01", "w2"})
	a, b := p.For("worker01"), p.For("w2")
	for _, write := range []struct {
		to   interface{ Write([]byte) (int, error) }
		text string
	}{{a, "on"}, {b, "first\n"}, {a, "e\ntwo\nthr"}, {b, "\n"}, {a, "ee"}} {
		if n, err := write.to.Write([]byte(write.text)); err != nil || n != len(write.text) {
			t.Fatal(n, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	want := "w2        first\nworker01  one\nworker01  two\nw2        \nworker01  three\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestSchedule(t *testing.T) {
	n := func(n int64) *int64 { return &n }
	plan := report.NewSchedulePlan()
	plan.Asked, plan.Placed, plan.Unplaced = 12, 12, 2
	plan.Members = []report.ScheduleMember{
		{Name: "fed-worker01", Now: n(4), Written: n(4), Planned: n(8), Overflow: 2, Room: n(6), Why: "weight 2 of 3, room for 6"},
		{Name: "fed-worker02", Planned: n(4), Why: "weight 1 of 3"},
		{Name: "fed-worker03", Planned: n(0), Why: "the preference names neither it nor *"},
		{Name: "fed-worker04", Written: n(3), Why: "not ready: no route to host"},
	}
	plan.Problems = []string{"2 of the 12 replicas\nrun nowhere"}
	var out bytes.Buffer
	if err := report.Schedule(&out, plan); err != nil {
		t.Fatal(err)
	}
	want := `MEMBER         NOW   WRITTEN   PLAN                  WHY
fed-worker01   4     4         8      █████████░░░   weight 2 of 3, room for 6
fed-worker02   -     -         4      ██████         weight 1 of 3
fed-worker03   -     -         0                     the preference names neither it nor *
fed-worker04   -     3         -                     not ready: no route to host
12 asked for, 12 placed
! 2 of the 12 replicas run nowhere
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
