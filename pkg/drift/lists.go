package drift

import (
	"fmt"
	"slices"
)

// lists compares element by element. Where the elements have keys they are
// paired by them, so that an insertion is one change and not a change of all
// that follows.
func (c *comparison) lists(path string, before, after []any) {
	if c.alike && isSet(path) && sameElements(before, after) {
		return
	}
	for _, key := range listKeys {
		b, okB := keyed(before, key)
		a, okA := keyed(after, key)
		if okA && okB && sameOrder(b, a) {
			c.keyedLists(path, before, after, b, a)
			return
		}
	}
	c.plainLists(path, before, after)
}

func (c *comparison) plainLists(path string, before, after []any) {
	for i := range max(len(before), len(after)) {
		at := element(path, i)
		switch {
		case i >= len(before):
			c.add(at, after[i])
		case i >= len(after):
			c.remove(at, before[i])
		default:
			c.values(at, before[i], after[i])
		}
	}
}

func (c *comparison) keyedLists(path string, before, after []any, keysBefore, keysAfter []string) {
	for i, key := range keysBefore {
		if j := slices.Index(keysAfter, key); j >= 0 {
			c.values(element(path, i), before[i], after[j])
		} else {
			c.remove(element(path, i), before[i])
		}
	}
	for j, key := range keysAfter {
		if !slices.Contains(keysBefore, key) {
			c.add(element(path, j), after[j])
		}
	}
}

// listKeys are the fields that tell the elements of the lists of Kubernetes
// apart: first that which people use, then what the ports and mounts have.
var listKeys = [][]string{
	{"name"},
	{"containerPort", "protocol"},
	{"port", "protocol"},
	{"mountPath"},
	{"devicePath"},
}

// keyed gives the key of each element, if every one has its own. Only the
// first field of a key has to be there: a protocol is often left out.
func keyed(list []any, fields []string) ([]string, bool) {
	keys := make([]string, 0, len(list))
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok || m[fields[0]] == nil {
			return nil, false
		}
		key := ""
		for _, f := range fields {
			key += fmt.Sprintf("%v/", m[f])
		}
		if slices.Contains(keys, key) {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}

// sameOrder tells whether the keys that both have come in the same order.
// Order matters in many lists (init containers, environment), so elements that
// changed places are a difference.
func sameOrder(a, b []string) bool {
	return slices.Equal(common(a, b), common(b, a))
}

func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(key string) bool { return !slices.Contains(b, key) })
}
