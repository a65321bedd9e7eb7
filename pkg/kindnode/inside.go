package kindnode

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Target is a URL and the CA of the cluster that is to answer there.
type Target struct {
	// URL is where.
	URL string
	// CA holds one or more certificates in PEM.
	CA []byte
}

// InsideError says that nothing could be tried from within a node.
type InsideError struct {
	// Node is the node's name.
	Node string
	// Err is why.
	Err error
}

// Error names the node and the cause.
func (e *InsideError) Error() string {
	return fmt.Sprintf("nothing can be tried from within %s: %v", e.Node, e.Err)
}

// Unwrap gives Err.
func (e *InsideError) Unwrap() error { return e.Err }

// errOldCurl is the cause for a node whose curl doesn't know what it is asked for.
var errOldCurl = errors.New("its curl shows no certificates (7.88 is the first that does)")

// ProveInside is Prove for clients within a node: names are resolved and
// connections made there, all at the same time and with one call of the container
// runtime. The errors are in the order of the targets, and of the types that those
// of Prove have. The other error is an *InsideError, and says that nothing could be
// tried: without a runtime, or where the node is down or has no curl that shows
// certificates.
//
// The node's curl is told to check nothing and to send nothing but a GET without
// credentials. The certificate is checked here, by the same rules as elsewhere.
func (n Node) ProveInside(ctx context.Context, targets []Target) ([]error, error) {
	if !n.Running {
		return nil, &InsideError{n.Name, &StoppedError{Node: n}}
	}
	runtime, err := detect(ctx)
	if err != nil {
		return nil, &InsideError{n.Name, err}
	}
	command := exec.CommandContext(ctx, runtime.binary, append([]string{"exec", n.Name}, curl(ctx, targets)...)...)
	command.WaitDelay = time.Second
	var out, stderr bytes.Buffer
	command.Stdout, command.Stderr = &out, &stderr
	// curl's exit code is that of one of its transfers: it has failed only when it has said nothing.
	err = command.Run()
	answers := readAnswers(out.String())
	if len(answers) == 0 && err != nil {
		return nil, &InsideError{n.Name, orLastLine(err, stderr.Bytes())}
	}
	return n.judge(targets, answers)
}

// judge holds what was answered against what was wanted.
func (n Node) judge(targets []Target, answers map[int]answer) ([]error, error) {
	results := make([]error, len(targets))
	for i, target := range targets {
		answer, ok := answers[i]
		if !ok || answer.exit == 0 && len(answer.chain) == 0 {
			return nil, &InsideError{n.Name, errOldCurl}
		}
		results[i] = answer.judge(target)
	}
	return results, nil
}

// curl is the command that is run in the node. Each URL wants a place for its body.
func curl(ctx context.Context, targets []Target) []string {
	args := []string{
		"curl", "--silent", "--insecure", "--globoff", "--noproxy", "*", "--parallel", "--parallel-immediate",
		"--max-time", patience(ctx),
		"--write-out", `url %{urlnum} exit %{exitcode} %{errormsg}\n%{certs}\n`,
	}
	for _, target := range targets {
		args = append(args, "--output", "/dev/null", target.URL)
	}
	return args
}

// patience is how many seconds one URL is waited for: half of the time that is left,
// so that the answer about the others still comes.
func patience(ctx context.Context) string {
	seconds := 5
	if deadline, ok := ctx.Deadline(); ok {
		seconds = min(seconds, int(time.Until(deadline).Seconds()/2))
	}
	return strconv.Itoa(max(seconds, 1))
}

// answer is what curl said about one URL.
type answer struct {
	exit    int
	message string
	chain   []*x509.Certificate
}

// head is the first line of each answer; certificates follow.
var head = regexp.MustCompile(`(?m)^url (\d+) exit (\d+) ?(.*)$`)

// readAnswers reads what curl printed, by the number of the URL. Transfers that end
// earlier are printed earlier.
func readAnswers(out string) map[int]answer {
	answers := map[int]answer{}
	heads := head.FindAllStringSubmatchIndex(out, -1)
	for i, at := range heads {
		end := len(out)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		number, _ := strconv.Atoi(out[at[2]:at[3]]) // digits: the pattern says so
		exit, _ := strconv.Atoi(out[at[4]:at[5]])
		answers[number] = answer{exit, strings.TrimSpace(out[at[6]:at[7]]), readChain(out[at[1]:end])}
	}
	return answers
}

// readChain finds the certificates in a text. One that can't be read ends the chain,
// which then proves nothing.
func readChain(text string) []*x509.Certificate {
	var chain []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return chain
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return chain
		}
		chain = append(chain, certificate)
	}
}

// Exit codes of curl for a server that was not reached.
const (
	curlNoName       = 6
	curlNoConnection = 7
	curlTimeout      = 28
)

// judge says whether a client in the node gets through to the target's cluster.
func (a answer) judge(target Target) error {
	switch {
	case len(a.chain) > 0:
		return check(target, a.chain)
	case a.exit == curlTimeout:
		return &UnreachableError{URL: target.URL, Err: context.DeadlineExceeded}
	case a.exit == curlNoName, a.exit == curlNoConnection:
		return &UnreachableError{URL: target.URL, Err: errors.New(a.message)}
	}
	return &ForeignError{URL: target.URL, Err: errors.New(a.message)}
}

// check holds a served chain against the target's CA and its URL's host.
func check(target Target, chain []*x509.Certificate) error {
	endpoint, err := parseURL(target.URL)
	if err != nil {
		return err
	}
	roots, err := parseCA(target.CA)
	if err != nil {
		return err
	}
	if err := endpoint.verify(chain, roots); err != nil {
		return err
	}
	if chain[0].VerifyHostname(endpoint.name) != nil {
		return &NameError{URL: target.URL, Name: endpoint.name, Covered: namesOf(chain[0])}
	}
	return nil
}
