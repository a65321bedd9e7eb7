package lint

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var overriddenTwice = register(Rule{
	Code: "FED201", Severity: Error, Title: "overrides for one cluster in two entries",
	Ignored: "KubeFed writes the object to no member at all, not even to those that no override names (ApplyOverridesFailed).",
	Mend:    "Put the overrides of one cluster into one entry; if two clusters were meant, correct a name.",
})

var pathTwice = register(Rule{
	Code: "FED202", Severity: Error, Title: "two overrides of one path for one cluster",
	Ignored: "KubeFed writes the object to no member at all (ApplyOverridesFailed).",
	Mend:    "Leave one of them.",
})

var forbiddenPath = register(Rule{
	Code: "FED203", Severity: Error, Title: "an override of what ties the target to its federated object",
	Ignored: "KubeFed writes the object to no member at all (ApplyOverridesFailed).",
	Mend:    "Remove it: name, namespace and kind are the same in every member.",
})

var noSlash = register(Rule{
	Code: "FED204", Severity: Error, Title: "an override whose path does not start with a slash",
	Ignored: "KubeFed leaves out all that comes before the first slash, and so writes another field or fails.",
	Mend:    "Start the path with a slash.",
})

var badOp = register(Rule{
	Code: "FED210", Severity: Error, Title: "an op that is not add, remove or replace",
	Ignored: "The API server refuses the object.",
	Mend:    "Write add, remove or replace; without an op it is replace.",
})

var noValue = register(Rule{
	Code: "FED211", Severity: Warning, Title: "an override without a value, or with null",
	Ignored: "KubeFed writes null, and the member takes its default for the field.",
	Mend:    "Give a value, or use op: remove.",
})

var uselessValue = register(Rule{
	Code: "FED212", Severity: Warning, Title: "a value for a field that is removed",
	Ignored: "The value plays no part.",
	Mend:    "Remove the value, or use op: replace.",
})

var overrideForStranger = register(Rule{
	Code: "FED213", Severity: Warning, Title: "overrides for a cluster that has not joined",
	Ignored: "KubeFed passes over them without a word.",
	Mend:    "Correct the name, or: kubectl fed join CLUSTER",
})

var overrideUnplaced = register(Rule{
	Code: "FED214", Severity: Warning, Title: "overrides for a cluster that the object is not placed on",
	Ignored: "They play no part.",
	Mend:    "Place the object there, or remove the overrides.",
})

var overrideForNobody = register(Rule{
	Code: "FED220", Severity: Warning, Title: "overrides without a clusterName",
	Ignored: "They play no part.",
	Mend:    "Name the cluster.",
})

var replicasRetained = register(Rule{
	Code: "FED222", Severity: Warning, Title: "retainReplicas beside an override of the replicas",
	Ignored: "The override wins on every update, and resets what the member's autoscaler has chosen.",
	Mend:    "Leave one of the two.",
})

var managedLabel = register(Rule{
	Code: "FED224", Severity: Warning, Title: "an override of KubeFed's own label",
	Ignored: "KubeFed sets " + federation.ManagedLabel + " to true after all overrides.",
	Mend:    "Remove it; to keep KubeFed away, take the cluster out of the placement.",
})

const replicasPath = "/spec/replicas"

// entry is one item of spec.overrides.
type entry struct {
	index   int
	cluster string
	steps   []federation.Override
}

// at is the place of a field of one of the entry's steps, or of the entry.
func (e entry) at(tokens ...string) []string {
	return append([]string{"spec", "overrides", strconv.Itoa(e.index)}, tokens...)
}

func (e entry) step(i int, field string) []string {
	return e.at("clusterOverrides", strconv.Itoa(i), field)
}

// overrides checks what is written, and then what comes of it.
func (c *check) overrides(t federation.Type) {
	items, _, _ := unstructured.NestedSlice(c.Object.Object, "spec", "overrides")
	var entries []entry
	for i, item := range items {
		m, _ := item.(map[string]any)
		entries = append(entries, c.entry(i, m))
	}
	if c.refused(entries) {
		return
	}
	c.overrideClusters(t, entries)
	for _, e := range entries {
		c.retained(e)
		c.apply(t, e)
	}
}

