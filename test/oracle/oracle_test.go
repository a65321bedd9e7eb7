//go:build long

package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/model"
)

// released is how many cases of each rule KubeFed as released is asked: 5,000 in
// all. They are others than those that the tests in process begin with.
var released = map[corpus.Rule]int{
	corpus.Patch: 1200, corpus.Placement: 600, corpus.Overrides: 400, corpus.Hashes: 300, corpus.Needs: 200, corpus.Convert: 200,
	corpus.Pods: 100, corpus.Plan: 300, corpus.Create: 500, corpus.Update: 900, corpus.Recorded: 200, corpus.Schedule: 100,
}

const firstSeed = 1_000_000

// TestModelIsKubeFedAsReleased holds the model against KubeFed with the libraries
// it was released with.
func TestModelIsKubeFedAsReleased(t *testing.T) {
	var cases []corpus.Case
	for _, rule := range corpus.Rules {
		for i := range released[rule] {
			cases = append(cases, corpus.GenerateReleased(rule, firstSeed+uint64(i)))
		}
	}
	answers := ask(t, build(t), cases)
	found := 0
	for i, c := range cases {
		ours, err := model.New().Answer(c)
		if err != nil {
			t.Fatalf("%s\n%v", c, err)
		}
		if c.Rule == corpus.Convert {
			answers[i] = model.Converted(c, answers[i])
		}
		if !corpus.Agree(answers[i], ours) {
			if found++; found <= 5 {
				t.Errorf("%s\nKubeFed: %+v\nmodel:   %+v", c, answers[i], ours)
			}
		}
	}
	if found > 0 {
		t.Errorf("%d of %d cases differ", found, len(cases))
	}
	t.Logf("%d cases", len(cases))
}

// build makes the oracle.
func build(t *testing.T) string {
	t.Helper()
	root, err := programs.Root()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "oracle")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-modfile=test/oracle/released.mod", "-o", file, "./test/oracle")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the oracle: %v\n%s", err, out)
	}
	return file
}

// ask puts the cases to the oracle. Numbers in its answers stay as they are
// written.
func ask(t *testing.T, oracle string, cases []corpus.Case) []corpus.Answer {
	t.Helper()
	var in, out, problems bytes.Buffer
	for _, c := range cases {
		if err := json.NewEncoder(&in).Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), oracle)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("the oracle: %v\n%s", err, problems.String())
	}
	decoder := json.NewDecoder(&out)
	decoder.UseNumber()
	answers := make([]corpus.Answer, len(cases))
	for i := range answers {
		if err := decoder.Decode(&answers[i]); err != nil {
			t.Fatalf("answer %d: %v", i+1, err)
		}
	}
	return answers
}
