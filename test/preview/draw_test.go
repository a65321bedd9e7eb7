//go:build long

package preview

import (
	"fmt"
	"math/rand/v2"

	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
)

// trial is a workload in some state, and a preference for it.
type trial struct {
	name      string
	kind      string           // Deployment or ReplicaSet
	placement map[string]any   // before the preference
	start     map[string]int64 // replicas by member, before the preference
	room      map[string]int64 // of members that have room for so many only
	spec      v1alpha1.ReplicaSchedulingPreferenceSpec
}

// draw makes the trial of a number, always the same.
func draw(number int, members []string) trial {
	d := rand.New(rand.NewPCG(8, uint64(number)))
	t := trial{
		name: fmt.Sprintf("web-%02d", number), kind: "Deployment",
		placement: drawPlacement(d, members), start: map[string]int64{}, room: map[string]int64{},
	}
	if d.IntN(6) == 0 {
		t.kind = "ReplicaSet"
	}
	for _, m := range members {
		t.start[m] = d.Int64N(5)
		if number%3 == 0 && d.IntN(2) == 0 {
			t.room[m] = d.Int64N(3)
		}
	}
	t.spec = v1alpha1.ReplicaSchedulingPreferenceSpec{
		TargetKind: "Federated" + t.kind, TotalReplicas: d.Int32N(14), Rebalance: d.IntN(2) == 0,
		IntersectWithClusterSelector: number%5 == 0, Clusters: drawClusters(d, members),
	}
	return t
}

// drawPlacement places by a selector or by names; the members with the label are all but one.
func drawPlacement(d *rand.Rand, members []string) map[string]any {
	switch d.IntN(3) {
	case 0:
		return map[string]any{"clusterSelector": map[string]any{}}
	case 1:
		return map[string]any{"clusterSelector": map[string]any{"matchLabels": map[string]any{label: "gold"}}}
	}
	refs := []any{}
	for _, m := range members {
		if d.IntN(3) > 0 {
			refs = append(refs, map[string]any{"name": m})
		}
	}
	return map[string]any{"clusters": refs}
}

// drawClusters names some members, "*" and now and then somebody who is no member.
func drawClusters(d *rand.Rand, members []string) map[string]v1alpha1.ClusterPreferences {
	all := map[string]v1alpha1.ClusterPreferences{}
	for _, name := range append([]string{"*", "nobody"}, members...) {
		often := 3
		if name == "nobody" {
			often = 1
		}
		if d.IntN(5) >= often {
			continue
		}
		p := v1alpha1.ClusterPreferences{Weight: d.Int64N(4)}
		if d.IntN(3) == 0 {
			p.MinReplicas = d.Int64N(5)
		}
		if d.IntN(3) == 0 {
			most := d.Int64N(6)
			p.MaxReplicas = &most
		}
		all[name] = p
	}
	return all
}
