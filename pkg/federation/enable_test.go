package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestNewTypeOfOnesOwnGroup: nothing else changes with the group and version.
func TestNewTypeOfOnesOwnGroup(t *testing.T) {
	got := federation.NewType(deployments.Target, "fed.acme.io", "v1")
	want := deployments
	want.Federated.Group, want.Federated.Version = "fed.acme.io", "v1"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := federation.FederatedCRD(got, federation.Traits{}).GetName(); got != "federateddeployments.fed.acme.io" {
		t.Errorf("got the CRD %s", got)
	}
}

// TestTypeConfigReadsBack: what is written for a type is read as that type.
func TestTypeConfigReadsBack(t *testing.T) {
	paused := federation.NewType(configMaps.Target, "", "")
	paused.PropagationEnabled = false
	for _, want := range append(federation.DefaultTypes(), paused) {
		got := federation.TypeOf(config(t, federation.TypeConfig(want, true)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", want.Name, diff)
		}
	}
}

// TestStatusCollection: only Services have a kind that their statuses are
// collected into; every other type that named one would name one that no CRD
// is about.
func TestStatusCollection(t *testing.T) {
	for name, want := range map[string]map[string]any{
		"Service": {"group": "core.kubefed.io", "version": "v1alpha1", "kind": "FederatedServiceStatus",
			"pluralName": "federatedservicestatuses", "scope": "Namespaced"},
		"Deployment": nil,
	} {
		kind, _ := federation.WellKnown(name)
		spec := federation.TypeConfig(kind, true).Object["spec"].(map[string]any)
		got, _ := spec["statusType"].(map[string]any)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		if spec["statusCollection"] != "Enabled" {
			t.Errorf("%s: statusCollection is %v", name, spec["statusCollection"])
		}
	}
}

// TestWellKnownTraits: the kind alone does not tell, since others call theirs
// Ingress or Service too.
func TestWellKnownTraits(t *testing.T) {
	knative := federation.API{Group: "serving.knative.dev", Version: "v1", Kind: "Service", Plural: "services", Namespaced: true}
	for _, c := range []struct {
		target federation.API
		want   federation.Traits
	}{
		{deployments.Target, federation.Traits{ShortNames: []string{"deploy"}, Replicas: true}},
		{services.Target, federation.Traits{ShortNames: []string{"svc"}}},
		{knative, federation.Traits{}},
		{federation.API{Kind: "Secret", Version: "v1", Plural: "secrets", Namespaced: true}, federation.Traits{}},
	} {
		if diff := cmp.Diff(c.want, federation.WellKnownTraits(c.target)); diff != "" {
			t.Errorf("%v: -want +got\n%s", c.target, diff)
		}
	}
}

// TestFederatedCRDCopies: an object that can't be copied deeply breaks every
// client that it is given to.
func TestFederatedCRDCopies(t *testing.T) {
	crd := federation.FederatedCRD(deployments, federation.WellKnownTraits(deployments.Target))
	crd.DeepCopy()
	if _, found, err := unstructured.NestedSlice(crd.Object, "spec", "versions"); !found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
}
