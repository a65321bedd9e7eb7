package drift

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Owner is who wrote a value, as the server's record of managed fields says.
type Owner struct {
	// Manager is the name that the client gave itself: "kubectl-edit".
	Manager string `json:"manager"`
	// Subresource is set where the value was written through one: "scale".
	Subresource string `json:"subresource,omitempty"`
	// Time is nil where the record has none, as for the subresource scale.
	Time *metav1.Time `json:"time,omitempty"`
}

// kubefedManager is how the server calls KubeFed's controllers: by the name of
// their program.
const kubefedManager = "controller-manager"

// IsKubeFed tells whether KubeFed's controllers wrote the value.
func (o Owner) IsKubeFed() bool { return o.Manager == kubefedManager || o.Manager == "hyperfed" }

// isPerson tells whether somebody at a terminal wrote the value, as far as the
// name tells.
func (o Owner) isPerson() bool { return strings.HasPrefix(o.Manager, "kubectl") }

// owners reads the record of managed fields once for any number of questions.
type owners struct {
	live    map[string]any
	entries []ownedFields
}

type ownedFields struct {
	Owner
	fields map[string]any
}

func ownersOf(live *unstructured.Unstructured) owners {
	if live == nil {
		return owners{}
	}
	all := owners{live: live.Object}
	for _, entry := range live.GetManagedFields() {
		if entry.FieldsV1 == nil {
			continue
		}
		var fields map[string]any
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
			continue // no server writes such a record
		}
		all.entries = append(all.entries, ownedFields{Owner{entry.Manager, entry.Subresource, entry.Time}, fields})
	}
	return all
}

// of finds who wrote what is at a path of the live object, or in it: of several
// the last, and one whose time is not known before any other, since it is
// neither KubeFed nor older than KubeFed's last write. It is nil where there is
// no record.
func (o owners) of(path string) *Owner {
	var found *Owner
	for _, entry := range o.entries {
		if owns(entry.fields, o.live, federation.Tokens(path)) && later(entry.Owner, found) {
			owner := entry.Owner
			found = &owner
		}
	}
	return found
}

func later(a Owner, b *Owner) bool {
	switch {
	case b == nil, a.Time == nil:
		return true
	case b.Time == nil:
		return false
	}
	return !a.Time.Before(b.Time)
}

// owns follows a path through a set of fields, and through the object that they
// are of: the elements of lists are called by their keys or their values there.
func owns(fields map[string]any, value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	var below any
	switch v := value.(type) {
	case map[string]any:
		value, below = v[path[0]], fields["f:"+path[0]]
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil || i < 0 || i >= len(v) {
			return false
		}
		value, below = v[i], elementFields(fields, v[i], i)
	}
	next, ok := below.(map[string]any)
	if !ok {
		return false
	}
	// A list or map that is owned as a whole has no fields below it.
	return len(next) == 0 || owns(next, value, path[1:])
}

func elementFields(fields map[string]any, element any, i int) any {
	for key, below := range fields {
		kind, rest, _ := strings.Cut(key, ":")
		switch kind {
		case "k":
			if hasKey(element, rest) {
				return below
			}
		case "v":
			if text, err := json.Marshal(element); err == nil && string(text) == rest {
				return below
			}
		case "i":
			if rest == strconv.Itoa(i) {
				return below
			}
		}
	}
	return nil
}

// hasKey tells whether an element of a list has the fields of a key, which is
// written as JSON.
func hasKey(element any, key string) bool {
	m, ok := element.(map[string]any)
	var wanted map[string]any
	if !ok || json.Unmarshal([]byte(key), &wanted) != nil {
		return false
	}
	for field, value := range wanted {
		if fmt.Sprint(m[field]) != fmt.Sprint(value) {
			return false
		}
	}
	return true
}

// managers names owners once each, in their order.
func managers(all []*Owner) []string {
	var names []string
	for _, o := range all {
		if o != nil && !slices.Contains(names, o.Manager) {
			names = append(names, o.Manager)
		}
	}
	return names
}
