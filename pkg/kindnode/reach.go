package kindnode

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// StoppedError says that the node that serves a cluster's API is not running.
type StoppedError struct {
	// Node is the node, with its state and since when it has it.
	Node Node
}

// Error names the node and its state.
func (e *StoppedError) Error() string {
	if e.Node.Since.IsZero() {
		return fmt.Sprintf("%s is not running (%s)", e.Node.Name, e.Node.State)
	}
	return fmt.Sprintf("%s is not running (%s since %s)", e.Node.Name, e.Node.State, e.Node.Since.Local().Format(time.DateTime))
}

// Mend is the command that brings the node up, of the runtime that it was found by.
func (e *StoppedError) Mend() string {
	verb := "start"
	if e.Node.State == "paused" {
		verb = "unpause"
	}
	return cmp.Or(e.Node.Runtime, "docker") + " " + verb + " " + e.Node.Name
}

// Preference says by what a cluster is to be addressed: one of the words below, or
// an https URL.
type Preference string

// The words for a Preference.
const (
	// Auto leaves the choice to the reader: this machine takes an address, since it
	// resolves no node's name; another container takes a name, which outlives a restart.
	Auto Preference = "auto"
	// ByAddress wants the address of a control plane.
	ByAddress Preference = "ip"
	// ByName wants the name of the node that serves the API.
	ByName Preference = "name"
)

// Reader is a client of a cluster, as its kubeconfig entry describes it.
type Reader struct {
	// CA holds one or more certificates in PEM.
	CA []byte
	// ServerName is the tls-server-name, by which the certificate is checked instead
	// of by the URL's host; usually empty.
	ServerName string
}

// Reach finds the URL at which the cluster answers a reader on this machine, proved
// by its certificate. It is a *StoppedError
// when the cluster is down; when nothing answers rightly it is the error of Prove
// for the one URL tried, or a *NowhereError for all of them.
func (c Cluster) Reach(ctx context.Context, by Reader, want Preference) (Choice, error) {
	node, ok := c.APIServer()
	if !ok {
		return Choice{}, fmt.Errorf("%s has no control plane node", c.Name)
	}
	if !node.Running {
		return Choice{}, &StoppedError{Node: node}
	}
	choices := c.ForHere(want)
	if len(choices) == 0 {
		return Choice{}, fmt.Errorf("%s has no address on any network", node.Name)
	}
	return by.first(ctx, choices)
}

// ReachPublished is Reach for the ports that are published on this machine: what
// kind itself writes into a kubeconfig.
func (c Cluster) ReachPublished(ctx context.Context, by Reader) (Choice, error) {
	if node, ok := c.APIServer(); ok && !node.Running {
		return Choice{}, &StoppedError{Node: node}
	}
	var choices []Choice
	for _, url := range c.PublishedURLs() {
		choices = append(choices, Choice{url, "port published on this machine"})
	}
	if len(choices) == 0 {
		return Choice{}, fmt.Errorf("%s publishes its API at no port of this machine", c.Name)
	}
	return by.first(ctx, choices)
}

func (r Reader) first(ctx context.Context, choices []Choice) (Choice, error) {
	return first(choices, func(choice Choice) error { return ProveAs(ctx, choice.URL, r.ServerName, r.CA) })
}
