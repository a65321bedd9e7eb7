package drift

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Ignore is a set of paths whose differences are not wanted.
type Ignore struct{ paths [][]string }

// ParseIgnore reads paths as JSON pointers or with dots and brackets, "*" for
// any one field or element: /metadata/labels/team,
// spec.template.spec.containers[*].image.
func ParseIgnore(paths []string) (Ignore, error) {
	var i Ignore
	for _, path := range paths {
		tokens, err := federation.PathTokens(path)
		if err != nil {
			return Ignore{}, fmt.Errorf("ignored path: %w", err)
		}
		i.paths = append(i.paths, tokens)
	}
	return i, nil
}

// Apply takes what is ignored out of a result. A write that changes nothing else
// is still one, but no difference.
func (i Ignore) Apply(r Result) Result {
	if len(i.paths) == 0 || len(r.Changes) == 0 {
		return r
	}
	var left []Change
	for _, c := range r.Changes {
		if c, ok := i.without(c); ok {
			left = append(left, c)
		}
	}
	r.Changes = left
	switch {
	case len(left) > 0:
	case r.Verdict == WillUpdate, r.Verdict == LeftAlone:
		r.Verdict, r.Cause = InSync, join(r.Cause, "differs only in what is ignored")
	case r.Verdict == Different:
		r.Verdict, r.Cause = Same, join(r.Cause, "differs only in what is ignored")
	}
	return r
}

// without takes what is ignored out of one change; false when nothing is left
// of it.
func (i Ignore) without(c Change) (Change, bool) {
	at := federation.Tokens(c.Path)
	for _, path := range i.paths {
		switch {
		case len(path) <= len(at) && matches(path, at[:len(path)]):
			return c, false
		case len(path) > len(at) && matches(path[:len(at)], at):
			c.Before, c.After = prune(c.Before, path[len(at):]), prune(c.After, path[len(at):])
			if isEmpty(c.Before) && isEmpty(c.After) {
				return c, false
			}
		}
	}
	return c, true
}

func matches(pattern, path []string) bool {
	return slices.EqualFunc(pattern, path, func(p, t string) bool { return p == "*" || p == t })
}

// prune takes a field out of a value, which stays as it was.
func prune(value any, path []string) any {
	m, ok := value.(map[string]any)
	if !ok || len(path) == 0 {
		return value
	}
	m = maps.Clone(m)
	for key := range m {
		if path[0] != "*" && path[0] != key {
			continue
		}
		if m[key] = prune(m[key], path[1:]); len(path) == 1 || isEmpty(m[key]) {
			delete(m, key)
		}
	}
	return m
}

// IgnoreLines are the paths in a text, one a line; what starts with # is for
// people.
func IgnoreLines(text string) []string {
	var paths []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			paths = append(paths, line)
		}
	}
	return paths
}
