// Package kubefed answers the cases of the corpus with KubeFed's own code. It is
// built twice: against today's Kubernetes libraries, in the tests of this
// module, and against those that KubeFed was released with, by test/oracle.
package kubefed

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// Quiet drops what KubeFed logs of every case that it refuses. It is for a process
// that does nothing but ask it.
func Quiet() { runtime.ErrorHandlers = nil }

// Answers gives KubeFed's answer to each case, all of one rule. An error says
// that a case could not be put to it, not that it refused one.
func Answers(rule corpus.Rule, cases []corpus.Case) ([]corpus.Answer, error) {
	switch rule {
	case corpus.Create, corpus.Update, corpus.Recorded:
		return answerByAccessor(cases)
	case corpus.Schedule:
		return answerByScheduler(cases)
	}
	answer, ok := answers[rule]
	if !ok {
		return nil, fmt.Errorf("no rule %q", rule)
	}
	out := make([]corpus.Answer, len(cases))
	for i, c := range cases {
		var err error
		if out[i], err = survive(c, answer); err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
	}
	return out, nil
}

// answers are the rules that one case can be put to at a time.
var answers = map[corpus.Rule]func(corpus.Case) (corpus.Answer, error){
	corpus.Placement: placement,
	corpus.Overrides: overrides,
	corpus.Patch:     patch,
	corpus.Hashes:    hashes,
	corpus.Needs:     needs,
	corpus.Convert:   convert,
	corpus.Pods:      pods,
	corpus.Plan:      plan,
}

// survive turns a panic of KubeFed's into an answer: its controller would crash.
func survive(c corpus.Case, answer func(corpus.Case) (corpus.Answer, error)) (a corpus.Answer, err error) {
	defer func() {
		if recover() != nil {
			a, err = corpus.Answer{Crashed: true}, nil
		}
	}()
	return answer(c)
}

// parse reads an object as a client of an API server does; nil where there is
// none.
func parse(raw json.RawMessage) (*unstructured.Unstructured, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	obj := &unstructured.Unstructured{}
	return obj, obj.UnmarshalJSON(raw)
}

// parseTwo reads the two objects that most rules take.
func parseTwo(first, second json.RawMessage) (a, b *unstructured.Unstructured, err error) {
	if a, err = parse(first); err != nil {
		return nil, nil, err
	}
	b, err = parse(second)
	return a, b, err
}

// plain is a typed value as JSON gives it back, to be compared with others.
func plain(value any) (any, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(raw, &out)
	return out, err
}
