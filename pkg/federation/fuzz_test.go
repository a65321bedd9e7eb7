package federation_test

import (
	"encoding/json"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/model"
)

// FuzzApply holds Apply against KubeFed's own: the same object, or an error
// from both and the object left alone.
func FuzzApply(f *testing.F) {
	for _, patch := range applySeeds {
		f.Add(applyDocument, patch)
	}
	f.Fuzz(compareApply)
}

// FuzzCorpus lets the fuzzer choose rule and seed of a generated case.
func FuzzCorpus(f *testing.F) {
	for i := range corpus.Rules {
		f.Add(uint8(i), uint64(0))
	}
	f.Fuzz(func(t *testing.T, rule uint8, seed uint64) {
		c := corpus.Generate(corpus.Rules[int(rule)%len(corpus.Rules)], seed)
		compareAll(t, model.New(), []corpus.Case{c})
	})
}

// FuzzPointer takes a JSON pointer apart and puts it together again.
func FuzzPointer(f *testing.F) {
	for _, seed := range []string{"", "/", "/a", "/a~1b/~0", "//", "/~01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		tokens := []string{token, "spec"}
		if got := federation.Tokens(federation.Pointer(tokens...)); !slices.Equal(got, tokens) {
			t.Errorf("%q became %q", tokens, got)
		}
	})
}

// FuzzParseOverride reads arguments of a command line: whatever they are, they
// are refused or resolve to a patch that applies.
func FuzzParseOverride(f *testing.F) {
	for _, seed := range []string{
		"c1:replicas=2", "c1:spec.template.spec.containers[web].image=nginx:1.27", "c1:/spec/a~1b={x: [1, 2.5]}",
		"c1:metadata.labels[a.b/c]=\"\"", "c1:spec.list[-]=1", ":=", "c1:spec..a=1", "c1:spec.a[=1", "c1:a=b: c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		arg, err := federation.ParseOverride(text)
		if err != nil {
			return
		}
		obj := object(t, applyDocument)
		step, err := arg.Resolve(obj)
		if err != nil {
			return
		}
		if err := federation.Apply(obj, []federation.Override{step}); err != nil {
			t.Errorf("%q resolved to %+v, which does not apply: %v", text, step, err)
		}
	})
}

// FuzzRead gives any federated object to all that reads one. Nothing may panic
// or change the object.
func FuzzRead(f *testing.F) {
	for seed := range uint64(20) {
		f.Add([]byte(corpus.Generate(corpus.Create, seed).Federated))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		fed := &unstructured.Unstructured{}
		if fed.UnmarshalJSON(raw) != nil {
			return
		}
		before, err := json.Marshal(fed.Object)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range []federation.Type{deployments, services, accounts, namespaces} {
			readAll(typ, fed)
		}
		if after, _ := json.Marshal(fed.Object); string(after) != string(before) {
			t.Errorf("%s became %s", before, after)
		}
	})
}

// readAll does all that can be done with a federated object. The errors are for
// other tests.
func readAll(typ federation.Type, fed *unstructured.Unstructured) {
	obj, _ := federation.ForCreate(typ, fed, "c1")
	if obj != nil {
		_, _ = federation.ForUpdate(typ, fed, "c1", obj)
	}
	_, _ = federation.Place(typ, fed, fed, members, false)
	_, _ = federation.TemplateHash(fed)
	_, _ = federation.OverridesHash(fed)
	_, _ = federation.Reschedule(fed, federation.Schedule{Replicas: map[string]int64{"c1": 1}})
}