// entry reads an item that has the right shape, and checks its steps one by
// one.
func (c *check) entry(index int, item map[string]any) entry {
	e := entry{index: index}
	e.cluster, _ = item["clusterName"].(string)
	steps, _ := item["clusterOverrides"].([]any)
	for i, s := range steps {
		m, _ := s.(map[string]any)
		o := federation.Override{Value: m["value"]}
		o.Op, _ = m["op"].(string)
		o.Path, _ = m["path"].(string)
		e.steps = append(e.steps, o)
		c.step(e, i, o)
	}
	return e
}

func (c *check) step(e entry, i int, o federation.Override) {
	switch {
	case !slices.Contains([]string{"", "add", "remove", "replace"}, o.Op):
		c.add(badOp, e.step(i, "op"), "op is %q%s", o.Op, meant(o.Op, []string{"add", "remove", "replace"}))
	case o.Op == "remove" && o.Value != nil:
		c.add(uselessValue, e.step(i, "value"), "%s is removed, and has a value", o.Path)
	case o.Op != "remove" && o.Value == nil && o.Path != "":
		c.add(noValue, e.step(i, "path"), "the override of %s has no value", o.Path)
	}
	if o.Path != "" && o.Path[0] != '/' {
		f := c.add(noSlash, e.step(i, "path"), "the path %s does not start with a slash", o.Path)
		f.Mend = "Write: /" + o.Path
	}
	if o.Path == federation.Pointer("metadata", "labels", federation.ManagedLabel) {
		c.add(managedLabel, e.step(i, "path"), "%s is always true in the end", federation.ManagedLabel)
	}
}

// refused checks what KubeFed refuses before it applies anything
// (controller/util/overrides.go). It is true where nothing more can be told.
func (c *check) refused(entries []entry) bool {
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e.cluster] {
			c.add(overriddenTwice, e.at("clusterName"), "cluster %s has another entry before this one", e.cluster)
		}
		seen[e.cluster] = true
		c.refusedPaths(e)
	}
	return slices.ContainsFunc([]Rule{overriddenTwice, pathTwice, forbiddenPath, badOp, noSlash}, c.found)
}

func (c *check) refusedPaths(e entry) {
	seen := map[string]bool{}
	for i, o := range e.steps {
		if federation.IsForbiddenPath(o.Path) {
			c.add(forbiddenPath, e.step(i, "path"), "KubeFed refuses overrides of %s", o.Path)
		}
		if seen[o.Path] {
			c.add(pathTwice, e.step(i, "path"), "%s is overridden already for %s", o.Path, e.cluster)
		}
		seen[o.Path] = true
	}
}

// overrideClusters checks for whom the overrides are.
func (c *check) overrideClusters(t federation.Type, entries []entry) {
	placed := c.isPlaced(t)
	for _, e := range entries {
		switch {
		case e.cluster == "":
			c.add(overrideForNobody, e.at(), "the overrides are for no cluster")
		case c.set.isStranger(e.cluster):
			c.add(overrideForStranger, e.at("clusterName"), "cluster %s has not joined%s", e.cluster, meant(e.cluster, c.set.clusterNames()))
		case !placed(e.cluster):
			c.add(overrideUnplaced, e.at("clusterName"), "the object is not placed on %s", e.cluster)
		}
	}
}

// isPlaced tells of a cluster whether the object's own placement has it. It
// is true where that can't be told: for a selector without members at hand.
func (c *check) isPlaced(t federation.Type) func(string) bool {
	placed, err := c.placedAlone(t)
	listed, hasList, _ := unstructured.NestedSlice(c.Object.Object, "spec", "placement", "clusters")
	switch {
	case err != nil || len(listed) == 0:
		// a placement that places nowhere is a finding of its own
		if hasList || err != nil || c.set.known.Clusters == nil || len(placed.Clusters) == 0 {
			return func(string) bool { return true }
		}
		return placed.Has
	}
	return func(name string) bool {
		return slices.ContainsFunc(listed, func(ref any) bool { m, _ := ref.(map[string]any); return m["name"] == name })
	}
}

func (c *check) retained(e entry) {
	retain, _, _ := unstructured.NestedBool(c.Object.Object, "spec", "retainReplicas")
	for i, o := range e.steps {
		if retain && o.Path == replicasPath {
			c.add(replicasRetained, e.step(i, "path"), "the replicas in %s are overridden and retained", e.cluster)
		}
	}
}
