package federation

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Lookup follows a JSON pointer into an object. It returns what is there and
// true, or the deepest value on the way, the tokens that lead to it, and
// false. An index counts as a JSON patch counts: a negative one from the end.
func Lookup(obj *unstructured.Unstructured, pointer string) (value any, reached []string, ok bool) {
	value = obj.Object
	tokens := Tokens(pointer)
	for i, token := range tokens {
		next, ok := childOf(value, token)
		if !ok {
			return value, tokens[:i], false
		}
		value = next
	}
	return value, tokens, true
}

func childOf(value any, token string) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		child, ok := v[token]
		return child, ok
	case []any:
		i, err := strconv.Atoi(token)
		if i < 0 {
			i += len(v)
		}
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// Dotted writes the tokens of a pointer with dots, names that hold dots and
// numbers in brackets: spec.template.spec.containers[0].image.
func Dotted(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		_, err := strconv.Atoi(t)
		switch {
		case err == nil, strings.ContainsAny(t, "./[]*"):
			b.WriteString("[" + t + "]")
		case b.Len() == 0:
			b.WriteString(t)
		default:
			b.WriteString("." + t)
		}
	}
	return b.String()
}

// Allotted is what of a template one cluster allotted and no other accepts:
// a Service's address, a Job's generated selector. What a template loses
// anyway, such as annotations, is not among it. The error is of a template
// that is of no use in any other cluster.
func Allotted(t Type, template map[string]any) ([]Dropped, error) {
	obj := &unstructured.Unstructured{Object: template}
	s := &stripper{obj: obj.DeepCopy()}
	if err := s.kind(t.Target.Group, t.Target.Kind); err != nil {
		return nil, err
	}
	s.podTemplateHash()
	return s.dropped, nil
}

// WithoutAllotted is an object without what its cluster allotted; what a target
// loses anyway on its way, such as annotations, stays.
func WithoutAllotted(t Type, obj *unstructured.Unstructured) *unstructured.Unstructured {
	s := &stripper{obj: obj.DeepCopy()}
	if s.kind(t.Target.Group, t.Target.Kind) != nil {
		return obj.DeepCopy()
	}
	s.podTemplateHash()
	return s.obj
}
