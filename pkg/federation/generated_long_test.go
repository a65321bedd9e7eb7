//go:build long

package federation_test

import "github.com/kubectl-fed/kubectl-fed/test/corpus"

// generated is how many cases of each rule there are: 206,000 in all.
var generated = map[corpus.Rule]int{
	corpus.Patch: 60000, corpus.Placement: 30000, corpus.Overrides: 15000, corpus.Hashes: 10000, corpus.Needs: 15000, corpus.Convert: 10000,
	corpus.Pods: 5000, corpus.Plan: 15000, corpus.Create: 16000, corpus.Update: 24000, corpus.Recorded: 4000, corpus.Schedule: 2000,
}
