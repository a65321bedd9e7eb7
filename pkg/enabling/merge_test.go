package enabling

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

var errBroken = errors.New("the server is currently unable to handle the request")

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

func definition() *unstructured.Unstructured {
	t, _ := federation.WellKnown("Deployment")
	return federation.FederatedCRD(t, federation.WellKnownTraits(t.Target))
}

// TestDefinitionStays: what the server adds to a definition of ours is no reason to write it again.
func TestDefinitionStays(t *testing.T) {
	before := definition()
	for field, value := range map[string]string{"singular": "federateddeployment", "listKind": "FederatedDeploymentList"} {
		if err := unstructured.SetNestedField(before.Object, value, "spec", "names", field); err != nil {
			t.Fatal(err)
		}
	}
	if err := unstructured.SetNestedMap(before.Object, map[string]any{"strategy": "None"}, "spec", "conversion"); err != nil {
		t.Fatal(err)
	}
	if step := stepFor(definitionAPI, before, definition(), mergeDefinition); step.Action != Unchanged {
		t.Errorf("it is %s: %s", step.Action, cmp.Diff(before.Object, step.Object.Object))
	}
}

// TestDefinitionKeepsOthers: other versions, short names and which version is stored stay.
func TestDefinitionKeepsOthers(t *testing.T) {
	before := object(t, `
spec:
  names: {kind: FederatedDeployment, plural: federateddeployments, shortNames: [fd]}
  versions: [{name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]`)
	step := stepFor(definitionAPI, before, definition(), mergeDefinition)
	if step.Action != Configured {
		t.Fatalf("it is %s", step.Action)
	}
	var got []any
	versions, _, _ := unstructured.NestedSlice(step.Object.Object, "spec", "versions")
	for _, v := range versions {
		version := v.(map[string]any)
		got = append(got, version["name"], version["storage"])
	}
	if diff := cmp.Diff([]any{"v1alpha1", true, "v1beta1", false}, got); diff != "" {
		t.Errorf("versions: -want +got\n%s", diff)
	}
	names, _, _ := unstructured.NestedStringSlice(step.Object.Object, "spec", "names", "shortNames")
	if diff := cmp.Diff([]string{"fd", "fdeploy"}, names); diff != "" {
		t.Errorf("short names: -want +got\n%s", diff)
	}
}

// TestStatusIsKept: enabling a type again leaves the collection of statuses as it is, unless that was asked for.
func TestStatusIsKept(t *testing.T) {
	yes, no := true, false
	services, _ := federation.WellKnown("Service")
	for name, test := range map[string]struct {
		before bool
		wish   *bool
		want   any
		action Action
	}{
		"stays on":      {true, nil, "Enabled", Unchanged},
		"stays off":     {false, nil, nil, Unchanged},
		"switched on":   {false, &yes, "Enabled", Configured},
		"on already":    {true, &yes, "Enabled", Unchanged},
		"switched off":  {true, &no, "Disabled", Configured},
		"off all along": {false, &no, nil, Unchanged},
	} {
		wanted := federation.TypeConfig(services, test.wish != nil && *test.wish)
		step := stepFor(typeConfigAPI, federation.TypeConfig(services, test.before), wanted,
			func(into, from *unstructured.Unstructured) { mergeConfig(into, from, test.wish) })
		got := step.Object.Object["spec"].(map[string]any)["statusCollection"]
		if got != test.want || step.Action != test.action {
			t.Errorf("%s: got %v, %s", name, got, step.Action)
		}
	}
}

func TestSetGate(t *testing.T) {
	for name, text := range map[string]string{
		"none yet": `spec: {scope: Cluster}`,
		"off":      `spec: {featureGates: [{name: PushReconciler, configuration: Enabled}, {name: RawResourceStatusCollection, configuration: Disabled}]}`,
		"another":  `spec: {featureGates: [{name: PushReconciler, configuration: Enabled}]}`,
	} {
		config := object(t, text)
		setGate(config)
		gates, _, _ := unstructured.NestedSlice(config.Object, "spec", "featureGates")
		last := gates[len(gates)-1].(map[string]any)
		if last["name"] != statusGate || last["configuration"] != "Enabled" {
			t.Errorf("%s: got %v", name, gates)
		}
	}
}

func TestHasReplicas(t *testing.T) {
	crd := object(t, `
spec:
  versions:
  - {name: v1alpha1, schema: {openAPIV3Schema: {type: object}}}
  - {name: v1, schema: {openAPIV3Schema: {properties: {spec: {properties: {replicas: {type: integer}}}}}}}
  - {name: v2, schema: {openAPIV3Schema: {properties: {spec: {properties: {replicas: {type: string}}}}}}}`)
	for version, want := range map[string]bool{"v1alpha1": false, "v1": true, "v2": false, "v3": false} {
		if got := hasReplicas(crd, version); got != want {
			t.Errorf("%s: got %v", version, got)
		}
	}
}

