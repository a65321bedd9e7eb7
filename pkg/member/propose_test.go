package member

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestApplyPatch: what was in the file that was applied last and is gone from it is taken away, what others added stays.
func TestApplyPatch(t *testing.T) {
	live := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "web", "annotations": map[string]any{
			"kubectl.kubernetes.io/last-applied-configuration": `{"spec":{"template":{"a":1},"overrides":[]}}`,
		}},
		"spec":   map[string]any{"template": map[string]any{"a": int64(1)}, "overrides": []any{}, "placement": map[string]any{"by": "another"}},
		"status": map[string]any{"kept": true},
	}}
	file := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": "web"}, "spec": map[string]any{"template": map[string]any{"a": int64(2)}}}}
	patch, err := applyPatch(live, file)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"spec":{"overrides":null,"template":{"a":2}}}`; string(patch) != want {
		t.Errorf("got %s, want %s", patch, want)
	}
}

func TestNamed(t *testing.T) {
	deployments, _ := federation.WellKnown("Deployment")
	ingresses, _ := federation.WellKnown("Ingress")
	other := ingresses
	other.Name, other.Target.Group, other.Federated.Group = "ingresses.example.org", "example.org", "types.example.org"
	types := []federation.Type{deployments, ingresses, other}
	for word, want := range map[string]string{
		"deploy": "deployments.apps", "deployments": "deployments.apps", "Deployment": "deployments.apps", "deployment.apps": "deployments.apps",
		"federateddeployments": "deployments.apps", "federateddeployment.types.kubefed.io": "deployments.apps",
		"ingresses.example.org": "ingresses.example.org", "ing": "ingresses.networking.k8s.io",
		"ingresses": "", "fdeploy": "", "pods": "", // which is meant, the server has to say
	} {
		if got, ok := named(types, word); got.Name != want || ok != (want != "") {
			t.Errorf("%s: got %q, %t", word, got.Name, ok)
		}
	}
}
