package drift

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Change is one difference between an object and what it would become.
//
// Path is a JSON pointer, so it can be pasted as the path of an override. It
// points into the live object, save for what is added to a list, where it
// gives the place in the desired one.
type Change struct {
	Path   string `json:"path"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
	// Added and Removed tell a field that is on one side only from a change
	// of its value.
	Added   bool `json:"added,omitempty"`
	Removed bool `json:"removed,omitempty"`
	// Owner wrote the live value, and Origin is where the new one comes from;
	// see Explain.
	Owner  *Owner  `json:"owner,omitempty"`
	Origin *Origin `json:"origin,omitempty"`
}

// Compare gives the differences between live and what it would become, sorted
// by path; none for equal objects. Either side may be nil for no object.
//
// Left out is what the server keeps for itself: status and the bookkeeping in
// metadata. A null equals an absent field, and numbers are equal by value. An
// empty map or list is not the same as none, since it means something else in
// many places (emptyDir, podSelector); only in metadata, where it can't, the
// two are equal.
func Compare(live, desired *unstructured.Unstructured) []Change {
	var c comparison
	c.maps("", content(live), content(desired))
	return c.sorted()
}

// CompareAlike is Compare for two objects that no server has made from one
// another, such as those of two members: quantities are equal by value, and the
// order of a list that is a set does not count.
func CompareAlike(a, b *unstructured.Unstructured) []Change {
	c := comparison{alike: true}
	c.maps("", content(a), content(b))
	return c.sorted()
}

// CompareWanted gives what desired asks for and live has not, for when no
// server could be asked what it makes of desired: what only live has may be a
// default. Labels are no defaults.
func CompareWanted(live, desired *unstructured.Unstructured) []Change {
	return slices.DeleteFunc(CompareAlike(live, desired), func(c Change) bool {
		return c.Removed && !strings.HasPrefix(c.Path, "/metadata/labels")
	})
}

// CompareAll is Compare with all that the server keeps for itself, status
// excepted.
func CompareAll(live, desired *unstructured.Unstructured) []Change {
	var c comparison
	c.maps("", everything(live), everything(desired))
	return c.sorted()
}

func everything(obj *unstructured.Unstructured) map[string]any {
	if obj == nil {
		return nil
	}
	return without(obj.Object, "status")
}

// Content is what Compare looks at of an object.
func Content(obj *unstructured.Unstructured) map[string]any { return content(obj) }

func (c *comparison) sorted() []Change {
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		if n := comparePaths(a.Path, b.Path); n != 0 {
			return n
		}
		return order(a) - order(b)
	})
	return c.changes
}

// order puts what goes before what comes in its place.
func order(c Change) int {
	if c.Added {
		return 1
	}
	return 0
}

// serverFields are the fields of metadata that no client decides.
var serverFields = []string{
	"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp",
	"selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
}

// emptyMeta are the fields of metadata that say nothing when they are empty.
var emptyMeta = []string{"labels", "annotations", "finalizers", "ownerReferences"}

// content is what counts of an object. It copies only the two levels that it
// takes something from.
func content(obj *unstructured.Unstructured) map[string]any {
	if obj == nil {
		return nil
	}
	out := without(obj.Object, "status")
	meta, ok := out["metadata"].(map[string]any)
	if !ok {
		return out
	}
	meta = without(meta, serverFields...)
	for _, field := range emptyMeta {
		if isEmpty(meta[field]) {
			delete(meta, field)
		}
	}
	out["metadata"] = meta
	return out
}

func without(m map[string]any, fields ...string) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		if !slices.Contains(fields, k) {
			out[k] = v
		}
	}
	return out
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return value == nil
}

type comparison struct {
	changes []Change
	alike   bool // see CompareAlike
}

func (c *comparison) values(path string, before, after any) {
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			c.maps(path, b, a)
			return
		}
	case []any:
		if a, ok := after.([]any); ok {
			c.lists(path, b, a)
			return
		}
	}
	if !equal(before, after) && !(c.alike && sameQuantity(path, before, after)) {
		c.changes = append(c.changes, Change{Path: path, Before: before, After: after})
	}
}

func (c *comparison) maps(path string, before, after map[string]any) {
	for _, key := range keysOf(before, after) {
		b, a := before[key], after[key]
		at := child(path, key)
		switch {
		case b == nil && a == nil:
		case b == nil:
			c.add(at, a)
		case a == nil:
			c.remove(at, b)
		default:
			c.values(at, b, a)
		}
	}
}

func (c *comparison) add(path string, value any) {
	c.changes = append(c.changes, Change{Path: path, After: value, Added: true})
}

func (c *comparison) remove(path string, value any) {
	c.changes = append(c.changes, Change{Path: path, Before: value, Removed: true})
}

func keysOf(maps ...map[string]any) []string {
	var keys []string
	for _, m := range maps {
		for k := range m {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
