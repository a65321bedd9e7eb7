package federation

import (
	"encoding/json"
	"strconv"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// setFields applies overrides to an object in place, where each gives a value to
// a field of an object that is there: nearly all do, and a JSON patch of them
// costs ten times as much. It is false where any asks for more; what it has done
// by then is to be thrown away. The object has to be as JSON gives it back.
func setFields(obj map[string]any, overrides []Override) bool {
	for _, o := range overrides {
		if !setField(obj, o) {
			return false
		}
	}
	return true
}

// setField leaves alone whatever json-patch has an opinion on: nulls, ends of
// lists, the empty path, and an apiVersion, without which there is no object.
func setField(obj map[string]any, o Override) bool {
	sets := o.Op == "" || o.Op == "replace" || o.Op == "add"
	if !sets || o.Value == nil || !strings.HasPrefix(o.Path, "/") || o.Path == "/apiVersion" {
		return false
	}
	tokens := Tokens(o.Path)
	last := len(tokens) - 1
	node := any(obj)
	for _, token := range tokens[:last] {
		node = plainChild(node, token)
	}
	parent, ok := node.(map[string]any)
	if !ok {
		return false
	}
	value, err := asDecoded(o.Value)
	if err != nil {
		return false
	}
	parent[tokens[last]] = value
	return true
}

// plainChild is nil where there is none, and for an index that is not written as an index usually is: what
// json-patch makes of those is left to it.
func plainChild(node any, token string) any {
	switch n := node.(type) {
	case map[string]any:
		return n[token]
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n) && strconv.Itoa(i) == token {
			return n[i]
		}
	}
	return nil
}

// asDecoded is the value as JSON gives it back: whole numbers int64.
func asDecoded(value any) (any, error) {
	switch value.(type) {
	case bool, int64:
		return value, nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var out any
	err = utiljson.Unmarshal(raw, &out)
	return out, err
}
