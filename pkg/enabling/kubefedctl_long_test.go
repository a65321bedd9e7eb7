//go:build long

package enabling_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/kubefedctl/enable"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestAsKubefedctl holds every type that people federate against what the real kubefedctl makes of it on a real API
// server. What we add is in every federated kind: columns and a category. And where kubefedctl reads the schema of
// the first version of a custom resource, we read that of the version that is federated.
func TestAsKubefedctl(t *testing.T) {
	w := newWorld(t)
	plural := w.define("Widget", w.bed.Clusters...)
	names := []string{plural + ".acme.io"}
	for _, kind := range federation.WellKnownKinds() {
		known, _ := federation.WellKnown(kind)
		names = append(names, known.Target.Resource().String())
	}
	for _, name := range names {
		directive := enable.NewEnableTypeDirective()
		directive.Name = name
		theirs, err := enable.GetResources(w.bed.Host().Config(), directive)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]map[string]any{"FederatedTypeConfig": plain(t, theirs.TypeConfig), "CustomResourceDefinition": plain(t, theirs.CRD)}
		if name == plural+".acme.io" { // its first version has neither
			spec := []string{"openAPIV3Schema", "properties", "spec", "properties"}
			version := want["CustomResourceDefinition"]["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
			schema := version["schema"].(map[string]any)
			if _, found, _ := unstructured.NestedMap(schema, append(spec, "template")...); found {
				t.Error("kubefedctl reads the right version now")
			}
			_ = unstructured.SetNestedMap(schema, map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}, append(spec, "template")...)
			_ = unstructured.SetNestedMap(schema, map[string]any{"type": "boolean"}, append(spec, "retainReplicas")...)
		}
		out := w.fed(0, "enable", name, "--dry-run=client", "-o", "json")
		for _, object := range parse(t, out) {
			expected := want[object.GetKind()]
			if diff := cmp.Diff(expected["spec"], withoutExtras(object)["spec"]); diff != "" && !enabledByChart(name) {
				t.Errorf("%s, %s: -kubefedctl +ours\n%s", name, object.GetKind(), diff)
			}
		}
	}
}

// enabledByChart are types that are there, so that what is printed is what they are.
func enabledByChart(name string) bool {
	return slices.ContainsFunc(federation.DefaultTypes(), func(t federation.Type) bool { return t.Name == name })
}

func plain(t *testing.T, object any) map[string]any {
	t.Helper()
	made, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func parse(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	list := &unstructured.UnstructuredList{}
	if err := list.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var all []*unstructured.Unstructured
	for i := range list.Items {
		all = append(all, &list.Items[i])
	}
	return all
}

// withoutExtras takes away what we add to a federated kind's definition.
func withoutExtras(object *unstructured.Unstructured) map[string]any {
	unstructured.RemoveNestedField(object.Object, "spec", "names", "categories")
	versions, _, _ := unstructured.NestedSlice(object.Object, "spec", "versions")
	for _, version := range versions {
		delete(version.(map[string]any), "additionalPrinterColumns")
	}
	if len(versions) > 0 {
		_ = unstructured.SetNestedSlice(object.Object, versions, "spec", "versions")
	}
	return object.Object
}
