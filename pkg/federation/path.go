package federation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A JSON pointer escapes what it is made of.
var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Pointer writes tokens as a JSON pointer: what KubeFed wants in the path of
// an override.
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString("/")
		b.WriteString(escaper.Replace(t))
	}
	return b.String()
}

// Tokens takes a JSON pointer apart.
func Tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, t := range tokens {
		tokens[i] = unescaper.Replace(t)
	}
	return tokens
}

// step is one step of a path as a user writes it.
type step struct {
	name    string
	bracket bool // written as [name]
}

// parseDotted reads spec.template.spec.containers[nginx].image. In brackets
// every character but the closing one is part of the name.
func parseDotted(path string) ([]step, error) {
	var steps []step
	rest := strings.TrimPrefix(path, ".")
	for rest != "" {
		s, after, err := nextStep(rest)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", path, err)
		}
		steps, rest = append(steps, s), after
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("path %q names no field", path)
	}
	return steps, nil
}

func nextStep(rest string) (s step, after string, err error) {
	if rest[0] == '[' {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return s, "", errors.New("[ is not closed")
		}
		s, after = step{name: unquote(rest[1:end]), bracket: true}, rest[end+1:]
	} else {
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		s, after = step{name: rest[:end]}, rest[end:]
	}
	if s.name == "" {
		return s, "", fmt.Errorf("a name is missing before %q", after)
	}
	return s, afterDot(after), checkAfter(after)
}

// unquote allows ["nginx"] and ['nginx'], as jsonpath users type it.
func unquote(name string) string {
	if n := len(name); n >= 2 && name[0] == name[n-1] && (name[0] == '"' || name[0] == '\'') {
		return name[1 : n-1]
	}
	return name
}

func afterDot(after string) string { return strings.TrimPrefix(after, ".") }

func checkAfter(after string) error {
	switch {
	case after == ".":
		return errors.New("it ends in a dot")
	case strings.HasPrefix(after, ".["):
		return errors.New("write [ without the dot before it")
	case after != "" && after[0] != '.' && after[0] != '[':
		return fmt.Errorf("a dot is missing before %q", after)
	}
	return nil
}

// keyFields are the fields by which people call an element of a list, in the
// order in which they are tried. Numbers are indices, so no port is here.
var keyFields = []string{"name", "mountPath", "devicePath", "key", "host", "ip", "topologyKey", "type"}

// findElement resolves a name in brackets to an index of the list: a number
// is the index itself, "-" the place after the last element, and anything
// else the name of an element.
func findElement(elements []any, name, at string) (int, error) {
	if name == "-" {
		return len(elements), nil
	}
	if i, err := strconv.Atoi(name); err == nil {
		if i < 0 || i > len(elements) {
			return 0, fmt.Errorf("%s has no element %d: it has %d", at, i, len(elements))
		}
		return i, nil
	}
	for _, field := range keyFields {
		if i := slices.IndexFunc(elements, func(e any) bool { return fieldOf(e, field) == name }); i >= 0 {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%s has no element %q%s", at, name, thereAre(elementNames(elements)))
}

func fieldOf(element any, field string) string {
	m, _ := element.(map[string]any)
	s, _ := m[field].(string)
	return s
}

// elementNames are the names that findElement would have taken.
func elementNames(elements []any) []string {
	var names []string
	for _, e := range elements {
		for _, field := range keyFields {
			if name := fieldOf(e, field); name != "" {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

func thereAre(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; there are: " + strings.Join(names, ", ")
}

// elementPath is the path of a list's element, by its name if it has one.
func elementPath(list string, element map[string]any, index int) string {
	if name := fieldOf(element, "name"); name != "" {
		return list + "[" + name + "]"
	}
	return fmt.Sprintf("%s[%d]", list, index)
}

// PathTokens takes a path apart that is a JSON pointer or has dots and brackets.
func PathTokens(path string) ([]string, error) {
	all, err := steps(path)
	var tokens []string
	for _, s := range all {
		tokens = append(tokens, s.name)
	}
	return tokens, err
}
