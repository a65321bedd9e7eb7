package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestOverridesAsKubeFed compares what is read of spec.overrides, over the
// cases of rendering and every path that may be refused.
func TestOverridesAsKubeFed(t *testing.T) {
	var feds []*unstructured.Unstructured
	for i, c := range renderCases {
		feds = append(feds, c.federatedOf(t, i))
	}
	for _, path := range []string{
		"/kind", "/apiVersion", "/metadata", "/metadata/name", "/metadata/namespace", "/metadata/generateName",
		"/metadata/name/", "metadata/name", "/metadata/labels", "", "/",
	} {
		feds = append(feds, object(t, `{kind: X, spec: {overrides: [{clusterName: c1, clusterOverrides: [{path: "`+path+`", value: 1}]}]}}`))
	}
	for _, fed := range feds {
		got, err := federation.Overrides(fed)
		theirs, wantErr := util.GetOverrides(fed)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%v: error %v, KubeFed %v", fed.Object, err, wantErr)
		}
		if err != nil || wantErr != nil {
			continue
		}
		want := map[string][]federation.Override{}
		for cluster, steps := range theirs {
			want[cluster] = nil
			for _, s := range steps {
				want[cluster] = append(want[cluster], federation.Override(s))
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v: -KubeFed +ours\n%s", fed.Object, diff)
		}
	}
}
