package report_test

import (
	"bytes"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

func named(kind, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"kind": kind, "apiVersion": "types.kubefed.io/v1beta1"}}
	object.SetName(name)
	return object
}

func TestOverrides(t *testing.T) {
	rows := []report.OverrideRow{
		{Object: "web", Cluster: "b", Number: 1, Override: federation.Override{Path: "/spec/replicas", Value: int64(2)}},
		{Object: "web", Cluster: "a", Number: 1, Override: federation.Override{Op: "add", Path: "/spec/x", Value: map[string]any{"y": "z"}}},
		{Object: "web", Cluster: "a", Number: 2, Override: federation.Override{Op: "remove", Path: "/spec/y"}},
		{Object: "db", Cluster: "a", Number: 1, Secret: true, Override: federation.Override{Path: "/data/password", Value: "c2VjcmV0"}},
	}
	var out bytes.Buffer
	if err := report.Overrides(&out, rows); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		OBJECT   CLUSTER   NO   OP        PATH             VALUE
		db       a         1    replace   /data/password   ***
		web      a         1    add       /spec/x          {"y":"z"}
		web      a         2    remove    /spec/y          -
		web      b         1    replace   /spec/replicas   2
		`)
}

func TestEffects(t *testing.T) {
	scaled := drift.Change{Path: "/spec/replicas", Before: int64(1), After: int64(2)}
	var out bytes.Buffer
	report.Effects(&out, named("FederatedDeployment", "web"), []drift.Result{
		{Cluster: "a", Changes: []drift.Change{scaled}}, {Cluster: "b"}, {Cluster: "c", Changes: []drift.Change{scaled}}, {Cluster: "d", Cause: "it can't\nbe applied"},
	}, false)
	check(t, out.String(), `
		web on a, c:
		--- now
		+++ with these overrides
		@@ spec @@
		-  replicas: 1
		+  replicas: 2
		web on b: no change
		web on d: it can't be applied
		`)
}

func TestEffectsHideSecrets(t *testing.T) {
	var out bytes.Buffer
	change := drift.Change{Path: "/data/password", Before: "b2xk", After: "bmV3"}
	report.Effects(&out, named("FederatedSecret", "db"), []drift.Result{{Cluster: "a", Changes: []drift.Change{change}}}, true)
	if strings.Contains(out.String(), "b2xk") || strings.Contains(out.String(), "bmV3") {
		t.Errorf("a value is shown:\n%s", out.String())
	}
}

func TestManifests(t *testing.T) {
	one, two := named("FederatedDeployment", "web"), named("FederatedConfigMap", "settings")
	for _, c := range []struct {
		format  string
		objects []*unstructured.Unstructured
		want    string
	}{
		{"yaml", []*unstructured.Unstructured{one, two}, `
			apiVersion: types.kubefed.io/v1beta1
			kind: FederatedDeployment
			metadata:
			  name: web
			---
			apiVersion: types.kubefed.io/v1beta1
			kind: FederatedConfigMap
			metadata:
			  name: settings
			`},
		{"json", []*unstructured.Unstructured{one}, `
			{
			  "apiVersion": "types.kubefed.io/v1beta1",
			  "kind": "FederatedDeployment",
			  "metadata": {
			    "name": "web"
			  }
			}
			`},
	} {
		var out bytes.Buffer
		if err := report.Manifests(&out, c.format, c.objects); err != nil {
			t.Fatal(err)
		}
		check(t, out.String(), strings.ReplaceAll(c.want, "\t\t\t", "\t\t"))
	}
	var out bytes.Buffer
	if err := report.Manifests(&out, "json", []*unstructured.Unstructured{one, two}); err != nil || !strings.Contains(out.String(), `"kind": "List"`) {
		t.Errorf("%v\n%s", err, out.String())
	}
}
