package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/kubefedctl/federate"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestFederateAsKubefedctl compares the templates of objects that hold nothing
// which kubefedctl leaves in by mistake.
func TestFederateAsKubefedctl(t *testing.T) {
	meta := `metadata: {name: web, namespace: shop, uid: u, resourceVersion: "5", generation: 3, labels: {a: b}, annotations: {c: d}, managedFields: [{manager: m}], finalizers: [f], ownerReferences: [{name: o}], creationTimestamp: "2020-01-01T00:00:00Z"}`
	for _, c := range []struct {
		cfg *v1beta1.FederatedTypeConfig
		obj string
	}{
		{deploymentConfig, `{apiVersion: apps/v1, kind: Deployment, ` + meta + `, spec: {replicas: 2, template: {metadata: {annotations: {x: y}}}}, status: {replicas: 2}}`},
		{configMapConfig, `{apiVersion: v1, kind: ConfigMap, ` + meta + `, data: {a: b}}`},
		{configMapConfig, `{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: shop}, immutable: true}`},
		{serviceConfig, `{apiVersion: v1, kind: Service, ` + meta + `, spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], type: NodePort, ports: [{port: 80, nodePort: 30000}, {port: 81}]}}`},
		{accountConfig, `{apiVersion: v1, kind: ServiceAccount, ` + meta + `, secrets: [{name: s}], imagePullSecrets: [{name: p}]}`},
		{namespaceConfig, `{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {a: b}}, spec: {finalizers: [kubernetes], other: x}}`},
		{roleConfig, `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: []}`},
	} {
		want, err := federate.FederatedResourceFromTargetResource(c.cfg, object(t, c.obj))
		if err != nil {
			t.Fatal(err)
		}
		// Placement is ours to choose.
		if err := unstructured.SetNestedSlice(want.Object, []any{map[string]any{"name": "c1"}}, "spec", "placement", "clusters"); err != nil {
			t.Fatal(err)
		}
		unstructured.RemoveNestedField(want.Object, "spec", "placement", "clusterSelector")
		got, _, err := federation.Federate(federation.TypeOf(c.cfg), object(t, c.obj), federation.NewOptions{Clusters: []string{"c1"}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Object, got.Object); diff != "" {
			t.Errorf("%s, -kubefedctl +ours:\n%s", c.obj, diff)
		}
	}
}
