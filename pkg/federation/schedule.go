package federation

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/controller/util/planner"
)

// Schedule is what KubeFed makes of a ReplicaSchedulingPreference
// (schedulingtypes/replicascheduler.go).
type Schedule struct {
	// Replicas has the count of every cluster that the workload is placed in,
	// those with none included. Without any cluster KubeFed does nothing.
	Replicas map[string]int64
	// Asked is spec.totalReplicas. The sum of Replicas may be less, where
	// maxima or capacity forbid more, or more, where KubeFed plans replicas
	// beyond a cluster's capacity in the hope that there will be room.
	Asked int64
}

// Clusters are the clusters of the schedule, sorted.
func (s Schedule) Clusters() []string { return sortedKeys(s.Replicas) }

// Placed is how many replicas the schedule places, those beyond a cluster's
// capacity included.
func (s Schedule) Placed() int64 {
	sum := int64(0)
	for _, n := range s.Replicas {
		sum += n
	}
	return sum
}

// Candidate is one cluster that the scheduler may use: a ready one. What it
// has of the workload comes from Observe.
type Candidate struct {
	Name string
	// Current is nil where the cluster does not have the workload.
	Current *Current
}

// Current is what a cluster has of a workload, in pods.
type Current struct {
	// Replicas are those that run, as KubeFed counts them.
	Replicas int64
	// Capacity is how many the cluster has room for, nil where that is not
	// known: KubeFed guesses it only where pods can't be scheduled.
	Capacity *int64
}

// Plan works out the schedule that KubeFed comes to for the clusters, in
// whichever order they are given. The workload has the name and namespace of
// rsp. KubeFed checks no weights, minima and maxima, and neither does Plan.
func Plan(rsp *v1alpha1.ReplicaSchedulingPreference, clusters []Candidate) (Schedule, error) {
	out := Schedule{Replicas: map[string]int64{}, Asked: int64(rsp.Spec.TotalReplicas)}
	if len(clusters) == 0 {
		return out, nil
	}
	rsp = withDefaults(rsp)
	names, current, capacity := split(clusters)
	plan, overflow, err := planner.NewPlanner(rsp).Plan(names, current, capacity, rsp.Namespace+"/"+rsp.Name)
	if err != nil {
		return Schedule{}, fmt.Errorf("planning the replicas of %s/%s: %w", rsp.Namespace, rsp.Name, err)
	}
	for name, replicas := range plan {
		out.Replicas[name] = replicas + overflow[name]
	}
	return out, nil
}

// withDefaults gives the weight 1 to every cluster where the preference names
// none (GetSchedulingResult).
func withDefaults(rsp *v1alpha1.ReplicaSchedulingPreference) *v1alpha1.ReplicaSchedulingPreference {
	if len(rsp.Spec.Clusters) > 0 {
		return rsp
	}
	rsp = rsp.DeepCopy()
	rsp.Spec.Clusters = map[string]v1alpha1.ClusterPreferences{"*": {Weight: 1}}
	return rsp
}

// split brings the clusters into the form that the planner wants. It sorts by
// name what KubeFed takes from a map: only clusters with equal hashes differ.
func split(clusters []Candidate) (names []string, current, capacity map[string]int64) {
	current, capacity = map[string]int64{}, map[string]int64{}
	for _, c := range clusters {
		names = append(names, c.Name)
		if c.Current == nil {
			continue
		}
		current[c.Name] = c.Current.Replicas
		if c.Current.Capacity != nil {
			capacity[c.Name] = *c.Current.Capacity
		}
	}
	slices.Sort(names)
	return names, current, capacity
}

// scheduledKinds are the federated kinds that a preference may name.
var scheduledKinds = []string{"FederatedDeployment", "FederatedReplicaSet"}

// IsScheduled tells whether KubeFed schedules workloads of this federated
// kind. A preference that names another one changes nothing, and nobody is
// told.
func IsScheduled(federatedKind string) bool { return slices.Contains(scheduledKinds, federatedKind) }

// errNotFederated is worded for the end of a sentence about the preference.
var errNotFederated = errors.New("its namespace has no FederatedNamespace, without which KubeFed intersects nothing and schedules nothing")

// Schedulable gives the clusters among those that are ready which a preference
// distributes to, sorted: all, or with intersectWithClusterSelector those that
// the selectors of the workload and of its FederatedNamespace both select.
// Lists of clusters count for nothing then, so a namespace that is placed by
// names leaves none (GetResourceClusters in schedulingtypes/plugin.go).
func Schedulable(rsp *v1alpha1.ReplicaSchedulingPreference, fed, fedNamespace *unstructured.Unstructured, ready []Cluster) ([]string, error) {
	if !rsp.Spec.IntersectWithClusterSelector {
		return namesOf(ready), nil
	}
	if fedNamespace == nil {
		return nil, fmt.Errorf("ReplicaSchedulingPreference %s/%s: %w", rsp.Namespace, rsp.Name, errNotFederated)
	}
	selected := ready
	for _, obj := range []*unstructured.Unstructured{fed, fedNamespace} {
		p, err := readSelector(obj)
		if err != nil {
			return nil, err
		}
		selected = slices.DeleteFunc(slices.Clone(selected), func(c Cluster) bool { return p.judge(c).Code != "" })
	}
	return namesOf(selected), nil
}

// namesOf is the clusters' names, sorted.
func namesOf(clusters []Cluster) []string {
	out := []string{}
	for _, c := range clusters {
		out = append(out, c.Name)
	}
	slices.Sort(out)
	return out
}
