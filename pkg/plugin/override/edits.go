package override

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// edits are the flags that say what to change, and what they come to.
type edits struct {
	Sets, Images, Envs, Labels, Annotations, Resources, Removes, Unsets []string
	Replicas                                                            int64 // below 0 for none

	parsed []federation.Edit
}

func (e *edits) addFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&e.Sets, "set", nil, "PATH=VALUE; the value is YAML; may be repeated, as all of these may")
	flags.StringArrayVar(&e.Images, "image", nil, "CONTAINER=IMAGE")
	flags.Int64Var(&e.Replicas, "replicas", -1, "The number of replicas")
	flags.StringArrayVar(&e.Envs, "env", nil, "[CONTAINER:]NAME=VALUE, an environment variable")
	flags.StringArrayVar(&e.Labels, "label", nil, "KEY=VALUE, a label of the object")
	flags.StringArrayVar(&e.Annotations, "annotation", nil, "KEY=VALUE, an annotation of the object")
	flags.StringArrayVar(&e.Resources, "resource", nil, "[CONTAINER:]limits.RESOURCE=QUANTITY, or requests.RESOURCE=QUANTITY")
	flags.StringArrayVar(&e.Removes, "remove", nil, "PATH of a field that these members shall not have")
	flags.StringArrayVar(&e.Unsets, "unset", nil, "PATH whose override goes, or all")
}

// changes tells whether any flag was given.
func (e *edits) isEmpty() bool { return len(e.parsed) == 0 && len(e.Unsets) == 0 }

// parse reads the flags, in an order of their own: the command line does not keep one among different flags.
func (e *edits) parse() error {
	e.parsed = nil
	for _, path := range e.Removes {
		e.parsed = append(e.parsed, federation.Remove(path))
	}
	for _, kind := range []struct {
		flag  string
		texts []string
		read  func(string) (federation.Edit, error)
	}{
		{"set", e.Sets, set}, {"image", e.Images, image}, {"env", e.Envs, env},
		{"resource", e.Resources, resource}, {"label", e.Labels, label}, {"annotation", e.Annotations, annotation},
	} {
		for _, text := range kind.texts {
			edit, err := kind.read(text)
			if err != nil {
				return fmt.Errorf("--%s: %w", kind.flag, err)
			}
			e.parsed = append(e.parsed, edit)
		}
	}
	if e.Replicas >= 0 {
		e.parsed = append(e.parsed, federation.Set("replicas", e.Replicas))
	}
	return nil
}

func set(text string) (federation.Edit, error) {
	path, value, err := federation.ParseAssignment(text)
	return federation.Set(path, value), err
}

func image(text string) (federation.Edit, error) {
	container, image, err := pair(text, "CONTAINER=IMAGE")
	return federation.SetImage(container, image), err
}

// env cuts the container off at a colon: the name of a variable has none.
func env(text string) (federation.Edit, error) {
	left, value, err := pair(text, "[CONTAINER:]NAME=VALUE")
	container, name := ofContainer(left)
	return federation.SetEnv(container, name, value), err
}

func resource(text string) (federation.Edit, error) {
	const form = "[CONTAINER:]limits.RESOURCE=QUANTITY"
	left, quantity, err := pair(text, form)
	container, rest := ofContainer(left)
	what, name, ok := strings.Cut(rest, ".")
	if err == nil && (!ok || !slices.Contains([]string{"limits", "requests"}, what)) {
		err = fmt.Errorf("%q: want %s, or requests", left, form)
	}
	return federation.SetResource(container, what, name, quantity), err
}

func label(text string) (federation.Edit, error) {
	key, value, err := pair(text, "KEY=VALUE")
	return federation.SetLabel(key, value), err
}

func annotation(text string) (federation.Edit, error) {
	key, value, err := pair(text, "KEY=VALUE")
	return federation.SetAnnotation(key, value), err
}

// pair names only the left side in its error: the right may be a secret.
func pair(text, form string) (left, right string, err error) {
	left, right, ok := strings.Cut(text, "=")
	if !ok || left == "" {
		return "", "", fmt.Errorf("%q: want %s", left, form)
	}
	return left, right, nil
}

func ofContainer(left string) (container, name string) {
	if before, after, ok := strings.Cut(left, ":"); ok {
		return before, after
	}
	return "", left
}
