package kindnode

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
)

// Candidate is a kubeconfig entry that may be the one of a kind cluster.
type Candidate struct {
	// Name is the name of the entry.
	Name string
	// CA is its certificate authority in PEM; it may be empty.
	CA []byte
}

// Match says which kubeconfig entries are those of a kind cluster.
type Match struct {
	// Entries are the names of the entries, in the order of the candidates but
	// with kind-NAME first. There are none for a cluster that was reached and that
	// no candidate has the CA of: an entry of its name is left over from a cluster
	// before it.
	Entries []string
	// Proven says that the entries were found by the certificate that the cluster
	// serves. Without it the cluster couldn't be reached, and there is at most the
	// entry that kind would have given its name to.
	Proven bool
	// URL is where the cluster answered with that certificate; empty unless Proven.
	URL string
	// Err says why nothing is proven, for one of the addresses tried; nil when the
	// cluster has none, being stopped.
	Err error
}

// Match finds the entries whose CA signed the certificate that the cluster serves,
// whatever they are called. It makes one handshake, and further ones only at
// addresses where something else or nothing answers. When nothing answers
// anywhere, it falls back on the entry that kind names kind-NAME.
func (c Cluster) Match(ctx context.Context, candidates []Candidate) Match {
	var match Match
	for _, url := range append(c.PublishedURLs(), c.AddressURLs()...) {
		chain, err := Served(ctx, url)
		if err != nil {
			match.Err = err
			continue
		}
		if entries := signers(url, chain, candidates); len(entries) > 0 {
			return Match{Entries: c.ownFirst(entries), Proven: true, URL: url}
		}
		match.Err = &ForeignError{URL: url, Names: namesOf(chain[0]), Err: errNoCandidate}
		if c.isOwn(chain[0]) {
			return match
		}
	}
	match.Entries = c.named(candidates)
	return match
}

// Who says which candidates' clusters answer at an https URL: those whose CA signed
// the certificate that is served there, in the order given. There are none when it
// is a stranger; errors are those of Served.
func Who(ctx context.Context, url string, candidates []Candidate) ([]string, error) {
	chain, err := Served(ctx, url)
	if err != nil {
		return nil, err
	}
	return signers(url, chain, candidates), nil
}

// isOwn says whether a certificate was made for a node of the cluster. One that
// was not is no sign of the cluster: its address may belong to another by now, or
// to another machine, when the runtime is remote.
func (c Cluster) isOwn(certificate *x509.Certificate) bool {
	return slices.ContainsFunc(c.Nodes, func(node Node) bool {
		return certificate.VerifyHostname(node.Name) == nil
	})
}

// errNoCandidate is the reason for a match without entries.
var errNoCandidate = errors.New("no kubeconfig entry has its CA")

// signers returns the names of the candidates whose CA a chain leads to. An
// expired certificate identifies a cluster as well as a fresh one.
func signers(url string, chain []*x509.Certificate, candidates []Candidate) []string {
	var names []string
	for _, candidate := range candidates {
		roots, err := parseCA(candidate.CA)
		if err != nil {
			continue
		}
		err = endpoint{url: url}.verify(chain, roots)
		var expired *ExpiredError
		if err == nil || errors.As(err, &expired) {
			names = append(names, candidate.Name)
		}
	}
	return names
}

// named returns the candidate that has the name that kind gives.
func (c Cluster) named(candidates []Candidate) []string {
	for _, candidate := range candidates {
		if candidate.Name == c.entryName() {
			return []string{candidate.Name}
		}
	}
	return nil
}

// ownFirst moves the entry that kind named to the front.
func (c Cluster) ownFirst(names []string) []string {
	slices.SortStableFunc(names, func(a, b string) int {
		switch c.entryName() {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	return names
}

// entryName is what kind calls the cluster's entry, user and context.
func (c Cluster) entryName() string {
	return "kind-" + c.Name
}
