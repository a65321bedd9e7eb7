package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		name, spec        string
		current, capacity []int64
		want              []string // of A, B, C
		unplaced          int64
	}{
		{"weights", `{totalReplicas: 9, clusters: {A: {weight: 1}, B: {weight: 2}}}`, nil, nil,
			[]string{"weight 1 of 3", "weight 2 of 3", "the preference names neither it nor *"}, 0},
		{"a minimum and a maximum", `{totalReplicas: 9, clusters: {"*": {weight: 1}, A: {minReplicas: 2}, B: {weight: 1, maxReplicas: 1}}}`, nil, nil,
			[]string{"weight 0, at its minimum 2", "weight 1 of 2, at its maximum 1", "weight 1 of 2"}, 0},
		{"minima that can't be met", `{totalReplicas: 3, clusters: {A: {weight: 1, minReplicas: 2}, B: {weight: 2, minReplicas: 2}, C: {weight: 3, minReplicas: 2}}}`, nil, nil,
			[]string{"weight 1 of 6, minimum 2 not met", "weight 2 of 6, minimum 2 not met", "weight 3 of 6, at its minimum 2"}, 0},
		{"no weights", `{totalReplicas: 10, clusters: {A: {minReplicas: 2}, B: {}}}`, nil, nil,
			[]string{"weight 0, at its minimum 2", "weight 0", "the preference names neither it nor *"}, 8},
		{"what runs is kept", `{totalReplicas: 9, clusters: {"*": {weight: 1}}}`, []int64{9, -1, -1}, nil,
			[]string{"weight 1 of 3, keeps 6 that run (no rebalance)", "weight 1 of 3", "weight 1 of 3"}, 0},
		{"no room", `{totalReplicas: 10, rebalance: true, clusters: {A: {weight: 1}}}`, []int64{3, -1, -1}, []int64{2},
			[]string{"weight 1 of 1, room for 2, 8 beyond it, in hope of room", "the preference names neither it nor *", "the preference names neither it nor *"}, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			explained, err := federation.Explain(preference(t, c.spec), candidates(c.current, c.capacity))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, share := range explained.Shares {
				got = append(got, share.Why)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || explained.Unplaced() != c.unplaced {
				t.Errorf("unplaced %d, want %d; -want +got\n%s", explained.Unplaced(), c.unplaced, diff)
			}
		})
	}
}

func TestWrittenReplicas(t *testing.T) {
	got := federation.WrittenReplicas(map[string][]federation.Override{
		"A": {{Path: "/metadata/labels/x", Value: "y"}, {Path: "/spec/replicas", Value: 3.0}},
		"B": {{Path: "/spec/replicas", Value: "3"}},
	})
	if diff := cmp.Diff(map[string]int64{"A": 3}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
