package report

import (
	"maps"
	"regexp"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

const masked = "***"

// Masked hides the values of a change in a Secret, its data and what may repeat it in metadata alike, and still shows
// that they are not the same.
func Masked(c drift.Change) drift.Change {
	if strings.HasPrefix(c.Path, "/metadata/labels") || c.Path == "/type" || c.Path == "/immutable" {
		return c
	}
	if !c.Added {
		c.Before = masked + " (before)"
	}
	if !c.Removed {
		c.After = masked + " (after)"
	}
	return c
}

// maskedCause hides the values that a server quotes when it refuses a Secret.
func maskedCause(o drift.Object, cause string) string {
	if !o.IsSecret() {
		return cause
	}
	return quoted.ReplaceAllString(cause, "Invalid value: "+masked)
}

var quoted = regexp.MustCompile(`Invalid value: ("(?:[^"\\]|\\.)*"|[^:]*)`)

// maskedObject is a Secret without its values. What is equal in the other, which may be nil, stays equal.
func maskedObject(object, other map[string]any, mark string) map[string]any {
	out := maps.Clone(object)
	for _, field := range []string{"data", "stringData"} {
		maskField(out, other, field, mark)
	}
	if meta, ok := out["metadata"].(map[string]any); ok {
		meta = maps.Clone(meta)
		otherMeta, _ := other["metadata"].(map[string]any)
		maskField(meta, otherMeta, "annotations", mark)
		out["metadata"] = meta
	}
	return out
}

func maskField(object, other map[string]any, field, mark string) {
	values, ok := object[field].(map[string]any)
	if !ok {
		return
	}
	others, _ := other[field].(map[string]any)
	out := map[string]any{}
	for key, value := range values {
		out[key] = masked + mark
		if known, ok := others[key]; ok && known == value {
			out[key] = masked
		}
	}
	object[field] = out
}
