//go:build !long

package federation_test

import "github.com/kubectl-fed/kubectl-fed/test/corpus"

// generated is how many cases of each rule every test run makes; with the build
// tag "long" there are more.
var generated = map[corpus.Rule]int{
	corpus.Patch: 6000, corpus.Placement: 4000, corpus.Overrides: 2000, corpus.Hashes: 2000, corpus.Needs: 2000, corpus.Convert: 1000,
	corpus.Pods: 500, corpus.Plan: 2000, corpus.Create: 4000, corpus.Update: 6000, corpus.Recorded: 1000, corpus.Schedule: 400,
}
