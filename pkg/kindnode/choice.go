package kindnode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sigs.k8s.io/kind/pkg/cluster/constants"
)

// Choice is a URL of a cluster's API, and why this one.
type Choice struct {
	// URL is an https URL.
	URL string
	// Why says what the URL's host is: an address on which network, whose name.
	Why string
}

// ForHere lists the URLs by which this machine may reach the cluster, best first.
func (c Cluster) ForHere(want Preference) []Choice {
	switch want {
	case Auto, ByAddress, "":
		return c.addresses()
	case ByName:
		return c.names()
	}
	return []Choice{{string(want), "given"}}
}

// names are the URLs by a node's name, which the certificates cover: that of the
// load balancer where one is up, else those of the running control planes.
func (c Cluster) names() []Choice {
	var choices []Choice
	for _, node := range c.servers() {
		if !node.Running {
			continue
		}
		choices = append(choices, Choice{urlTo(node.Name), "name of the " + noun(node.Role)})
		if node.Role == constants.ExternalLoadBalancerNodeRoleValue {
			break
		}
	}
	return choices
}

func noun(role string) string {
	if role == constants.ExternalLoadBalancerNodeRoleValue {
		return "load balancer"
	}
	return "control plane"
}

// addresses are the URLs by an address of a running control plane, those on kind's
// own network first and IPv4 before IPv6.
func (c Cluster) addresses() []Choice {
	var own, other []Choice
	for _, node := range c.nodes(constants.ControlPlaneNodeRoleValue) {
		if !node.Running {
			continue
		}
		for _, network := range node.Networks {
			if network.Name == kindNetwork() {
				own = append(own, network.choices(node)...)
			} else {
				other = append(other, network.choices(node)...)
			}
		}
	}
	return append(own, other...)
}

func (n Network) choices(node Node) []Choice {
	var choices []Choice
	for _, address := range []string{n.IPv4, n.IPv6} {
		if address != "" {
			choices = append(choices, Choice{urlTo(address), fmt.Sprintf("address of %s%s", node.Name, onNetwork(n.Name))})
		}
	}
	return choices
}

// onNetwork names a network, where it is known.
func onNetwork(name string) string {
	if name == "" {
		return ""
	}
	return " on network " + name
}

// ForPeer lists the URLs by which a container that is on the same networks as
// reader, a node of another cluster, may reach this cluster, best first: by name,
// then by an address on a network that both are on. A name that does not resolve
// there, as under podman, has to be found out by trying.
func (c Cluster) ForPeer(reader Node, want Preference) []Choice {
	var choices []Choice
	if want != ByAddress {
		choices = c.names()
	}
	if want != ByName {
		choices = append(choices, c.sharing(reader).addresses()...)
	}
	if want != Auto && want != ByAddress && want != ByName {
		return []Choice{{string(want), "given"}}
	}
	return choices
}

// sharing is the cluster with no more networks than it has in common with a node.
func (c Cluster) sharing(with Node) Cluster {
	shared := Cluster{Name: c.Name}
	for _, node := range c.Nodes {
		node.Networks = node.shared(with)
		shared.Nodes = append(shared.Nodes, node)
	}
	return shared
}

// shared are the networks that two nodes are both on, with the first one's addresses.
func (n Node) shared(with Node) []Network {
	return slices.DeleteFunc(slices.Clone(n.Networks), func(network Network) bool {
		return !slices.ContainsFunc(with.Networks, func(other Network) bool { return other.Name == network.Name })
	})
}

// ForPeer lists the URLs by the node's addresses on networks that another node is on
// too, which is where that one's clients get to when they use the node's name.
func (n Node) ForPeer(reader Node) []Choice {
	var choices []Choice
	for _, network := range n.shared(reader) {
		choices = append(choices, network.choices(n)...)
	}
	return choices
}

// NowhereError says that none of several URLs works.
type NowhereError struct {
	// Errs says why not, for each URL in the order of preference.
	Errs []error
}

// Error names each URL and what is wrong with it, in one line.
func (e *NowhereError) Error() string {
	var parts []string
	for _, err := range e.Errs {
		parts = append(parts, err.Error())
	}
	return strings.Join(parts, "; ")
}

// Unwrap gives Errs.
func (e *NowhereError) Unwrap() []error { return e.Errs }

// headStart is how long a better choice may still take once a worse one has
// answered. An address on a network that this machine has no way to falls silent
// instead of failing, and must not cost the whole deadline.
const headStart = time.Second

// first tries all choices at the same time and returns the best that works, or why
// none does.
func first(choices []Choice, try func(Choice) error) (Choice, error) {
	outcomes := make([]chan error, len(choices))
	late, once := make(chan struct{}), sync.Once{}
	for i, choice := range choices {
		outcomes[i] = make(chan error, 1)
		go func() {
			err := try(choice)
			outcomes[i] <- err
			if err == nil {
				once.Do(func() { time.AfterFunc(headStart, func() { close(late) }) })
			}
		}()
	}
	var failed []error
	for i, choice := range choices {
		err := await(outcomes[i], late)
		if err == nil {
			return choice, nil
		}
		failed = append(failed, err)
	}
	if len(failed) == 1 {
		return Choice{}, failed[0]
	}
	return Choice{}, &NowhereError{failed}
}

// errLate is the outcome of a choice that a worse one has overtaken.
var errLate = errors.New("no answer yet")

// await waits for one outcome, but not beyond late.
func await(outcome <-chan error, late <-chan struct{}) error {
	select {
	case err := <-outcome:
		return err
	case <-late:
	}
	select {
	case err := <-outcome: // both had come
		return err
	default:
		return errLate
	}
}
