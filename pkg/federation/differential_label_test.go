package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

func TestManagedLabelAsKubeFed(t *testing.T) {
	for _, labels := range []string{`null`, `{}`, `{a: b}`, `{kubefed.io/managed: "true", a: b}`, `{kubefed.io/managed: "false"}`, `{kubefed.io/managed: "yes"}`} {
		obj := object(t, "{kind: ConfigMap, metadata: {labels: "+labels+"}}")
		if got, want := federation.IsManaged(obj), util.HasManagedLabel(obj); got != want {
			t.Errorf("%s: managed %t, KubeFed %t", labels, got, want)
		}
		if got, want := federation.IsUnmanaged(obj), util.IsExplicitlyUnmanaged(obj); got != want {
			t.Errorf("%s: unmanaged %t, KubeFed %t", labels, got, want)
		}
		want := obj.DeepCopy()
		util.RemoveManagedLabel(want)
		if diff := cmp.Diff(want, federation.Released(obj)); diff != "" {
			t.Errorf("%s: released, -KubeFed +ours\n%s", labels, diff)
		}
	}
	for _, value := range []string{"true", "false", ""} {
		obj := object(t, `{kind: X, metadata: {annotations: {kubefed.io/orphan: "`+value+`"}}}`)
		if got, want := federation.IsOrphaning(obj), util.IsOrphaningEnabled(obj); got != want {
			t.Errorf("orphan %q: got %t, KubeFed %t", value, got, want)
		}
	}
}
