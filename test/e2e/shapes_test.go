package e2e

import (
	"context"
	"testing"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// TestShapes is fix-server on clusters that are not what kind makes by default, and what becomes of them as
// members. They are on a bed of their own.
func TestShapes(t *testing.T) {
	if testing.Short() {
		t.Skip("needs real clusters, and -short was given")
	}
	if !bed.HasDocker(t.Context()) {
		t.Skip(bed.ErrNeedsDocker)
	}
	spec := bed.Spec{Name: bed.TestBed + "-shapes", KubeFed: true, Shapes: map[string]bed.Shape{}}
	for _, one := range []struct {
		name  string
		shape bed.Shape
	}{
		{"plain", bed.Shape{}}, {"ha", bed.Shape{HA: true}}, {"twice", bed.Shape{PublishedTwice: true}}, {"six", bed.Shape{IPv6: true}},
	} {
		name := bed.TestBed + "-" + one.name
		spec.Clusters, spec.Shapes[name] = append(spec.Clusters, name), one.shape
	}
	t.Cleanup(func() {
		if err := bed.Down(context.Background(), spec.Name); err != nil {
			t.Error(err)
		}
	})
	b, err := bed.Up(t.Context(), spec, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	up := func(ctx context.Context) error {
		_, err := bed.Up(ctx, spec, t.Output())
		return err
	}
	g := ground{clusters: spec.Clusters, names: []string{"PLAIN", "HA", "TWICE", "SIX"}, kubeconfig: b.Kubeconfig(), bed: b, start: up}
	run(t, g, "testdata/shapes")
}
