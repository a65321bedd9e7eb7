package member

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// held is a federated object with a generation, and what is set into it.
func held(t *testing.T, generation int64, set map[string]any, path ...string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "web", "uid": "1", "generation": generation, "resourceVersion": "1"},
		"spec":     map[string]any{"overrides": []any{}},
	}}
	if err := unstructured.SetNestedMap(object.Object, set, path...); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestOnto: an edit survives what KubeFed writes at the same moment, and nothing that anybody else wrote is lost.
func TestOnto(t *testing.T) {
	edited := held(t, 3, map[string]any{"placement": map[string]any{}}, "spec")
	status := held(t, 3, map[string]any{"observedGeneration": int64(3)}, "status")
	status.SetResourceVersion("2")
	status.SetFinalizers([]string{"kubefed.io/sync-controller"})
	got := onto(status, edited)
	if got == nil {
		t.Fatal("a status stood in the way")
	}
	want := status.DeepCopy()
	want.Object["spec"] = edited.Object["spec"]
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	other := status.DeepCopy()
	other.SetUID("2")
	labelled := status.DeepCopy()
	labelled.SetLabels(map[string]string{"app": "web"})
	for name, current := range map[string]*unstructured.Unstructured{
		"nothing is there":     nil,
		"another spec":         held(t, 4, map[string]any{}, "status"),
		"another object":       other,
		"somebody's new label": labelled,
	} {
		if onto(current, edited) != nil {
			t.Errorf("%s: it would have been overwritten", name)
		}
	}
}
