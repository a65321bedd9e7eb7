package federation_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/kubefedctl/enable"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestTypeConfigAsKubefedctl compares the FederatedTypeConfig of every kind
// that is known without a cluster with the one that kubefedctl makes.
func TestTypeConfigAsKubefedctl(t *testing.T) {
	targets := []federation.API{{Group: "acme.io", Version: "v1alpha1", Kind: "Gateway", Plural: "gateways", Namespaced: true}}
	for _, kind := range federation.WellKnownKinds() {
		known, _ := federation.WellKnown(kind)
		targets = append(targets, known.Target)
	}
	for _, target := range targets {
		resource := metav1.APIResource{Name: target.Plural, Kind: target.Kind, Group: target.Group, Version: target.Version, Namespaced: target.Namespaced}
		directive := enable.NewEnableTypeDirective()
		directive.Spec.FederatedVersion = "v1"
		made, err := runtime.DefaultUnstructuredConverter.ToUnstructured(enable.GenerateTypeConfigForTarget(resource, directive))
		if err != nil {
			t.Fatal(err)
		}
		want := &unstructured.Unstructured{Object: made}
		unstructured.RemoveNestedField(want.Object, "metadata", "creationTimestamp")
		delete(want.Object, "status") // the zero value of a field that is not omitted
		got := federation.TypeConfig(federation.NewType(target, "", "v1"), false)
		if diff := cmp.Diff(want.Object, got.Object); diff != "" {
			t.Errorf("%s: -kubefedctl +ours\n%s", target.Resource(), diff)
		}
	}
}

// TestDefaultTypesAsChart compares the types that come with the control plane
// with those of KubeFed's chart, which kubefedctl made. Beyond the chart, a
// federated kind has columns for kubectl get and a category.
func TestDefaultTypesAsChart(t *testing.T) {
	configs := byName(t, "charts/kubefed/templates/federatedtypeconfig.yaml")
	crds := byName(t, "charts/kubefed/crds/crds.yaml")
	types := federation.DefaultTypes()
	if len(types) != len(configs) || len(types) != len(crds) {
		t.Errorf("%d types, the chart has %d FederatedTypeConfigs and %d CRDs", len(types), len(configs), len(crds))
	}
	for _, kind := range types {
		if diff := cmp.Diff(configs[kind.Name], federation.TypeConfig(kind, false).Object); diff != "" {
			t.Errorf("%s: -chart +ours\n%s", kind.Name, diff)
		}
		crd := federation.FederatedCRD(kind, federation.WellKnownTraits(kind.Target))
		if diff := cmp.Diff(crds[crd.GetName()], withoutExtras(crd)); diff != "" {
			t.Errorf("%s: -chart +ours\n%s", crd.GetName(), diff)
		}
	}
}

// withoutExtras takes away what we add to a federated kind's CRD.
func withoutExtras(crd *unstructured.Unstructured) map[string]any {
	crd = crd.DeepCopy()
	unstructured.RemoveNestedField(crd.Object, "spec", "names", "categories")
	for _, version := range crd.Object["spec"].(map[string]any)["versions"].([]any) {
		delete(version.(map[string]any), "additionalPrinterColumns")
	}
	return crd.Object
}

// byName reads the objects of a file of KubeFed's module.
func byName(t *testing.T, file string) map[string]map[string]any {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kubefed").Output()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), file))
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]map[string]any{}
	for text := range strings.SplitSeq(string(raw), "\n---\n") {
		if o := object(t, strings.TrimPrefix(text, "---\n")); o != nil {
			objects[o.GetName()] = o.Object
		}
	}
	return objects
}

func config(t *testing.T, o *unstructured.Unstructured) *v1beta1.FederatedTypeConfig {
	t.Helper()
	var c v1beta1.FederatedTypeConfig
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, &c, true); err != nil {
		t.Fatal(err)
	}
	return &c
}
