// Oracle answers cases of the corpus, JSON lines on standard input, with KubeFed
// as it was released: linked with the Kubernetes libraries of its own go.mod,
// which released.mod repeats. It is built from the same sources as the tests of
// the main module:
//
//	go build -modfile=test/oracle/released.mod ./test/oracle
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/kubefed"
)

func main() {
	kubefed.Quiet()
	cases, err := read(os.Stdin)
	if err != nil {
		fail(err)
	}
	answers, err := answerAll(cases)
	if err != nil {
		fail(err)
	}
	if err := write(os.Stdout, answers); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	os.Exit(1)
}

func read(from io.Reader) ([]corpus.Case, error) {
	var cases []corpus.Case
	decoder := json.NewDecoder(bufio.NewReader(from))
	for {
		var c corpus.Case
		err := decoder.Decode(&c)
		if errors.Is(err, io.EOF) {
			return cases, nil
		}
		if err != nil {
			return nil, fmt.Errorf("case %d: %w", len(cases)+1, err)
		}
		cases = append(cases, c)
	}
}

// answerAll answers rule by rule, and gives the answers in the order of the cases.
func answerAll(cases []corpus.Case) ([]corpus.Answer, error) {
	out := make([]corpus.Answer, len(cases))
	for _, rule := range corpus.Rules {
		var at []int
		var of []corpus.Case
		for i, c := range cases {
			if c.Rule == rule {
				at, of = append(at, i), append(of, c)
			}
		}
		answers, err := kubefed.Answers(rule, of)
		if err != nil {
			return nil, err
		}
		for i, a := range answers {
			out[at[i]] = a
		}
	}
	return out, nil
}

func write(to io.Writer, answers []corpus.Answer) error {
	buffered := bufio.NewWriter(to)
	encoder := json.NewEncoder(buffered)
	for _, a := range answers {
		if err := encoder.Encode(a); err != nil {
			return err
		}
	}
	return buffered.Flush()
}
