package federation

import (
	"errors"
	"fmt"
	"strconv"
)

// walk follows a path through an object, and collects the JSON pointer on
// the way.
type walk struct {
	node   any
	tokens []string
	at     string // the path so far, as a user would write it
	op     string // what the last step asks for
}

// errCreateMeta is the trap of overrides that work on every update and fail on
// the creation, where the map is not there yet.
var errCreateMeta = errors.New("KubeFed creates an object without annotations and finalizers, " +
	"so an override inside one of them fails then; override the whole of it, " +
	"knowing that each update then wipes what the member's own controllers put there")

func (w *walk) take(s step, last bool) error {
	if w.at == "metadata.annotations" || w.at == "metadata.finalizers" {
		return errCreateMeta
	}
	switch node := w.node.(type) {
	case map[string]any:
		return w.takeKey(node, s, last)
	case []any:
		return w.takeElement(node, s, last)
	}
	return fmt.Errorf("%s is a plain value and has no %s", w.at, s.name)
}

func (w *walk) takeKey(node map[string]any, s step, last bool) error {
	child, ok := node[s.name]
	w.enter(s.name, joined(w.at, s), child)
	w.op = "replace"
	if !ok {
		w.op = "add"
	}
	// A null in the way stops a JSON patch as well as an absence does.
	if child == nil && !last && !isCreateMeta(w.at) {
		return fmt.Errorf("there is no %s to change something in%s (or override the whole of %s)",
			w.at, thereAre(sortedKeys(node)), w.at)
	}
	return nil
}

func isCreateMeta(at string) bool { return at == "metadata.annotations" || at == "metadata.finalizers" }

func (w *walk) takeElement(node []any, s step, last bool) error {
	i, err := findElement(node, s.name, w.at)
	if err != nil {
		return err
	}
	if i < len(node) {
		w.enter(strconv.Itoa(i), joined(w.at, step{name: s.name, bracket: true}), node[i])
		w.op = "replace"
		return nil
	}
	if !last {
		return fmt.Errorf("%s has no element %s%s", w.at, s.name, thereAre(elementNames(node)))
	}
	w.enter("-", w.at+"[-]", nil)
	w.op = "add"
	return nil
}

func (w *walk) enter(token, at string, node any) {
	w.tokens, w.at, w.node = append(w.tokens, token), at, node
}

func joined(at string, s step) string {
	switch {
	case s.bracket:
		return at + "[" + s.name + "]"
	case at == "":
		return s.name
	}
	return at + "." + s.name
}
