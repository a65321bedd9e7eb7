package lint

import (
	"math"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var badTargetKind = register(Rule{
	Code: "FED501", Severity: Error, Title: "a scheduling preference for a kind that KubeFed does not schedule",
	Ignored: "KubeFed does nothing, and says so in its log only.",
	Mend:    "Write FederatedDeployment or FederatedReplicaSet.",
})

var noTarget = register(Rule{
	Code: "FED502", Severity: Error, Title: "a scheduling preference without a target",
	Ignored: "KubeFed does nothing: the target has to have the same name in the same namespace.",
	Mend:    "Give the preference its target's name and namespace.",
})

var clusterTwice = register(Rule{
	Code: "FED503", Severity: Error, Title: "a scheduling preference with one cluster twice",
	Ignored: "The last of the two counts, and the cluster that was meant by the other gets no replicas.",
	Mend:    "Correct one of the names.",
})

var minOverMax = register(Rule{
	Code: "FED504", Severity: Error, Title: "minReplicas above maxReplicas",
	Ignored: "maxReplicas wins, and the cluster gets less than its minimum.",
	Mend:    "Let minReplicas be at most maxReplicas.",
})

var noWeight = register(Rule{
	Code: "FED505", Severity: Warning, Title: "no cluster has a weight",
	Ignored: "Only the minima are placed; the rest of the replicas run nowhere.",
	Mend:    "Give a weight above 0 to each cluster that may have more than its minimum.",
})

var unknownPreference = register(Rule{
	Code: "FED506", Severity: Warning, Title: "a scheduling preference for a cluster that has not joined",
	Ignored: "KubeFed passes over the name without a word.",
	Mend:    "Correct the name, or: kubectl fed join CLUSTER",
})

var notAllPlaced = register(Rule{
	Code: "FED507", Severity: Warning, Title: "more replicas than the clusters may have",
	Ignored: "The rest of the replicas run nowhere, and nothing says so.",
	Mend:    "Raise maxReplicas, give a weight to more clusters, or lower totalReplicas.",
})

var minimaOverTotal = register(Rule{
	Code: "FED508", Severity: Warning, Title: "minima that together are above the total",
	Ignored: "Clusters of less weight get less than their minimum, or nothing.",
	Mend:    "Lower the minima, or raise totalReplicas.",
})

var negative = register(Rule{
	Code: "FED509", Severity: Error, Title: "a negative number in a scheduling preference",
	Ignored: "KubeFed calculates with it all the same, and the split makes no sense.",
	Mend:    "Write 0 or more.",
})

var overwritten = register(Rule{
	Code: "FED510", Severity: Warning, Title: "a target with a placement or replicas of its own",
	Ignored: "KubeFed overwrites spec.placement.clusters and the overrides of /spec/replicas; a selector is then ignored.",
	Mend:    "Remove them from the target; to keep a selector, set spec.intersectWithClusterSelector: true.",
})

var noIntersection = register(Rule{
	Code: "FED511", Severity: Warning, Title: "intersectWithClusterSelector without a selector",
	Ignored: "The intersection is empty, and KubeFed does nothing.",
	Mend:    "Give the target a spec.placement.clusterSelector, or remove intersectWithClusterSelector.",
})

const schedulingKind = "ReplicaSchedulingPreference"

var schedulingShape = top(fields(map[string]shape{
	"targetKind": plain(text), "totalReplicas": plain(number), "rebalance": plain(truth),
	"intersectWithClusterSelector": plain(truth),
	"clusters": mapOf(fields(map[string]shape{
		"minReplicas": plain(number), "maxReplicas": plain(number), "weight": plain(number),
	})),
}, "targetKind", "totalReplicas"))

// scheduling checks a ReplicaSchedulingPreference; KubeFed itself checks
// next to nothing of it (schedulingtypes/replicascheduler.go).
func (c *check) scheduling() {
	if !c.shapes(schedulingShape) {
		return
	}
	var p v1alpha1.ReplicaSchedulingPreference
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(c.Object.Object, &p); err != nil {
		c.add(wrongType, []string{"spec"}, "%v", err)
		return
	}
	if p.Spec.TargetKind != "FederatedDeployment" && p.Spec.TargetKind != "FederatedReplicaSet" {
		c.add(badTargetKind, []string{"spec", "targetKind"}, "targetKind is %q%s", p.Spec.TargetKind,
			meant(p.Spec.TargetKind, []string{"FederatedDeployment", "FederatedReplicaSet"}))
	} else {
		c.schedulingTarget(p)
	}
	if c.preferences(p.Spec.Clusters) && p.Spec.TotalReplicas >= 0 {
		c.total(p.Spec)
	}
	if p.Spec.TotalReplicas < 0 {
		c.add(negative, []string{"spec", "totalReplicas"}, "totalReplicas is %d", p.Spec.TotalReplicas)
	}
}

// schedulingTarget looks for the target among the documents, then in the
// cluster. A file that has other objects of the kind in the namespace is
// taken to have all of them.
func (c *check) schedulingTarget(p v1alpha1.ReplicaSchedulingPreference) {
	var others []string
	for _, d := range c.set.documents {
		switch {
		case d.Object.GetKind() != p.Spec.TargetKind || d.Object.GetNamespace() != p.Namespace:
		case d.Object.GetName() == p.Name:
			c.overwrites(p.Spec, d)
			return
		default:
			others = append(others, d.Object.GetName())
		}
	}
	missing := len(others) > 0
	if c.set.known.Federated != nil {
		missing = !c.set.known.Federated(p.Spec.TargetKind, p.Namespace, p.Name)
	}
	if missing {
		c.add(noTarget, []string{"metadata", "name"}, "there is no %s %s/%s%s", p.Spec.TargetKind, p.Namespace, p.Name, meant(p.Name, others))
	}
}

// overwrites checks what the preference will do to its target. In a cluster,
// the overrides of the replicas are the preference's own work.
func (c *check) overwrites(spec v1alpha1.ReplicaSchedulingPreferenceSpec, d Document) {
	target := d.Object
	_, hasSelector, _ := unstructured.NestedMap(target.Object, "spec", "placement", "clusterSelector")
	switch {
	case spec.IntersectWithClusterSelector && !hasSelector:
		c.add(noIntersection, []string{"spec", "intersectWithClusterSelector"}, "%s has no spec.placement.clusterSelector", target.GetName())
	case !spec.IntersectWithClusterSelector && hasSelector:
		c.add(overwritten, []string{"metadata", "name"}, "%s has a spec.placement.clusterSelector, which will be ignored", target.GetName())
	}
	overrides, err := federation.Overrides(target)
	if err != nil || d.node == nil {
		return // an error is a finding of the target
	}
	for _, cluster := range keys(overrides) {
		if slices.ContainsFunc(overrides[cluster], func(o federation.Override) bool { return o.Path == replicasPath }) {
			c.add(overwritten, []string{"metadata", "name"}, "%s overrides the replicas for %s, which will be overwritten", target.GetName(), cluster)
		}
	}
}

// preferences checks each cluster's numbers by themselves; it is false where
// they can't be added up.
func (c *check) preferences(clusters map[string]v1alpha1.ClusterPreferences) bool {
	before := len(c.findings)
	for _, name := range keys(clusters) {
		c.preference(name, clusters[name])
	}
	return !slices.ContainsFunc(c.findings[before:], func(f Finding) bool { return f.Severity == Error })
}

func (c *check) preference(name string, p v1alpha1.ClusterPreferences) {
	at := []string{"spec", "clusters", name}
	if name != "*" && c.set.isStranger(name) {
		c.add(unknownPreference, at, "cluster %s has not joined%s", name, meant(name, c.set.clusterNames()))
	}
	for _, field := range []struct {
		name  string
		value int64
	}{{"maxReplicas", maximum(p)}, {"minReplicas", p.MinReplicas}, {"weight", p.Weight}} {
		if field.value < 0 {
			c.add(negative, below(at, field.name), "%s of %s is %d", field.name, name, field.value)
		}
	}
	if p.MaxReplicas != nil && p.MinReplicas > *p.MaxReplicas {
		c.add(minOverMax, below(at, "minReplicas"), "%s has minReplicas %d and maxReplicas %d", name, p.MinReplicas, *p.MaxReplicas)
	}
}

// maximum is without bound where none is given.
func maximum(p v1alpha1.ClusterPreferences) int64 {
	if p.MaxReplicas == nil {
		return math.MaxInt64
	}
	return *p.MaxReplicas
}

// total checks whether the clusters can have all replicas, and their minima.
func (c *check) total(spec v1alpha1.ReplicaSchedulingPreferenceSpec) {
	total := int64(spec.TotalReplicas)
	if len(spec.Clusters) == 0 {
		return // KubeFed spreads over all clusters
	}
	minima, room, weighted, known := c.add3(spec.Clusters, total)
	if minima > total {
		c.add(minimaOverTotal, []string{"spec", "totalReplicas"}, "the minima add up to %d, and totalReplicas is %d", minima, total)
	}
	switch {
	case !known || room >= total:
	case !weighted:
		c.add(noWeight, []string{"spec", "clusters"}, "of %d replicas, %d are placed: no cluster has a weight", total, room)
	default:
		c.add(notAllPlaced, []string{"spec", "totalReplicas"}, "of %d replicas, the clusters may have %d", total, room)
	}
}

// add3 adds up what the clusters have to and may have, counted up to the
// total so that nothing overflows. It is not known where "*" stands for
// nobody knows how many clusters and the number matters.
func (c *check) add3(clusters map[string]v1alpha1.ClusterPreferences, total int64) (minima, room int64, weighted, known bool) {
	known = true
	for name, p := range clusters {
		times := c.standsFor(name, clusters)
		weighted = weighted || p.Weight > 0
		may := min(capacity(p), total)
		switch {
		case times < 0 && p.Weight > 0 && may == total:
			room = total // one cluster is enough
		case times < 0:
			known = false
		default:
			minima, room = minima+times*p.MinReplicas, min(room+times*may, total)
		}
	}
	return minima, room, weighted, known || room >= total
}

// capacity is what a cluster can be given: without a weight nothing beyond
// its minimum (controller/util/planner).
func capacity(p v1alpha1.ClusterPreferences) int64 {
	if p.Weight > 0 {
		return maximum(p)
	}
	return min(p.MinReplicas, maximum(p))
}

// standsFor is how many members a name in the preference stands for; -1 when
// that is not known.
func (c *check) standsFor(name string, clusters map[string]v1alpha1.ClusterPreferences) int64 {
	switch {
	case name != "*" && c.set.isStranger(name):
		return 0
	case name != "*":
		return 1
	case c.set.known.Clusters == nil:
		return -1
	}
	var others int64
	for _, member := range c.set.clusterNames() {
		if _, named := clusters[member]; !named {
			others++
		}
	}
	return others
}