func TestCheckNames(t *testing.T) {
	for _, test := range []struct{ group, version, plural, want string }{
		{"types.kubefed.io", "v1beta1", "federatedwidgets", ""},
		{"fed.acme.io", "v1", "federatedwidgets", ""},
		{"acme", "v1", "x", "--federated-group acme: it has to be a domain with a dot, such as fed.example.com"},
		{"Fed.acme.io", "v1", "x", "--federated-group Fed.acme.io: it has to be a domain with a dot, such as fed.example.com"},
		{"fed.k8s.io", "v1", "x", "--federated-group fed.k8s.io: groups below k8s.io and kubernetes.io are Kubernetes' own"},
		{"fed.acme.io", "1", "x", "--federated-version 1: it has to be a version such as v1"},
	} {
		got := ""
		if err := checkNames(federation.API{Group: test.group, Version: test.version, Plural: test.plural}); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s/%s: got %q, want %q", test.group, test.version, got, test.want)
		}
	}
}

// TestMeant: a type that is enabled stays as it is enabled, as far as nothing else is wished.
func TestMeant(t *testing.T) {
	enabled := v1beta1.FederatedTypeConfig{Spec: v1beta1.FederatedTypeConfigSpec{
		TargetType:    v1beta1.APIResource{Group: "acme.io", Version: "v2", Kind: "Widget", PluralName: "widgets", Scope: "Namespaced"},
		FederatedType: v1beta1.APIResource{Group: "fed.acme.io", Version: "v1", Kind: "FederatedWidget", PluralName: "federatedwidgets", Scope: "Namespaced"},
	}}
	enabled.Name = "widgets.acme.io"
	gone := *enabled.DeepCopy()
	gone.Spec.TargetType.Version = "v0"
	for name, test := range map[string]struct {
		config v1beta1.FederatedTypeConfig
		wish   Wish
		want   string
	}{
		"as it is":               {enabled, Wish{Name: "widgets.acme.io"}, "widgets.acme.io/v2 as federatedwidgets.fed.acme.io/v1"},
		"the same group":         {enabled, Wish{Name: "wd", FederatedGroup: "fed.acme.io", FederatedVersion: "v1"}, "widgets.acme.io/v2 as federatedwidgets.fed.acme.io/v1"},
		"another version":        {enabled, Wish{Name: "widgets.v1.acme.io"}, "widgets.acme.io/v1 as federatedwidgets.fed.acme.io/v1"},
		"by flag":                {enabled, Wish{Name: "wd", Version: "v1"}, "widgets.acme.io/v1 as federatedwidgets.fed.acme.io/v1"},
		"a version that is gone": {gone, Wish{Name: "wd"}, "widgets.acme.io/v1 as federatedwidgets.fed.acme.io/v1"},
		"another group": {enabled, Wish{Name: "wd", FederatedGroup: "types.acme.io"},
			"widgets.acme.io is enabled as federatedwidgets.fed.acme.io/v1, and can't become federatedwidgets.types.acme.io/v1beta1 while it is"},
		"another type": {enabled, Wish{Name: "gadgets"}, "gadgets.acme.io/v2 as federatedgadgets.types.kubefed.io/v1beta1"},
	} {
		s := &Scene{Host: &member.Host{}, Catalog: catalog(), Configs: []v1beta1.FederatedTypeConfig{test.config}}
		got := ""
		if w, err := s.meant(test.wish); err != nil {
			got = err.Error()
		} else {
			got = named(w.Type.Target) + " as " + named(w.Type.Federated)
		}
		if got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, test.want)
		}
	}
}

// TestClash: two targets of one kind need two groups.
func TestClash(t *testing.T) {
	services, _ := federation.WellKnown("Service")
	knative := federation.NewType(federation.API{Group: "serving.knative.dev", Version: "v1", Kind: "Service", Plural: "services", Namespaced: true}, "", "")
	own := federation.NewType(knative.Target, "fed.knative.dev", "")
	p := &Plan{scene: &Scene{Host: &member.Host{}, Catalog: catalog()}}
	if err := p.clash(knative, []wished{{Type: services}}); err == nil {
		t.Error("the same federated kind for two types")
	}
	if err := p.clash(own, []wished{{Type: services}}); err != nil {
		t.Error(err)
	}
	if err := p.clash(services, []wished{{Type: services}}); err != nil {
		t.Error(err)
	}
}
