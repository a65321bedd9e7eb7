package federation

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Edit is a change that a user wants in one cluster. It is worked out against
// the object as all overrides before it leave it.
type Edit func(obj *unstructured.Unstructured) (change, error)

// change is a field with the value that it shall have; none for a removal.
type change struct {
	path   []step
	value  any
	remove bool
}

// ParseAssignment reads PATH=VALUE; see ParseOverride for both sides.
func ParseAssignment(text string) (path string, value any, err error) {
	path, rest, ok := cutValue(text)
	if !ok {
		return "", nil, fmt.Errorf("%q has no value: want PATH=VALUE, such as spec.replicas=2", path)
	}
	if _, err := steps(path); err != nil {
		return "", nil, err
	}
	value, err = parseValue(rest)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", path, err)
	}
	return path, value, nil
}

// Set gives a field a value. What the path leads through is made where it is
// missing, save for lists.
func Set(path string, value any) Edit {
	return func(*unstructured.Unstructured) (change, error) {
		s, err := steps(path)
		return change{path: s, value: value}, err
	}
}

// Remove removes a field, which has to be there.
func Remove(path string) Edit {
	return func(*unstructured.Unstructured) (change, error) {
		s, err := steps(path)
		return change{path: s, remove: true}, err
	}
}

// PlanOverrides is the overrides of one cluster with edits added: as JSON
// patches that KubeFed can apply both to the object that it creates and to
// the one that it updates. An override that is there already for a field is
// changed in its place, since KubeFed takes no path twice.
func PlanOverrides(t Type, fed *unstructured.Unstructured, cluster string, edits []Edit) ([]Override, error) {
	all, err := Overrides(fed)
	if err != nil {
		return nil, err
	}
	overrides := slices.Clone(all[cluster])
	for _, edit := range edits {
		if overrides, err = planOne(t, fed, overrides, edit); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", cluster, err)
		}
	}
	return overrides, nil
}

func planOne(t Type, fed *unstructured.Unstructured, overrides []Override, edit Edit) ([]Override, error) {
	before, err := overridden(t, fed, overrides)
	if err != nil {
		return nil, fmt.Errorf("the overrides that are there can't be applied: %w", err)
	}
	c, err := edit(before)
	if err != nil {
		return nil, err
	}
	o, err := c.override(before)
	if err != nil {
		return nil, err
	}
	if IsForbiddenPath(o.Path) {
		return nil, fmt.Errorf("KubeFed refuses overrides of %s", o.Path)
	}
	planned := merge(overrides, o)
	after, err := overridden(t, fed, planned)
	if err != nil || !c.done(before, after, o) {
		return nil, fmt.Errorf("%s can't be changed beside the overrides that are there: unset some first", o.Path)
	}
	return planned, nil
}

// overridden is the object as KubeFed creates it with these overrides, before
// it is marked as managed.
func overridden(t Type, fed *unstructured.Unstructured, overrides []Override) (*unstructured.Unstructured, error) {
	obj, err := Base(t, fed)
	if err != nil {
		return nil, err
	}
	return obj, Apply(obj, overrides)
}

// done tells whether the object has become what was wanted.
func (c change) done(before, after *unstructured.Unstructured, o Override) bool {
	if c.remove {
		was, _, _ := Lookup(before, o.Path)
		is, _, there := Lookup(after, o.Path)
		// of a list, the next element is there now
		return !there || !reflect.DeepEqual(was, is) || isElement(o.Path)
	}
	is, _, there := Lookup(after, o.Path)
	want, err := plainSteps([]Override{{Value: o.Value}})
	return err == nil && there && reflect.DeepEqual(is, want[0].(map[string]any)["value"])
}

func isElement(pointer string) bool {
	tokens := Tokens(pointer)
	_, err := strconv.Atoi(tokens[len(tokens)-1])
	return err == nil
}

// merge puts an override in the place of the one that has its path, or at
// the end. Removing what only an override had added takes that one back.
func merge(overrides []Override, o Override) []Override {
	i := slices.IndexFunc(overrides, func(other Override) bool { return other.Path == o.Path })
	switch {
	case i < 0:
		return append(slices.Clone(overrides), o)
	case o.Op == "remove" && overrides[i].Op == "add":
		return slices.Delete(slices.Clone(overrides), i, i+1)
	case o.Op != "remove" && overrides[i].Op != "remove":
		o.Op = overrides[i].Op
	}
	overrides = slices.Clone(overrides)
	overrides[i] = o
	return overrides
}

// override follows the path through the object as far as it leads.
func (c change) override(obj *unstructured.Unstructured) (Override, error) {
	var node any = obj.Object
	var tokens []string
	for i, s := range c.path {
		token, child, found, err := descend(node, s, Dotted(tokens))
		if err != nil {
			return Override{}, err
		}
		tokens = append(tokens, token)
		if !found {
			return c.missing(node, tokens, c.path[i+1:])
		}
		node = child
	}
	if c.remove {
		return Override{Op: "remove", Path: Pointer(tokens...)}, nil
	}
	return Override{Op: "replace", Path: Pointer(tokens...), Value: c.value}, nil
}

// descend goes one step down. Of a list, an element is found by its name or
// number, and the place after the last is one that is not there yet.
func descend(node any, s step, at string) (token string, child any, found bool, err error) {
	switch n := node.(type) {
	case map[string]any:
		child = n[s.name]
		return s.name, child, child != nil, nil
	case []any:
		i, err := findElement(n, s.name, at)
		if err != nil || i == len(n) {
			return strconv.Itoa(i), nil, false, err
		}
		return strconv.Itoa(i), n[i], true, nil
	}
	return "", nil, false, fmt.Errorf("%s is a plain value and has no %s", at, s.name)
}

// missing is the override that makes a field together with all that is
// missing on the way to it.
func (c change) missing(node any, tokens []string, rest []step) (Override, error) {
	if c.remove {
		m, _ := node.(map[string]any)
		return Override{}, fmt.Errorf("there is no %s to remove%s", Dotted(tokens), thereAre(sortedKeys(m)))
	}
	value := c.value
	for _, s := range slices.Backward(rest) {
		if _, err := strconv.Atoi(s.name); s.bracket || err == nil || s.name == "-" {
			return Override{}, fmt.Errorf("there is no list %s to find %s in", Dotted(tokens), s.name)
		}
		value = map[string]any{s.name: value}
	}
	return Override{Op: "add", Path: Pointer(tokens...), Value: value}, nil
}

// ErrNoOverride says that there is nothing to unset.
var ErrNoOverride = errors.New("there is no such override")

// Unset takes the override of a path away, which may be written in any of the
// ways that Set takes.
func Unset(t Type, fed *unstructured.Unstructured, overrides []Override, path string) ([]Override, error) {
	wanted, err := pointers(t, fed, path)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(overrides, func(o Override) bool { return slices.Contains(wanted, o.Path) })
	if i < 0 {
		return nil, fmt.Errorf("%w of %s", ErrNoOverride, path)
	}
	return slices.Delete(slices.Clone(overrides), i, i+1), nil
}

// pointers are the paths that a user may mean: by the names as they are
// written, and by what they stand for in the object.
func pointers(t Type, fed *unstructured.Unstructured, path string) ([]string, error) {
	s, err := steps(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, one := range s {
		names = append(names, one.name)
	}
	found := []string{Pointer(names...)}
	if base, err := Base(t, fed); err == nil {
		if o, err := (change{path: s}).override(base); err == nil {
			found = append(found, o.Path)
		}
	}
	return found, nil
}
