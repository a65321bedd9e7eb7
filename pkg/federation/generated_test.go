package federation_test

import (
	"flag"
	"os"
	"testing"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/kubefed"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/model"
)

// firstSeed is where the generated cases start. Any other is as good.
var firstSeed = flag.Uint64("seed", 1, "the first seed of the generated cases")

// TestMain keeps quiet what KubeFed logs of every case that it refuses.
func TestMain(m *testing.M) {
	kubefed.Quiet()
	os.Exit(m.Run())
}

// batch is how many cases one of KubeFed's API servers holds.
const batch = 2000

// shownMismatches is how many cases of a rule are printed before the rest is
// only counted.
const shownMismatches = 3

// TestGeneratedAsKubeFed holds the model against KubeFed's own code, rule by
// rule, over generated cases.
func TestGeneratedAsKubeFed(t *testing.T) {
	for _, rule := range corpus.Rules {
		t.Run(string(rule), func(t *testing.T) {
			t.Parallel()
			found := 0
			for first := 0; first < generated[rule]; first += batch {
				cases := corpus.Many(rule, *firstSeed+uint64(first), min(batch, generated[rule]-first))
				found += compareAll(t, model.New(), cases)
			}
			if found > 0 {
				t.Errorf("%d of %d cases differ", found, generated[rule])
			}
			t.Logf("%d cases", generated[rule])
		})
	}
}

// compareAll puts the cases of one rule to KubeFed and to the model, shows the
// first that they answer differently, and counts them.
func compareAll(t *testing.T, m model.Model, cases []corpus.Case) int {
	t.Helper()
	found := mismatches(t, m, cases, askKubeFed(t, cases))
	for _, f := range found[:min(len(found), shownMismatches)] {
		t.Errorf("%s\nKubeFed: %+v\nmodel:   %+v", f.c, f.kubefed, f.model)
	}
	return len(found)
}

// mismatch is a case that KubeFed and the model answer differently.
type mismatch struct {
	c              corpus.Case
	kubefed, model corpus.Answer
}

// askKubeFed gives its answers to cases of one rule.
func askKubeFed(t *testing.T, cases []corpus.Case) []corpus.Answer {
	t.Helper()
	theirs, err := kubefed.Answers(cases[0].Rule, cases)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		if c.Rule == corpus.Convert {
			theirs[i] = model.Converted(c, theirs[i])
		}
	}
	return theirs
}

func mismatches(t *testing.T, m model.Model, cases []corpus.Case, theirs []corpus.Answer) []mismatch {
	t.Helper()
	var found []mismatch
	for i, c := range cases {
		ours, err := m.Answer(c)
		if err != nil {
			t.Fatalf("%s\n%v", c, err)
		}
		if !corpus.Agree(theirs[i], ours) {
			found = append(found, mismatch{c, theirs[i], ours})
		}
	}
	return found
}
