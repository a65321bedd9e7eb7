package lint

import (
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var unknownField = register(Rule{
	Code: "FED004", Severity: Error, Title: "a field that the API does not have",
	Ignored: "The API server drops the field without a word, unless the client asks it to be strict.",
	Mend:    "Write the name that the API has, or remove the field.",
})

var wrongType = register(Rule{
	Code: "FED005", Severity: Error, Title: "a value of the wrong type",
	Ignored: "The API server refuses the object.",
	Mend:    "Write a value of the type that the message names.",
})

var missingField = register(Rule{
	Code: "FED006", Severity: Error, Title: "a field that has to be there is missing",
	Ignored: "The API server refuses the object.",
	Mend:    "Add the field.",
})

// kind is what a value is.
type kind string

const (
	anything kind = "anything"
	object   kind = "a map of fields"
	list     kind = "a list"
	text     kind = "a string"
	number   kind = "a whole number"
	truth    kind = "true or false"
	null     kind = "null"
)

// shape is what the schema of a CRD says of a field.
type shape struct {
	kind     kind
	fields   map[string]shape // of an object with fixed fields
	values   *shape           // of an object with free keys
	items    *shape           // of a list
	required []string
	unknown  Rule // what an unknown field breaks; the zero Rule stands for unknownField
}

func fields(f map[string]shape, required ...string) shape {
	return shape{kind: object, fields: f, required: required}
}

func listOf(items shape) shape { return shape{kind: list, items: &items} }
func mapOf(values shape) shape { return shape{kind: object, values: &values} }
func plain(k kind) shape       { return shape{kind: k} }
func (s shape) is(v any) bool  { return s.kind == anything || s.kind == kindOf(v) }
func top(spec shape) shape {
	return fields(map[string]shape{
		"apiVersion": plain(text), "kind": plain(text), "metadata": plain(object), "spec": spec, "status": plain(anything),
	})
}

func kindOf(value any) kind {
	switch v := value.(type) {
	case nil:
		return null
	case map[string]any:
		return object
	case []any:
		return list
	case string:
		return text
	case bool:
		return truth
	case float64:
		if v != float64(int64(v)) {
			return "a number with a fraction"
		}
	}
	return number
}

// placementShape and the others are what kubefedctl's CRDs say
// (kubefedctl/enable/validation.go).
var placementShape = shape{kind: object, unknown: unknownPlacementField, fields: map[string]shape{
	"clusters": listOf(fields(map[string]shape{"name": plain(text)}, "name")),
	"clusterSelector": fields(map[string]shape{
		"matchLabels": mapOf(plain(text)),
		"matchExpressions": listOf(fields(map[string]shape{
			"key": plain(text), "operator": plain(text), "values": listOf(plain(text)),
		}, "key", "operator")),
	}),
}}

var overridesShape = listOf(fields(map[string]shape{
	"clusterName": plain(text),
	"clusterOverrides": listOf(fields(map[string]shape{
		"op": plain(text), "path": plain(text), "value": plain(anything),
	}, "path")),
}))

func federatedShape(t federation.Type) shape {
	spec := map[string]shape{"template": plain(object), "placement": placementShape, "overrides": overridesShape}
	if _, plainKind := federation.WellKnown(t.Target.Kind); !plainKind || federation.WellKnownTraits(t.Target).Replicas {
		spec["retainReplicas"] = plain(truth)
	}
	return top(fields(spec))
}

// shapes compares the document with a shape. It is false where the API
// server would refuse the document for its types.
func (c *check) shapes(s shape) bool {
	before := len(c.findings)
	c.compare(s, c.Object.Object, nil)
	return !slices.ContainsFunc(c.findings[before:], func(f Finding) bool {
		return f.Code == wrongType.Code || f.Code == missingField.Code
	})
}

func (c *check) compare(s shape, value any, at []string) {
	if !s.is(value) {
		c.add(wrongType, at, "%s is %s, and has to be %s", dotted(at), kindOf(value), s.kind)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		c.compareFields(s, v, at)
	case []any:
		for i, item := range v {
			if s.items != nil {
				c.compare(*s.items, item, below(at, strconv.Itoa(i)))
			}
		}
	}
}

func (c *check) compareFields(s shape, m map[string]any, at []string) {
	for _, name := range s.required {
		if _, ok := m[name]; !ok {
			c.add(missingField, at, "%s has no %s", dotted(at), name)
		}
	}
	for _, name := range keys(m) {
		field, ok := s.fields[name]
		switch {
		case ok:
			c.compare(field, m[name], below(at, name))
		case s.values != nil:
			c.compare(*s.values, m[name], below(at, name))
		case s.fields != nil:
			c.unknown(s, name, at)
		}
	}
}

func (c *check) unknown(s shape, name string, at []string) {
	r := s.unknown
	if r.Code == "" {
		r = unknownField
	}
	what := fmt.Sprintf("%s is not a field of %s", dotted(below(at, name)), dotted(at))
	c.add(r, below(at, name), "%s%s", what, meant(name, keys(s.fields)))
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
