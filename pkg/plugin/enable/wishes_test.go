package enable

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
)

func TestWishOf(t *testing.T) {
	on := true
	config := func(group, kind, more string) string {
		return `{apiVersion: core.kubefed.io/v1beta1, kind: FederatedTypeConfig, metadata: {name: ` + group + `}, spec: {` + more + `
        targetType: {group: acme.io, version: v2, kind: Widget, pluralName: widgets, scope: Namespaced}, propagation: Enabled,
        federatedType: {group: fed.acme.io, version: v1, kind: ` + kind + `, pluralName: federatedwidgets, scope: Namespaced}}}`
	}
	widgets := enabling.Wish{Name: "widgets.acme.io", Version: "v2", FederatedGroup: "fed.acme.io", FederatedVersion: "v1"}
	collected := widgets
	collected.Status = &on
	for name, test := range map[string]struct {
		text string
		want enabling.Wish
		err  string
	}{
		"a directive of a name": {`{apiVersion: core.kubefed.io/v1beta1, kind: EnableTypeDirective, metadata: {name: deployments.apps}}`,
			enabling.Wish{Name: "deployments.apps"}, ""},
		"a directive of all": {`{kind: EnableTypeDirective, metadata: {name: wd}, spec: {targetVersion: v2, federatedGroup: fed.acme.io, federatedVersion: v1}}`,
			enabling.Wish{Name: "wd", Version: "v2", FederatedGroup: "fed.acme.io", FederatedVersion: "v1"}, ""},
		"a FederatedTypeConfig": {config("widgets.acme.io", "FederatedWidget", ""), widgets, ""},
		"with statuses":         {config("widgets.acme.io", "FederatedWidget", "statusCollection: Enabled,"), collected, ""},
		"of the core group": {`{kind: FederatedTypeConfig, metadata: {name: pods}, spec: {targetType: {version: v1, kind: Pod, pluralName: pods, scope: Namespaced},
          federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedPod, pluralName: federatedpods, scope: Namespaced}}}`,
			enabling.Wish{Name: "pods.", Version: "v1", FederatedGroup: "types.kubefed.io", FederatedVersion: "v1beta1"}, ""},
		"of another kind": {config("widgets.acme.io", "Gizmo", ""), widgets,
			"FederatedTypeConfig widgets.acme.io: the federated kind of Widget is called FederatedWidget, and not Gizmo"},
		"of nothing": {`{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}`, enabling.Wish{},
			"ConfigMap x is no EnableTypeDirective and no FederatedTypeConfig"},
	} {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(test.text), &o.Object); err != nil {
			t.Fatal(err)
		}
		got, err := wishOf(o)
		if diff := cmp.Diff(test.want, got); diff != "" || err == nil != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: error %v, want %s; -want +got\n%s", name, err, test.err, diff)
		}
	}
}
