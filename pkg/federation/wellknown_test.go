package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestWellKnown: what is assumed of a kind is what "enable" makes of it.
func TestWellKnown(t *testing.T) {
	for _, want := range []federation.Type{deployments, services, accounts, configMaps, namespaces, roles} {
		got, ok := federation.WellKnown(want.Target.Kind)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%t, -want +got\n%s", ok, diff)
		}
	}
	if _, ok := federation.WellKnown("Widget"); ok {
		t.Error("nobody knows Widget")
	}
}

func TestTargetKind(t *testing.T) {
	for gvk, want := range map[schema.GroupVersionKind]string{
		{Group: "types.kubefed.io", Kind: "FederatedDeployment"}:    "Deployment",
		{Group: "acme.io", Kind: "FederatedWidget"}:                 "Widget",
		{Group: "core.kubefed.io", Kind: "FederatedTypeConfig"}:     "",
		{Group: "core.kubefed.io", Kind: "FederatedServiceStatus"}:  "",
		{Group: "apps", Kind: "Deployment"}:                         "",
		{Group: "types.kubefed.io", Kind: "FederatedServiceStatus"}: "",
	} {
		if got := federation.TargetKind(gvk); got != want {
			t.Errorf("%s: got %q, want %q", gvk, got, want)
		}
	}
}

func TestTypeOfObject(t *testing.T) {
	fed := func(kind, spec string) string {
		return "{apiVersion: types.kubefed.io/v1beta1, kind: " + kind + ", metadata: {name: web, namespace: shop}, spec: " + spec + "}"
	}
	widget := federation.Type{Name: "widgets.acme.io",
		Target:    federation.API{Group: "acme.io", Version: "v1", Kind: "Widget", Plural: "widgets", Namespaced: true},
		Federated: federation.API{Group: "types.kubefed.io", Version: "v1beta1", Kind: "FederatedWidget", Plural: "federatedwidgets", Namespaced: true}}
	guessed := widget
	guessed.PropagationEnabled = true
	for name, c := range map[string]struct {
		text    string
		enabled []federation.Type
		want    federation.Type
		err     string
	}{
		"enabled":             {fed("FederatedWidget", "{}"), []federation.Type{deployments, widget}, widget, ""},
		"well known":          {fed("FederatedDeployment", "{}"), nil, deployments, ""},
		"its group confirmed": {fed("FederatedDeployment", "{template: {apiVersion: apps/v1}}"), nil, deployments, ""},
		"guessed":             {fed("FederatedWidget", "{template: {apiVersion: acme.io/v1}}"), nil, guessed, ""},
		"not to be guessed": {fed("FederatedWidget", "{}"), nil, federation.Type{},
			"which API the kind Widget of FederatedWidget shop/web belongs to is not known: its template has no apiVersion, and no FederatedTypeConfig is at hand"},
		"not federated": {fed("Widget", "{}"), nil, federation.Type{}, "Widget shop/web is not a federated object"},
		"bad version": {fed("FederatedWidget", "{template: {apiVersion: a/b/c}}"), nil, federation.Type{},
			"reading spec.template.apiVersion of FederatedWidget shop/web: unexpected GroupVersion string: a/b/c"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := federation.TypeOfObject(object(t, c.text), c.enabled)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	obj := object(t, `{kind: X, spec: {list: [a, {b: c}], "x/y": 1}}`)
	for pointer, want := range map[string]struct {
		value   any
		reached []string
		ok      bool
	}{
		"/spec/list/1/b":  {"c", []string{"spec", "list", "1", "b"}, true},
		"/spec/list/-1/b": {"c", []string{"spec", "list", "-1", "b"}, true},
		"/spec/x~1y":      {int64(1), []string{"spec", "x/y"}, true},
		"/spec/list/5":    {[]any{"a", map[string]any{"b": "c"}}, []string{"spec", "list"}, false},
		"/spec/x~1y/z":    {int64(1), []string{"spec", "x/y"}, false},
	} {
		value, reached, ok := federation.Lookup(obj, pointer)
		if !cmp.Equal(value, want.value) || !cmp.Equal(reached, want.reached) || ok != want.ok {
			t.Errorf("%s: got %v, %v, %t", pointer, value, reached, ok)
		}
	}
}

func TestDotted(t *testing.T) {
	got := federation.Dotted([]string{"spec", "containers", "0", "labels", "acme.io/tier", "*"})
	if want := "spec.containers[0].labels[acme.io/tier][*]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAllotted(t *testing.T) {
	template := map[string]any{"spec": map[string]any{"clusterIP": "10.0.0.1"}}
	got, err := federation.Allotted(services, template)
	if diff := cmp.Diff([]federation.Dropped{{Path: "spec.clusterIP", Reason: "allocated by one cluster"}}, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	if template["spec"].(map[string]any)["clusterIP"] == nil {
		t.Error("the template was changed")
	}
	secrets, _ := federation.WellKnown("Secret")
	if _, err := federation.Allotted(secrets, map[string]any{"type": "kubernetes.io/service-account-token"}); err == nil {
		t.Error("want an error for a token")
	}
}
