package lint_test

import (
	"testing"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// FuzzParse: whatever a file holds, it is read and checked without a panic, and what is found in it has a place
// in it.
func FuzzParse(f *testing.F) {
	for _, c := range cases {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, found := range check(text, members) {
			if found.Line < 1 || found.Code == "" || found.Message == "" {
				t.Errorf("no place or no words: %+v\nin\n%s", found, text)
			}
		}
		documents, _ := lint.Parse("", []byte(text))
		for _, d := range documents {
			lint.Check([]lint.Document{lint.FromObject(d.Object)}, lint.Known{})
		}
	})
}
