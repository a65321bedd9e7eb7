package federation_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// placementSpecs are values of spec.placement, the three-valued list first.
var placementSpecs = []string{
	``, `null`, `{}`, `{clusters: null}`, `{clusters: []}`,
	`{clusters: [{name: c1}, {name: c3}]}`,
	`{clusters: [{name: c2}, {name: gone}, {name: also-gone}, {name: gone}]}`,
	`{clusters: [{name: c1}, {name: c1}]}`, `{clusters: [{}]}`,
	`{clusters: [], clusterSelector: {}}`,
	`{clusters: [{name: c2}], clusterSelector: {matchLabels: {env: prod}}}`,
	`{clusters: [{name: c2}], clusterSelector: {matchExpressions: [{key: env, operator: Wrong}]}}`,
	`{clusterSelector: null}`, `{clusterSelector: {}}`, `{clusterSelector: {matchLabels: {}}}`,
	`{clusterSelector: {matchLabels: {env: prod}}}`,
	`{clusterSelector: {matchLabels: {env: nowhere}}}`,
	`{clusterSelector: {matchExpressions: [{key: env, operator: DoesNotExist}]}}`,
	`{clusterSelector: {matchExpressions: [{key: env, operator: Wrong}]}}`,
	`{clusterNames: [c1]}`, `{clusters: c1}`, `[]`,
}

var members = []federation.Cluster{
	{Name: "c3"}, {Name: "c1", Labels: map[string]string{"env": "prod"}}, {Name: "c2", Labels: map[string]string{"env": "dev"}},
}

func theirMembers() []*v1beta1.KubeFedCluster {
	var out []*v1beta1.KubeFedCluster
	for _, m := range members {
		out = append(out, &v1beta1.KubeFedCluster{ObjectMeta: metav1.ObjectMeta{Name: m.Name, Labels: m.Labels}})
	}
	return out
}

func placed(t *testing.T, kind, placement string) *unstructured.Unstructured {
	spec := "{}"
	if placement != "" {
		spec = "{placement: " + placement + "}"
	}
	return object(t, "{kind: "+kind+", metadata: {name: web, namespace: shop}, spec: "+spec+"}")
}

// TestPlaceAsKubeFed holds every placement against every placement of the
// namespace, for both scopes of the control plane.
func TestPlaceAsKubeFed(t *testing.T) {
	for _, own := range placementSpecs {
		fed := placed(t, "FederatedDeployment", own)
		comparePlacement(t, "cluster scoped "+own, roles, fed, nil, false)
		for _, scoped := range []bool{false, true} {
			comparePlacement(t, fmt.Sprintf("%s, no namespace, %t", own, scoped), deployments, fed, nil, scoped)
			for _, ns := range placementSpecs {
				comparePlacement(t, fmt.Sprintf("%s in %s, %t", own, ns, scoped), deployments, fed, placed(t, "FederatedNamespace", ns), scoped)
			}
		}
	}
}

func comparePlacement(t *testing.T, name string, typ federation.Type, fed, ns *unstructured.Unstructured, scoped bool) {
	t.Helper()
	got, err := federation.Place(typ, fed, ns, members, scoped)
	want, wantErr := util.ComputePlacement(fed, theirMembers(), false)
	if typ.Target.Namespaced {
		want, wantErr = util.ComputeNamespacedPlacement(fed, ns, theirMembers(), scoped, false)
	}
	if (err == nil) != (wantErr == nil) {
		t.Errorf("%s: error %v, KubeFed %v", name, err, wantErr)
	}
	if err != nil || wantErr != nil {
		return
	}
	if diff := cmp.Diff(want.List(), got.Clusters); diff != "" {
		t.Errorf("%s: -KubeFed +ours\n%s", name, diff)
	}
	if len(got.Clusters)+len(got.Excluded) != len(members) {
		t.Errorf("%s: a member is neither placed nor excluded: %v", name, got)
	}
}
