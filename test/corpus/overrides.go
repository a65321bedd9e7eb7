package corpus

import (
	"fmt"
	"slices"
	"strings"
)

// overrides has an object whose spec.overrides are read and checked.
func (g *generator) overrides() Case {
	spec := object{"template": object{"spec": object{"a": 1}}}
	put(spec, "overrides", g.overrideList(nil))
	return Case{Federated: encode(object{
		"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedDeployment",
		"metadata": object{"name": "web", "namespace": "shop"}, "spec": g.rarely(spec),
	})}
}

// rarely puts something else in the place of a value.
func (g *generator) rarely(value any) any {
	if g.once(40) {
		return g.wrong()
	}
	return value
}

// overrideList draws the overrides of several clusters. Paths lead through
// target, where one is given.
func (g *generator) overrideList(target object) any {
	if g.once(8) {
		return pick[any](g, absent{}, absent{}, nil, []any{}, "x", []any{nil}, object{})
	}
	list := []any{}
	for range 1 + g.IntN(3) {
		item := object{}
		put(item, "clusterName", g.overridden())
		put(item, "clusterOverrides", g.stepsOrNone(target))
		list = append(list, item)
	}
	return list
}

// overridden is a name that comes twice now and then.
func (g *generator) overridden() any {
	if g.once(12) {
		return g.clusterName()
	}
	return pick[any](g, "c1", "c1", "c1", "c2", "c3", "c4")
}

func (g *generator) stepsOrNone(target object) any {
	if g.once(10) {
		return pick[any](g, absent{}, nil, []any{}, "x", []any{nil})
	}
	return g.steps(target, 3)
}

func (g *generator) steps(target object, most int) []any {
	list := []any{}
	for range 1 + g.IntN(most) {
		list = append(list, g.step(target))
	}
	return list
}

func (g *generator) step(target object) object {
	s := object{}
	put(s, "op", g.op())
	put(s, "path", g.pathOf(target))
	if !g.once(12) {
		s["value"] = g.value(2)
	}
	if path, _ := s["path"].(string); !g.released && strings.HasPrefix(path, "/metadata/") && holdsNull(s["value"]) {
		s["value"] = pick[any](g, "b", object{"a": "b"}) // see odd
	}
	if g.once(60) {
		s["from"] = "/spec"
	}
	return s
}

// holdsNull tells whether a value would put a null among labels.
func holdsNull(value any) bool {
	o, ok := value.(object)
	for _, child := range o {
		if child == nil {
			return true
		}
	}
	return !ok && value == nil
}

func (g *generator) op() any {
	if g.once(15) {
		return pick[any](g, "test", "move", "copy", "Replace", "x", nil, 5)
	}
	return pick[any](g, "replace", "add", "remove", "", absent{})
}

// strangePaths are those that something is special about.
var strangePaths = []any{
	"", "/", "//", "spec/replicas", "/kind", "/apiVersion", "/metadata", "/metadata/name", "/metadata/namespace",
	"/metadata/generateName", "/metadata/name/", "/metadata/labels", "/metadata/labels/kubefed.io~1managed",
	"/metadata/annotations", "/metadata/annotations/a", "/metadata/finalizers/-", "/spec/~", "/spec/~2", "/spec/a/b/c/d",
	"/spec/replicas", "/spec/template", "/status", absent{}, nil, 5,
}

func (g *generator) pathOf(target object) any {
	if target == nil && g.once(2) {
		return pick[any](g, "/spec/a", "/spec/b", "/spec/replicas", "/metadata/labels/x~1y")
	}
	if target == nil || g.once(5) {
		return pick(g, strangePaths...)
	}
	return g.walk(target)
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// walk goes down into a value, most often to what is there.
func (g *generator) walk(node any) string {
	switch n := node.(type) {
	case object:
		key := g.keyOf(n)
		return "/" + escape.Replace(key) + g.deeper(n[key])
	case []any:
		token := pick(g, "0", "1", "-1", "-", "-2", "01", "9", "x", "", fmt.Sprint(len(n)), fmt.Sprint(len(n)-1))
		if i := g.IntN(len(n) + 1); i < len(n) {
			return fmt.Sprintf("/%d", i) + g.deeper(n[i])
		}
		return "/" + token
	}
	return "/" + pick(g, keys...)
}

func (g *generator) keyOf(o object) string {
	there := make([]string, 0, len(o))
	for key := range o {
		there = append(there, key)
	}
	slices.Sort(there)
	if len(there) == 0 || g.once(5) {
		return pick(g, keys...)
	}
	return pick(g, there...)
}

func (g *generator) deeper(node any) string {
	if g.once(4) {
		return ""
	}
	switch node.(type) {
	case object, []any:
		return g.walk(node)
	}
	if g.once(12) {
		return "/" + pick(g, keys...)
	}
	return ""
}

// patch has an object and a JSON patch for it.
func (g *generator) patch() Case {
	o := object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "web"}, "spec": g.object(3)}
	put(o["metadata"].(object), "labels", g.served())
	if g.once(3) {
		o["spec"] = g.deploymentSpec()
	}
	steps := any(g.steps(o, 4))
	if g.once(40) {
		steps = []any{}
	}
	return Case{Live: encode(o), Steps: encode(steps)}
}
