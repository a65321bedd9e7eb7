package lint

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var unknownPlacementField = register(Rule{
	Code: "FED104", Severity: Error, Title: "a field that a placement does not have",
	Ignored: "The API server drops the field. What is left places the object nowhere, and KubeFed deletes it from where it is.",
	Mend:    "Write: placement: {clusters: [{name: CLUSTER}]} or placement: {clusterSelector: {matchLabels: {KEY: VALUE}}}",
})

var emptyPlacement = register(Rule{
	Code: "FED105", Severity: Warning, Title: "the placement places the object nowhere",
	Ignored: "KubeFed creates it in no member, and deletes it from those that have it.",
	Mend:    "Name clusters in spec.placement.clusters, or select them: clusterSelector: {} are all.",
})

var ignoredSelector = register(Rule{
	Code: "FED106", Severity: Warning, Title: "a selector beside a list of clusters",
	Ignored: "KubeFed does not look at spec.placement.clusterSelector where spec.placement.clusters is there, even if it is empty.",
	Mend:    "Remove one of the two.",
})

var unknownCluster = register(Rule{
	Code: "FED107", Severity: Warning, Title: "the placement names a cluster that has not joined",
	Ignored: "KubeFed passes over the name without a word.",
	Mend:    "Correct the name, or: kubectl fed join CLUSTER",
})

var placedTwice = register(Rule{
	Code: "FED108", Severity: Warning, Title: "the placement names a cluster twice",
	Ignored: "It counts once.",
	Mend:    "Remove one of the two; if they were meant to be two clusters, one of the names is wrong.",
})

var badSelector = register(Rule{
	Code: "FED109", Severity: Error, Title: "the cluster selector can't be read",
	Ignored: "KubeFed can't work out where the object goes, and leaves every member as it is (ComputePlacementFailed).",
	Mend:    "Operators are In, NotIn, Exists and DoesNotExist; the first two need values, the others have none.",
})

var selectsNone = register(Rule{
	Code: "FED110", Severity: Warning, Title: "the selector selects no cluster that has joined",
	Ignored: "KubeFed creates the object in no member, and deletes it from those that have it.",
	Mend:    "Compare with: kubectl get kubefedclusters -n kube-federation-system --show-labels",
})

var placementPath = []string{"spec", "placement"}

// placement checks where the object says that it goes.
func (c *check) placement(t federation.Type) {
	own, _, _ := unstructured.NestedMap(c.Object.Object, placementPath...)
	listed, hasList := own["clusters"].([]any)
	_, hasSelector := own["clusterSelector"].(map[string]any)
	if !c.set.isScheduled(c.Object) {
		c.choice(listed, hasList, hasSelector)
	}
	c.listedClusters(listed)
	if hasSelector && !hasList {
		c.selector(t)
	}
}

// choice checks which of the two ways to place is taken.
func (c *check) choice(listed []any, hasList, hasSelector bool) {
	switch {
	case !hasList && !hasSelector && !c.found(unknownPlacementField):
		c.add(emptyPlacement, placementPath, "spec.placement has neither clusters nor clusterSelector")
	case hasList && len(listed) == 0:
		c.add(emptyPlacement, below(placementPath, "clusters"), "spec.placement.clusters is empty")
	}
	if hasList && hasSelector {
		c.add(ignoredSelector, below(placementPath, "clusterSelector"), "spec.placement.clusterSelector is ignored: spec.placement.clusters is there")
	}
}

func (c *check) found(r Rule) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Code == r.Code })
}

func (c *check) listedClusters(listed []any) {
	var seen []string
	for i, ref := range listed {
		m, _ := ref.(map[string]any)
		name, _ := m["name"].(string)
		at := below(placementPath, "clusters", strconv.Itoa(i), "name")
		if slices.Contains(seen, name) {
			c.add(placedTwice, at, "cluster %s is placed on twice", name)
		} else if c.set.isStranger(name) {
			c.add(unknownCluster, at, "cluster %s has not joined%s", name, meant(name, c.set.clusterNames()))
		}
		seen = append(seen, name)
	}
}

// selector lets the model read the selector, so that it is read as KubeFed
// does. The namespace plays no part here.
func (c *check) selector(t federation.Type) {
	at := below(placementPath, "clusterSelector")
	placed, err := c.placedAlone(t)
	switch {
	case err != nil:
		c.add(badSelector, at, "%v", err)
	case c.set.known.Clusters != nil && len(placed.Clusters) == 0:
		c.add(selectsNone, at, "of %d members, spec.placement.clusterSelector selects none", len(c.set.known.Clusters))
	}
}

// placedAlone is where the object goes by its own placement.
func (c *check) placedAlone(t federation.Type) (federation.Placement, error) {
	t.Target.Namespaced = false
	return federation.Place(t, c.Object, nil, c.set.known.Clusters, false)
}
