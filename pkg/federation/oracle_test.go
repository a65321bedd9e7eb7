package federation_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/controller/sync"

	"github.com/kubectl-fed/kubectl-fed/test/corpus/kubefed"
)

// oracle is KubeFed's own reading of federated objects.
type oracle struct{ *kubefed.Accessor }

func newOracle(t testing.TB, cfg *v1beta1.FederatedTypeConfig, in kubefed.Stored) *oracle {
	t.Helper()
	a, err := kubefed.NewAccessor(cfg, in)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return &oracle{a}
}

// resource is KubeFed's view of one federated object.
func (o *oracle) resource(t testing.TB, fed *unstructured.Unstructured) sync.FederatedResource {
	t.Helper()
	r, err := o.Resource(fed)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
