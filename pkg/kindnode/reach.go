package kindnode

import (
	"context"
	"errors"
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

// Reach finds the address of a node at which the cluster answers this machine, proved by its certificate:
// the first that does of AddressURLs. It is a *StoppedError when the cluster is down, and otherwise, when
// none answers rightly, the errors of Prove for each.
func (c Cluster) Reach(ctx context.Context, ca []byte) (string, error) {
	node, ok := c.APIServer()
	if !ok {
		return "", fmt.Errorf("%s has no control plane node", c.Name)
	}
	if !node.Running {
		return "", &StoppedError{Node: node}
	}
	var failed []error
	for _, url := range c.AddressURLs() {
		err := Prove(ctx, url, ca)
		if err == nil {
			return url, nil
		}
		failed = append(failed, err)
	}
	if len(failed) == 0 {
		return "", fmt.Errorf("%s has no address on any network", node.Name)
	}
	return "", errors.Join(failed...)
}
