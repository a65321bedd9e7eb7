package federation

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Argument is one override as a user writes it on the command line:
// CLUSTER:PATH=VALUE. The path is kept as written, since only an object can
// tell what a name in brackets stands for.
type Argument struct {
	Cluster, Path string
	Value         any
}

// String is the argument's left side, for messages.
func (a Argument) String() string { return a.Cluster + ":" + a.Path }

const argumentForm = "want CLUSTER:PATH=VALUE, such as worker1:spec.replicas=2"

// ParseOverride reads CLUSTER:PATH=VALUE. The first colon ends the cluster,
// the first equals sign outside brackets the path. The path is a JSON
// pointer, a dotted path with names in brackets, or "replicas" alone; the
// value is a YAML scalar, or a list or map in flow style.
func ParseOverride(arg string) (Argument, error) {
	left, text, hasValue := cutValue(arg)
	cluster, path, ok := strings.Cut(left, ":")
	switch {
	case !ok || cluster == "":
		return Argument{}, fmt.Errorf("override %q names no cluster: %s", left, argumentForm)
	case !hasValue:
		return Argument{}, fmt.Errorf("override %q has no value: %s", left, argumentForm)
	}
	if _, err := steps(path); err != nil {
		return Argument{}, fmt.Errorf("override %q: %w", left, err)
	}
	value, err := parseValue(text)
	if err != nil {
		return Argument{}, fmt.Errorf("override %q: %w", left, err)
	}
	return Argument{Cluster: cluster, Path: path, Value: value}, nil
}

// cutValue cuts at the first equals sign outside brackets. Messages name what
// is left of it only: the value may be a secret.
func cutValue(arg string) (left, value string, ok bool) {
	inside := false
	for i, r := range arg {
		switch {
		case r == '[':
			inside = true
		case r == ']':
			inside = false
		case r == '=' && !inside:
			return arg[:i], arg[i+1:], true
		}
	}
	return arg, "", false
}

// parseValue refuses an empty value, which YAML would take for null, and
// block style, which is never meant: "a: b" is a string that wants quotes.
func parseValue(text string) (any, error) {
	if strings.TrimSpace(text) == "" {
		return nil, errors.New(`the value is empty; write "" for an empty string`)
	}
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		// The parser speaks in several lines.
		return nil, fmt.Errorf("the value is not YAML: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	var value any
	if err := utiljson.Unmarshal(raw, &value); err != nil {
		return nil, fmt.Errorf("reading the value: %w", err)
	}
	if isBlock(value, text) {
		return nil, errors.New("the value reads as a YAML block; quote it, or write it in braces or brackets")
	}
	return value, nil
}

func isBlock(value any, text string) bool {
	text = strings.TrimSpace(text)
	switch value.(type) {
	case map[string]any:
		return text[0] != '{'
	case []any:
		return text[0] != '['
	}
	return false
}

// steps takes a path apart, whichever way it is written.
func steps(path string) ([]step, error) {
	switch {
	case path == "replicas":
		return []step{{name: "spec"}, {name: "replicas"}}, nil
	case path == "" || path == "/":
		return nil, fmt.Errorf("path %q names no field", path)
	case path[0] == '/':
		var out []step
		for _, t := range Tokens(path) {
			out = append(out, step{name: t})
		}
		return out, nil
	}
	return parseDotted(path)
}

// Resolve turns the argument into an override of obj, which is the object
// before any override: see Base. What the path leads through has to be there;
// its last step may be new, and is then added.
func (a Argument) Resolve(obj *unstructured.Unstructured) (Override, error) {
	path, err := steps(a.Path)
	if err != nil {
		return Override{}, fmt.Errorf("override %s: %w", a, err)
	}
	w := &walk{node: obj.Object}
	for i, s := range path {
		if err := w.take(s, i == len(path)-1); err != nil {
			return Override{}, fmt.Errorf("override %s: %w", a, err)
		}
	}
	o := Override{Op: w.op, Path: Pointer(w.tokens...), Value: a.Value}
	if IsForbiddenPath(o.Path) {
		return Override{}, fmt.Errorf("override %s: KubeFed refuses the path %s", a, o.Path)
	}
	return o, nil
}

// ResolveAll resolves arguments in their order, for each cluster. The same
// field twice for one cluster is an error, also when it is written in two
// ways: KubeFed would refuse the object.
func ResolveAll(args []Argument, obj *unstructured.Unstructured) (map[string][]Override, error) {
	out := map[string][]Override{}
	for _, a := range args {
		o, err := a.Resolve(obj)
		if err != nil {
			return nil, err
		}
		for _, other := range out[a.Cluster] {
			if other.Path == o.Path {
				return nil, fmt.Errorf("override %s: %s is already overridden for cluster %s", a, o.Path, a.Cluster)
			}
		}
		out[a.Cluster] = append(out[a.Cluster], o)
	}
	return out, nil
}
