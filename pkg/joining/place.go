package joining

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"sigs.k8s.io/kind/pkg/cluster/constants"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
)

// Place is where KubeFed's controllers run, from where endpoints have to work.
type Place struct {
	Server string            // of the host's entry in the kubeconfig
	Kind   *kindnode.Cluster // nil when the host is no kind cluster
}

// sharesLoopback tells whether this machine's loopback is the controllers' too: both clusters are processes of
// one machine, and no containers.
func (p Place) sharesLoopback() bool { return p.Kind == nil && isLoopback(p.Server) }

// Wanted is a cluster that is to be reached from a place.
type Wanted struct {
	URLs []string // where it may be reached, the best first
	CA   []byte   // PEM, that it is known by
	Kind *kindnode.Cluster
}

// Proof says where a cluster is reached.
type Proof struct {
	URL string // "" when it is reached nowhere
	Err error  // why, for each URL that was tried before
}

// NotFromThereError says that endpoints were checked from this machine, and not from where KubeFed runs.
type NotFromThereError struct{ Err error }

// Error says so, and why.
func (e *NotFromThereError) Error() string {
	return "endpoints were checked from this machine and not from where KubeFed runs: " + e.Err.Error()
}

// Unwrap gives Err.
func (e *NotFromThereError) Unwrap() error { return e.Err }

// Prove finds for each cluster the first of its URLs at which it is reached from the place, with the right
// certificate. One call into the host's node proves all. Where that can't be done they are proved from here, and
// the error, a *NotFromThereError, says why; the proofs are good all the same.
func (p Place) Prove(ctx context.Context, all []Wanted) ([]Proof, error) {
	results, err := p.inside(ctx, all)
	if err == nil {
		return choose(all, results), nil
	}
	var here []error
	for _, w := range all {
		for _, u := range w.URLs {
			here = append(here, w.fromHere(ctx, u))
		}
	}
	return choose(all, here), &NotFromThereError{err}
}

var errNotKind = errors.New("the host is no kind cluster, or the container runtime is not here")

// inside proves every URL from within the host's node, in order.
func (p Place) inside(ctx context.Context, all []Wanted) ([]error, error) {
	if p.Kind == nil {
		return nil, errNotKind
	}
	var targets []kindnode.Target
	for _, w := range all {
		for _, u := range w.URLs {
			targets = append(targets, kindnode.Target{URL: u, CA: w.CA})
		}
	}
	return p.node().ProveInside(ctx, targets)
}

// node is one that pods may run on, and not a load balancer, which has no curl either.
func (p Place) node() kindnode.Node {
	i := slices.IndexFunc(p.Kind.Nodes, func(n kindnode.Node) bool {
		return n.Running && n.Role != constants.ExternalLoadBalancerNodeRoleValue
	})
	return p.Kind.Nodes[max(i, 0)] // one that is down says so itself
}

// choose takes the first good URL of each.
func choose(all []Wanted, results []error) []Proof {
	proofs := make([]Proof, len(all))
	for i, w := range all {
		own := results[:len(w.URLs)]
		results = results[len(w.URLs):]
		good := slices.Index(own, nil)
		if good < 0 {
			proofs[i].Err = together(own)
			continue
		}
		proofs[i] = Proof{URL: w.URLs[good], Err: together(own[:good])}
	}
	return proofs
}

// together is one error of several, in one line.
func together(errs []error) (all error) {
	for _, err := range errs {
		if all == nil {
			all = err
			continue
		}
		all = fmt.Errorf("%w; %w", all, err)
	}
	return all
}

// fromHere proves a URL from this machine. A node's name means nothing here: the node is looked for at its
// addresses and published ports then, and has to prove that name. One that can't be reached from here at all,
// behind Docker Desktop for one, is taken for good: its certificate was seen when it was found.
func (w Wanted) fromHere(ctx context.Context, text string) error {
	parsed, err := url.Parse(text)
	if err != nil {
		return err
	}
	if w.Kind == nil || !slices.ContainsFunc(w.Kind.Nodes, func(n kindnode.Node) bool { return n.Name == parsed.Hostname() }) {
		return kindnode.Prove(ctx, text, w.CA)
	}
	for _, u := range append(w.Kind.AddressURLs(), w.Kind.PublishedURLs()...) {
		err := kindnode.ProveAs(ctx, u, parsed.Hostname(), w.CA)
		var unreachable *kindnode.UnreachableError
		if !errors.As(err, &unreachable) {
			return err
		}
	}
	return nil
}
