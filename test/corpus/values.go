package corpus

import "fmt"

// scalar is a plain value, the null, and numbers in every spelling.
func (g *generator) scalar() any {
	return pick[any](g,
		nil, true, false, "", "x", "5", "true", "<&>", "é\u2028", " ", "b",
		0, 1, -1, 2, 5, int64(9007199254740993), int64(-9223372036854775808),
		number("5.0"), number("1.5"), number("-0.0"), number("1e3"), number("1e30"), number("2E0"), number("0.1"))
}

// count is a number of replicas, now and then none at all.
func (g *generator) count() any {
	return pick[any](g, 0, 1, 1, 2, 3, 5, 7, absent{}, nil, "3", number("2.0"), number("2.5"), -1)
}

// keys hold what a JSON pointer has to escape, and what looks like an index.
var keys = []string{"a", "b", "c", "x/y", "~", "~1", "a~0b", "0", "1", "-1", "-", "", "é", "name", "replicas"}

// value is anything, nested a few levels deep.
func (g *generator) value(depth int) any {
	if depth == 0 || g.once(2) {
		return g.scalar()
	}
	if g.once(2) {
		return g.list(depth - 1)
	}
	return g.object(depth - 1)
}

func (g *generator) list(depth int) any {
	out := []any{}
	for range g.IntN(4) {
		out = append(out, g.value(depth))
	}
	return out
}

func (g *generator) object(depth int) object {
	out := object{}
	for range g.IntN(4) {
		out[pick(g, keys...)] = g.value(depth)
	}
	return out
}

// wrong is a value where something else belongs.
func (g *generator) wrong() any {
	return pick[any](g, nil, "x", 5, true, []any{}, object{}, []any{nil}, []any{"x"}, object{"x": "y"})
}

// labels is a map of labels or annotations, as a template may have it.
func (g *generator) labels() any {
	return pick[any](g,
		absent{}, absent{}, object{}, nil, object{"a": "b"}, object{"a": "b", "c": "d"}, object{"l": "m"},
		object{"kubefed.io/managed": "true"}, object{"kubefed.io/managed": "false"},
		g.odd(), object{"a": 1}, object{"": ""}, "x")
}

// odd is a map of labels that libraries of different age read differently.
func (g *generator) odd() object {
	if g.released {
		return object{"a": nil}
	}
	return object{"a": 1}
}

// served is a map of labels or annotations, as an API server has it.
func (g *generator) served() any {
	return pick[any](g,
		absent{}, absent{}, object{"a": "b"}, object{"a": "b", "c": "d"}, object{"l": "m"},
		object{"kubefed.io/managed": "true"}, object{"kubefed.io/managed": "true", "a": "b"}, object{"kubefed.io/managed": "false"})
}

// clusterName is a member most often.
func (g *generator) clusterName() any {
	return pick[any](g, "c1", "c1", "c2", "c2", "c3", "gone", "C1", "", " c1", nil, 5, absent{})
}

// members draws up to four clusters, in any order.
func (g *generator) members() []Cluster {
	var out []Cluster
	for _, i := range g.Perm(4)[:g.IntN(5)] {
		c := Cluster{Name: fmt.Sprintf("c%d", i+1), Ready: !g.once(4)}
		c.Labels = pick(g,
			nil, map[string]string{}, map[string]string{"env": "prod"}, map[string]string{"env": "dev"},
			map[string]string{"env": ""}, map[string]string{"env": "prod", "tier": "1"})
		out = append(out, c)
	}
	return out
}
