package joining

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
)

// Vantage is where KubeFed's controllers run, and read endpoints.
type Vantage struct {
	// Host is the node that serves the host cluster's API, where that is a kind cluster of this machine; else nil.
	Host *kindnode.Node
	// Kinds are all kind clusters of this machine.
	Kinds []kindnode.Cluster
}

// Prove says for each target whether a client there gets through to its cluster, with the errors of
// kindnode.Prove in the order of the targets. It is tried from within the host's node, by one call. Where that
// can't be done it is tried from here, and inside is false: then a node's name is taken to resolve there, and
// its address is dialled.
func (v Vantage) Prove(ctx context.Context, targets []kindnode.Target) (results []error, inside bool) {
	if v.Host != nil && len(targets) > 0 {
		if results, err := v.Host.ProveInside(ctx, targets); err == nil {
			return results, true
		}
	}
	results = make([]error, len(targets))
	var all errgroup.Group
	for i, target := range targets {
		all.Go(func() error { results[i] = v.proveFromHere(ctx, target); return nil })
	}
	_ = all.Wait() // each one's error is in results
	return results, false
}

func (v Vantage) proveFromHere(ctx context.Context, target kindnode.Target) error {
	parsed, err := url.Parse(target.URL)
	if err != nil {
		return err
	}
	if v.Host == nil {
		return kindnode.Prove(ctx, target.URL, target.CA)
	}
	if isLoopback(target.URL) {
		return &kindnode.UnreachableError{URL: target.URL, Err: errors.New("loopback means something else where KubeFed runs")}
	}
	node, known := v.node(parsed.Hostname())
	if !known {
		return kindnode.Prove(ctx, target.URL, target.CA)
	}
	return v.proveNode(ctx, node, target)
}

// proveNode dials a node at its addresses, for the sake of its name.
func (v Vantage) proveNode(ctx context.Context, node kindnode.Node, target kindnode.Target) error {
	addresses := node.ForPeer(*v.Host)
	if len(addresses) == 0 {
		return &kindnode.UnreachableError{URL: target.URL, Err: fmt.Errorf("%s is on no network of %s", node.Name, v.Host.Name)}
	}
	var failed []error
	for _, address := range addresses {
		err := kindnode.ProveAs(ctx, address.URL, node.Name, target.CA)
		if err == nil {
			return nil
		}
		failed = append(failed, err)
	}
	return failed[0]
}

// node finds a running node of any cluster by its name.
func (v Vantage) node(name string) (kindnode.Node, bool) {
	for _, k := range v.Kinds {
		if i := slices.IndexFunc(k.Nodes, func(n kindnode.Node) bool { return n.Name == name && n.Running }); i >= 0 {
			return k.Nodes[i], true
		}
	}
	return kindnode.Node{}, false
}

// offers are the endpoints by which the controllers may reach a kind cluster, best first.
func (v Vantage) offers(k kindnode.Cluster, want kindnode.Preference) []kindnode.Choice {
	if v.Host != nil {
		return k.ForPeer(*v.Host, want)
	}
	return k.ForHere(want)
}

// whoAnswers is the kind cluster whose node's certificate was met instead of the right one.
func (v Vantage) whoAnswers(fault error) string {
	var foreign *kindnode.ForeignError
	if !errors.As(fault, &foreign) {
		return ""
	}
	for _, k := range v.Kinds {
		if slices.ContainsFunc(k.Nodes, func(n kindnode.Node) bool { return slices.Contains(foreign.Names, n.Name) }) {
			return k.Name
		}
	}
	return ""
}
