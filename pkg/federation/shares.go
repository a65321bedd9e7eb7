package federation

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
)

// Share is what one cluster gets of a schedule, and why.
type Share struct {
	Candidate
	// Planned is the count that KubeFed writes, Overflow included.
	Planned int64
	// Overflow is how many of them are beyond the room that the cluster has.
	Overflow int64
	// Short is by how many the cluster stays below its minimum.
	Short int64
	// Kept is how many it has only because they run there already.
	Kept int64
	// Why says in a few words which part of the preference led to it.
	Why string
}

// Explanation is a schedule with the share of every cluster, sorted.
type Explanation struct {
	Schedule
	Shares []Share
}

// Unplaced is how many replicas of those asked for run nowhere: those that are
// in no cluster, and those beyond a cluster's room.
func (e Explanation) Unplaced() int64 {
	room := e.Placed()
	for _, s := range e.Shares {
		room -= s.Overflow
	}
	return max(e.Asked-room, 0)
}

// Explain is Plan with the reasons.
func Explain(rsp *v1alpha1.ReplicaSchedulingPreference, clusters []Candidate) (Explanation, error) {
	schedule, err := Plan(rsp, clusters)
	if err != nil || len(clusters) == 0 {
		return Explanation{Schedule: schedule}, err
	}
	free := rsp.DeepCopy()
	free.Spec.Rebalance = true
	moved, err := Plan(free, clusters)
	if err != nil {
		return Explanation{}, err
	}
	out := Explanation{Schedule: schedule}
	rsp = withDefaults(rsp)
	sum := weightSum(rsp, clusters)
	for _, c := range clusters {
		out.Shares = append(out.Shares, share(rsp, c, schedule.Replicas[c.Name], moved.Replicas[c.Name], sum))
	}
	slices.SortFunc(out.Shares, func(a, b Share) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// share compares what a cluster gets with its room, with its minimum, and with
// what it would get if running replicas were moved.
func share(rsp *v1alpha1.ReplicaSchedulingPreference, c Candidate, planned, moved, sum int64) Share {
	s := Share{Candidate: c, Planned: planned}
	if c.Current != nil && c.Current.Capacity != nil {
		s.Overflow = max(planned-max(*c.Current.Capacity, 0), 0)
	}
	if c.Current != nil && !rsp.Spec.Rebalance && planned <= c.Current.Replicas {
		s.Kept = max(planned-moved, 0)
	}
	p := preferenceFor(rsp, c.Name)
	if p != nil {
		s.Short = max(p.MinReplicas-planned, 0)
	}
	s.Why = why(s, p, sum)
	return s
}

// preferenceFor is that of the cluster's own name, else that of all others; nil
// where neither is there, and KubeFed gives it nothing.
func preferenceFor(rsp *v1alpha1.ReplicaSchedulingPreference, cluster string) *v1alpha1.ClusterPreferences {
	for _, name := range []string{cluster, "*"} {
		if p, ok := rsp.Spec.Clusters[name]; ok {
			return &p
		}
	}
	return nil
}

func weightSum(rsp *v1alpha1.ReplicaSchedulingPreference, clusters []Candidate) int64 {
	sum := int64(0)
	for _, c := range clusters {
		if p := preferenceFor(rsp, c.Name); p != nil {
			sum += p.Weight
		}
	}
	return sum
}

// why names what decided, the most general first.
func why(s Share, p *v1alpha1.ClusterPreferences, sum int64) string {
	if p == nil {
		return "the preference names neither it nor *"
	}
	parts := []string{fmt.Sprintf("weight %d of %d", p.Weight, sum)}
	if p.Weight == 0 {
		parts = []string{"weight 0"}
	}
	switch {
	case s.Short > 0:
		parts = append(parts, fmt.Sprintf("minimum %d not met", p.MinReplicas))
	case p.MinReplicas > 0 && s.Planned == p.MinReplicas:
		parts = append(parts, fmt.Sprintf("at its minimum %d", p.MinReplicas))
	case p.MinReplicas > 0:
		parts = append(parts, fmt.Sprintf("minimum %d", p.MinReplicas))
	}
	if p.MaxReplicas != nil && s.Planned >= *p.MaxReplicas {
		parts = append(parts, fmt.Sprintf("at its maximum %d", *p.MaxReplicas))
	}
	if s.Kept > 0 {
		parts = append(parts, fmt.Sprintf("keeps %d that run (no rebalance)", s.Kept))
	}
	if s.Current != nil && s.Current.Capacity != nil {
		parts = append(parts, fmt.Sprintf("room for %d", *s.Current.Capacity))
	}
	if s.Overflow > 0 {
		parts = append(parts, fmt.Sprintf("%d beyond it, in hope of room", s.Overflow))
	}
	return strings.Join(parts, ", ")
}

// WrittenReplicas are the counts that the overrides of a federated workload have
// now, by cluster.
func WrittenReplicas(all map[string][]Override) map[string]int64 {
	written := map[string]int64{}
	for cluster, steps := range all {
		for _, o := range steps {
			if value, ok := o.Value.(float64); ok && o.Path == replicasPath {
				written[cluster] = int64(value)
			}
		}
	}
	return written
}
