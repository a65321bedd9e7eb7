//go:build long

package predict

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// state is one federated object with its namespace and its members' objects.
type state struct {
	number int
	typ    string   // name of the FederatedTypeConfig
	edits  []string // what was done to it, for messages
	before []action // while KubeFed runs
	after  []action // while it is stopped
	// what KubeFed propagates before it is stopped
	federatedNamespace, propagated bool
}

// String names the state in messages.
func (s state) String() string {
	return fmt.Sprintf("state %03d (%s: %s)", s.number, s.typ, strings.Join(s.edits, ", "))
}

// action is one thing that is done to lay out a state.
type action struct {
	name string
	do   func(context.Context, place) error
}

// object is the name of every object.
const object = "it"

// drawing has what the edits of one state are drawn from.
type drawing struct {
	*rand.Rand
	typ     string
	members []string
}

func newRand(seed int) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 7)) }

func pick[T any](d *drawing, from ...T) T { return from[d.IntN(len(from))] }

// either is one of the members.
func (d *drawing) either() string { return pick(d, d.members...) }

var stateTypes = []string{"deployments.apps", "configmaps", "services", "secrets", "serviceaccounts"}

// drawStates draws states by their number alone. Every kind of edit comes in
// turn, with a second one beside it in every other state.
func drawStates(n int, members []string) []state {
	var out []state
	for i := range n {
		d := &drawing{Rand: newRand(i), members: members}
		d.typ = stateTypes[d.IntN(len(stateTypes))]
		s := state{number: i, typ: d.typ}
		first := edits[i%len(edits)]
		if first.only != "" {
			d.typ, s.typ = first.only, first.only
		}
		d.apply(&s, first)
		if i%2 == 1 {
			d.apply(&s, further[d.IntN(len(further))])
		}
		out = append(out, s)
	}
	return out
}

func (d *drawing) apply(s *state, e edit) {
	if !e.fits(d, s) {
		return
	}
	if len(s.edits) == 0 {
		if e.lay == nil {
			e.lay = propagated
		}
		e.lay(d, s)
	}
	s.edits = append(s.edits, e.name)
	if e.change != nil {
		s.after = append(s.after, action{e.name, e.change(d)})
	}
}

// federated is a federated object of the drawing's type, on all members.
func (d *drawing) federated() map[string]any {
	return map[string]any{"spec": map[string]any{
		"template":  d.template(),
		"placement": map[string]any{"clusters": refs(d.members...)},
	}}
}

func refs(names ...string) []any {
	out := []any{}
	for _, name := range names {
		out = append(out, map[string]any{"name": name})
	}
	return out
}

func (d *drawing) template() map[string]any {
	out := map[string]any{"metadata": map[string]any{"labels": map[string]any{"from": "template"}}}
	switch d.typ {
	case "deployments.apps":
		out["spec"] = map[string]any{
			"replicas": int64(d.IntN(3)), "selector": map[string]any{"matchLabels": map[string]any{"app": "it"}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"app": "it"}},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "web", "image": "localhost/web:1"}}},
			},
		}
	case "services":
		port := map[string]any{"name": "http", "port": int64(80)}
		if d.IntN(2) == 0 {
			port["protocol"] = "TCP"
		}
		out["spec"] = map[string]any{"type": pick(d, "ClusterIP", "NodePort"), "selector": map[string]any{"app": "it"}, "ports": []any{port}}
	case "secrets":
		out["data"], out["type"] = map[string]any{"a": "Yg=="}, "Opaque"
	case "serviceaccounts":
		out["imagePullSecrets"] = []any{map[string]any{"name": "pull"}}
	default:
		out["data"] = map[string]any{"a": "b"}
	}
	return out
}

// content is the field of the type in which its edits are made.
func content(typ string) []string {
	switch typ {
	case "deployments.apps":
		return []string{"spec", "replicas"}
	case "services":
		return []string{"spec", "sessionAffinity"}
	case "serviceaccounts":
		return []string{"automountServiceAccountToken"}
	}
	return []string{"data", "a"}
}

// value is another value for it.
func (d *drawing) value() any {
	switch d.typ {
	case "deployments.apps":
		return int64(3 + d.IntN(2))
	case "services":
		return "ClientIP"
	case "serviceaccounts":
		return false
	case "secrets":
		return "Yw=="
	}
	return "c"
}

// set is an edit of one field.
func set(value any, path ...string) func(*unstructured.Unstructured) error {
	return func(obj *unstructured.Unstructured) error {
		return unstructured.SetNestedField(obj.Object, value, path...)
	}
}
