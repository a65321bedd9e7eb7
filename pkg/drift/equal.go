package drift

import "encoding/json"

// equal compares by value: 2 and 2.0 are the same number, a null the same as
// no field.
func equal(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && equalMaps(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && equalLists(x, y)
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	return a == b || equalNumbers(a, b)
}

func equalMaps(x, y map[string]any) bool {
	for _, key := range keysOf(x, y) {
		if !equal(x[key], y[key]) {
			return false
		}
	}
	return true
}

func equalLists(x, y []any) bool {
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

// equalNumbers compares two whole numbers as such, so that large ones are not
// rounded to the same float.
func equalNumbers(a, b any) bool {
	if x, ok := whole(a); ok {
		if y, ok := whole(b); ok {
			return x == y
		}
	}
	x, okX := float(a)
	y, okY := float(b)
	return okX && okY && x == y
}

func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case int:
		return int64(n), true
	}
	return 0, false
}

func float(v any) (float64, bool) {
	if n, ok := whole(v); ok {
		return float64(n), true
	}
	switch n := v.(type) {
	case float64:
		return n, true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}
