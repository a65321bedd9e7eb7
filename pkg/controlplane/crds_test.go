package controlplane

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

var update = flag.Bool("update", false, "write the generated files anew")

// TestCRDsAreTheModules holds crds.yaml against the KubeFed module that go.mod names.
func TestCRDsAreTheModules(t *testing.T) {
	want := moduleCRDs(t)
	if *update {
		if err := os.WriteFile("crds.yaml", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(crds, want) {
		t.Error("crds.yaml is not what the KubeFed module has: go test ./pkg/controlplane -run CRDs -update")
	}
}

// moduleCRDs are the definitions in the module's chart, without what only a server fills in.
func moduleCRDs(t *testing.T) []byte {
	t.Helper()
	dir, err := programs.ModuleDir(t.Context(), "sigs.k8s.io/kubefed")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "charts/kubefed/charts/controllermanager/crds/crds.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	out.WriteString("# Generated from charts/kubefed of sigs.k8s.io/kubefed; see crds.go.\n")
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		object := &unstructured.Unstructured{}
		if decoder.Decode(object) != nil {
			return out.Bytes()
		}
		if len(object.Object) == 0 {
			continue
		}
		unstructured.RemoveNestedField(object.Object, "status")
		unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n")
		out.Write(text)
	}
}
