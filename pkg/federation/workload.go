package federation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// SetImage gives a container, or an init container, another image.
func SetImage(container, image string) Edit {
	return func(obj *unstructured.Unstructured) (change, error) {
		at, _, err := findContainer(obj, container)
		return change{path: append(at, step{name: "image"}), value: image}, err
	}
}

// SetEnv gives a container an environment variable. Without a name of a
// container the only one is meant.
func SetEnv(container, name, value string) Edit {
	return func(obj *unstructured.Unstructured) (change, error) {
		at, found, err := findContainer(obj, container)
		if err != nil {
			return change{}, err
		}
		at = append(at, step{name: "env"})
		variable := map[string]any{"name": name, "value": value}
		env, _ := found["env"].([]any)
		if len(env) == 0 {
			return change{path: at, value: []any{variable}}, nil
		}
		// the whole element: what it had may have come from somewhere else
		i := slices.IndexFunc(env, func(e any) bool { return fieldOf(e, "name") == name })
		if i < 0 {
			i = len(env)
		}
		return change{path: append(at, step{name: strconv.Itoa(i)}), value: variable}, nil
	}
}

// SetResource gives a container a resource: what is "limits" or "requests".
// Without a name of a container the only one is meant.
func SetResource(container, what, resource, quantity string) Edit {
	return func(obj *unstructured.Unstructured) (change, error) {
		at, _, err := findContainer(obj, container)
		return change{path: append(at, step{name: "resources"}, step{name: what}, step{name: resource}), value: quantity}, err
	}
}

// SetLabel gives the target a label.
func SetLabel(key, value string) Edit { return setMeta("labels", key, value) }

// SetAnnotation gives the target an annotation. It becomes an override of the
// whole map, since KubeFed creates objects without one.
func SetAnnotation(key, value string) Edit { return setMeta("annotations", key, value) }

func setMeta(field, key, value string) Edit {
	return func(*unstructured.Unstructured) (change, error) {
		return change{path: []step{{name: "metadata"}, {name: field}, {name: key}}, value: value}, nil
	}
}

// podSpec is where a kind keeps the spec of its pods.
func podSpec(kind string) []string {
	switch kind {
	case "Pod":
		return []string{"spec"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template", "spec"}
	}
	return []string{"spec", "template", "spec"}
}

// findContainer finds a container by its name, the only one for "", and the
// path to it.
func findContainer(obj *unstructured.Unstructured, name string) ([]step, map[string]any, error) {
	spec := podSpec(obj.GetKind())
	if containers, _ := list(obj.Object, append(spec, "containers")...); name == "" && len(containers) != 1 {
		return nil, nil, fmt.Errorf("no container was named%s", thereAre(elementNames(containers)))
	}
	var names []string
	for _, field := range []string{"containers", "initContainers"} {
		containers, _ := list(obj.Object, append(spec, field)...)
		i := slices.IndexFunc(containers, func(c any) bool { return name == "" || fieldOf(c, "name") == name })
		if i >= 0 {
			found, _ := containers[i].(map[string]any)
			return stepsOf(append(spec, field, strconv.Itoa(i))), found, nil
		}
		names = append(names, elementNames(containers)...)
	}
	if len(names) == 0 {
		return nil, nil, errors.New(obj.GetKind() + " has no containers")
	}
	return nil, nil, fmt.Errorf("there is no container %s%s", name, thereAre(names))
}

func stepsOf(tokens []string) []step {
	var out []step
	for _, t := range tokens {
		out = append(out, step{name: t})
	}
	return out
}
