package drift_test

import (
	"fmt"
	"maps"
	"math/rand"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestCompareIsComplete compares random objects, and rebuilds the one from the
// other and the changes: nothing may be missing, and an object compared with
// itself has none.
func TestCompareIsComplete(t *testing.T) {
	for seed := range int64(500) {
		r := rand.New(rand.NewSource(seed))
		live := map[string]any{"spec": randomMap(r, 3)}
		desired := map[string]any{"spec": mutate(r, live["spec"])}
		a, b := &unstructured.Unstructured{Object: live}, &unstructured.Unstructured{Object: desired}
		if changes := drift.Compare(a, a.DeepCopy()); len(changes) > 0 {
			t.Fatalf("seed %d: equal objects have changes: %v", seed, changes)
		}
		changes := drift.Compare(a, b)
		got := rebuild(runtime.DeepCopyJSON(live), changes)
		if rest := drift.Compare(&unstructured.Unstructured{Object: got}, b); len(rest) > 0 {
			t.Fatalf("seed %d: changes %v leave %v", seed, changes, rest)
		}
		if want, got := withoutNulls(desired), withoutNulls(got); !reflect.DeepEqual(want, got) {
			t.Fatalf("seed %d: %v\n%s", seed, changes, cmp.Diff(want, got))
		}
		if len(changes) > 0 && len(drift.Compare(b, a)) == 0 {
			t.Fatalf("seed %d: a difference one way only: %v", seed, changes)
		}
	}
}

func randomMap(r *rand.Rand, depth int) map[string]any {
	m := map[string]any{}
	for range r.Intn(4) {
		m[string(rune('a'+r.Intn(5)))] = randomValue(r, depth)
	}
	return m
}

func randomValue(r *rand.Rand, depth int) any {
	if depth == 0 {
		return []any{int64(r.Intn(3)), "x", true, nil}[r.Intn(4)]
	}
	switch r.Intn(5) {
	case 0:
		return randomMap(r, depth-1)
	case 1:
		list := []any{}
		for range r.Intn(4) {
			list = append(list, randomValue(r, depth-1))
		}
		return list
	case 2:
		return randomNamed(r, depth-1)
	}
	return randomValue(r, 0)
}

// randomNamed is a list whose elements have names, now and then the same.
func randomNamed(r *rand.Rand, depth int) []any {
	list := []any{}
	for range r.Intn(5) {
		m := randomMap(r, depth)
		m["name"] = fmt.Sprint("n", r.Intn(12))
		list = append(list, m)
	}
	return list
}

// mutate changes a few things and leaves the most as it is.
func mutate(r *rand.Rand, value any) any {
	if r.Intn(8) == 0 {
		return randomValue(r, 2)
	}
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if r.Intn(8) > 0 {
				out[k] = mutate(r, v[k])
			}
		}
		if r.Intn(4) == 0 {
			out["new"] = randomValue(r, 1)
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			if r.Intn(6) == 0 {
				out = append(out, map[string]any{"name": fmt.Sprint("m", r.Intn(12))})
			}
			if r.Intn(6) > 0 {
				out = append(out, mutate(r, e))
			}
		}
		return out
	}
	return value
}

// part is a change with the rest of its path, seen from some place inside.
type part struct {
	tokens []string
	drift.Change
}

func (p part) isHere() bool { return len(p.tokens) == 0 }

// below are the changes under one token, their paths shortened by it.
func below(parts []part, token string, keep func(part) bool) []part {
	var out []part
	for _, p := range parts {
		if p.tokens[0] == token {
			if p.tokens = p.tokens[1:]; keep(p) {
				out = append(out, p)
			}
		}
	}
	return out
}

func rebuild(live map[string]any, changes []drift.Change) map[string]any {
	var parts []part
	for _, c := range changes {
		parts = append(parts, part{federation.Tokens(c.Path), c})
	}
	return edit(live, parts).(map[string]any)
}

func edit(node any, parts []part) any {
	if len(parts) == 0 {
		return node
	}
	if parts[0].isHere() {
		return parts[0].After
	}
	switch n := node.(type) {
	case map[string]any:
		return editMap(n, parts)
	case []any:
		return editList(n, parts)
	}
	panic(fmt.Sprintf("%v under a plain %v", parts, node))
}

func editMap(live map[string]any, parts []part) map[string]any {
	out := maps.Clone(live)
	for _, p := range parts {
		key := p.tokens[0]
		under := below(parts, key, func(part) bool { return true })
		if under[0].isHere() && under[0].Removed {
			delete(out, key)
		} else {
			out[key] = edit(live[key], under)
		}
	}
	return out
}

// editList changes and removes by live's indices, then puts what is added in
// its place in desired.
func editList(live []any, parts []part) []any {
	out := []any{}
	for i, e := range live {
		under := below(parts, strconv.Itoa(i), func(p part) bool { return !p.isHere() || !p.Added })
		if len(under) == 0 || !under[0].isHere() || !under[0].Removed {
			out = append(out, edit(e, under))
		}
	}
	for _, p := range parts {
		if len(p.tokens) == 1 && p.Added {
			i, _ := strconv.Atoi(p.tokens[0])
			out = slices.Insert(out, i, p.After)
		}
	}
	return out
}

func withoutNulls(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			if e != nil {
				out[k] = withoutNulls(e)
			}
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, withoutNulls(e))
		}
		return out
	}
	return value
}
