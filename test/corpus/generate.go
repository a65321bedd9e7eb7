package corpus

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Generate makes the case of a rule and a seed.
func Generate(rule Rule, seed uint64) Case {
	return (&generator{Rand: rand.New(rand.NewPCG(seed, 0)), seed: seed}).make(rule)
}

// GenerateReleased makes a case that may hold nulls for labels, too. Only KubeFed
// as it was released answers it right: the libraries that it is linked with in
// the tests of this module are newer, and read them in another way.
func GenerateReleased(rule Rule, seed uint64) Case {
	return (&generator{Rand: rand.New(rand.NewPCG(seed, 0)), seed: seed, released: true}).make(rule)
}

func (g *generator) make(rule Rule) Case {
	c := makers[rule](g)
	c.Rule, c.Seed = rule, g.seed
	return c
}

// Many makes the cases of a rule for n seeds from the first on.
func Many(rule Rule, first uint64, n int) []Case {
	cases := make([]Case, n)
	for i := range cases {
		cases[i] = Generate(rule, first+uint64(i))
	}
	return cases
}

var makers = map[Rule]func(*generator) Case{
	Placement: (*generator).placement,
	Overrides: (*generator).overrides,
	Patch:     (*generator).patch,
	Create:    (*generator).create,
	Update:    (*generator).update,
	Hashes:    (*generator).hashes,
	Needs:     (*generator).needs,
	Recorded:  (*generator).recorded,
	Convert:   (*generator).convert,
	Pods:      (*generator).pods,
	Plan:      (*generator).plan,
	Schedule:  (*generator).schedule,
}

// generator draws values. It walks no map, so that equal seeds draw alike.
type generator struct {
	*rand.Rand
	seed     uint64
	released bool
}

// once is true once in n draws.
func (g *generator) once(n int) bool { return g.IntN(n) == 0 }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

// object is a JSON object under construction.
type object = map[string]any

// absent is a value that put leaves out.
type absent struct{}

// put sets a key, unless the value is absent.
func put(o object, key string, value any) {
	if _, ok := value.(absent); !ok {
		o[key] = value
	}
}

// encode writes what was drawn; numbers given as json.Number are written as they
// stand.
func encode(value any) json.RawMessage {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("the generator drew what JSON can't hold: %v", err))
	}
	return raw
}

// served writes an object as an API server sends it after it has stored it: a
// 5.0 that was sent to it is a 5 from then on.
func served(value any) json.RawMessage {
	obj := &unstructured.Unstructured{}
	err := obj.UnmarshalJSON(encode(value))
	if err != nil {
		panic(fmt.Sprintf("the generator drew no object: %v", err))
	}
	return encode(obj.Object)
}

// number is a literal that a Go number would lose: 5.0, 1e3.
func number(literal string) json.Number { return json.Number(literal) }

// space is a namespace of the case's own: one API server serves many cases.
func (g *generator) space() string { return fmt.Sprintf("ns-%d", g.seed) }

// federatedMeta names a federated object of a type.
func (g *generator) federatedMeta(typ string) object {
	switch config := Config(typ); {
	case typ == "namespaces":
		return object{"name": g.space(), "namespace": g.space()}
	case config.GetFederatedNamespaced():
		return object{"name": "web", "namespace": g.space()}
	}
	return object{"name": g.space()}
}
