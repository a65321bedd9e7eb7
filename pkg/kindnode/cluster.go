package kindnode

import (
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"sigs.k8s.io/kind/pkg/cluster/constants"
)

// apiPort is the port that the API server, or the load balancer before it,
// listens on within its container.
const apiPort = "6443"

// Cluster is a kind cluster, as kind names it, with all its nodes.
type Cluster struct {
	// Name is kind's name of the cluster, without the kind- of its context.
	Name string
	// Nodes are the containers of the cluster, sorted by name, stopped ones and
	// a load balancer included. There is at least one.
	Nodes []Node
}

// Node is one container of a kind cluster.
type Node struct {
	// Name is the container's name, which is its host name too.
	Name string
	// Cluster is the name of the cluster that it belongs to.
	Cluster string
	// Runtime is the program by which it was found: docker, podman or nerdctl. It is
	// empty for a node that its cluster was asked for.
	Runtime string
	// Role is one of kind's role values: control-plane, worker or
	// external-load-balancer.
	Role string
	// State is the runtime's word for it: running, exited, paused, restarting,
	// created or dead.
	State string
	// Running says that processes run in it: a paused node is not running.
	Running bool
	// Since is when it was started, or when it stopped if it is not up; zero
	// where the runtime doesn't say.
	Since time.Time
	// Networks are the networks that it is attached to, sorted by name. A stopped
	// node has no addresses in them.
	Networks []Network
	// Published are the HOST:PORT pairs on this machine that lead to its port
	// 6443, loopback first. A port published on every address is given as
	// loopback.
	Published []string
}

// Network is a node's place in one container network.
type Network struct {
	// Name is the network's name, usually kind.
	Name string
	// IPv4 and IPv6 are the node's addresses there, each empty where it has none.
	IPv4, IPv6 string
}

// APIServer returns the node that serves the cluster's API: a running load
// balancer, else the first running control plane, since a load balancer may well
// stay down after a reboot. When nothing runs it is the node that would serve.
// It is false for a cluster that has neither.
func (c Cluster) APIServer() (Node, bool) {
	candidates := c.servers()
	for _, node := range candidates {
		if node.Running {
			return node, true
		}
	}
	if len(candidates) == 0 {
		return Node{}, false
	}
	return candidates[0], true
}

// Running says whether the node that serves the API is up.
func (c Cluster) Running() bool {
	node, ok := c.APIServer()
	return ok && node.Running
}

// InnerURL returns the URL by which other containers on the cluster's network
// reach its API: by the node's name, which outlives a restart and which the
// certificate covers. It is an error for a cluster without a node that serves.
func (c Cluster) InnerURL() (string, error) {
	node, ok := c.APIServer()
	if !ok {
		return "", fmt.Errorf("kind cluster %s has no control plane", c.Name)
	}
	return urlTo(node.Name), nil
}

// AddressURLs returns the URLs of the running control planes by address, kind's
// own network first and IPv4 before IPv6. A load balancer is left out: its address
// is in no certificate.
func (c Cluster) AddressURLs() []string {
	var urls []string
	for _, choice := range c.addresses() {
		urls = append(urls, choice.URL)
	}
	return urls
}

// PublishedURLs returns the URLs of the API by the ports published on this
// machine: those of the load balancer first, where there is one, and loopback first
// for each node. There are none for a cluster that is down.
func (c Cluster) PublishedURLs() []string {
	var urls []string
	for _, node := range c.servers() {
		if !node.Running {
			continue
		}
		for _, address := range node.Published {
			urls = append(urls, "https://"+address)
		}
	}
	return urls
}

// servers are the nodes that serve the API, a load balancer first.
func (c Cluster) servers() []Node {
	return slices.Concat(
		c.nodes(constants.ExternalLoadBalancerNodeRoleValue),
		c.nodes(constants.ControlPlaneNodeRoleValue))
}

// nodes returns the nodes of a role. Sorted names put kind's first control plane
// before its second.
func (c Cluster) nodes(role string) []Node {
	var nodes []Node
	for _, node := range c.Nodes {
		if node.Role == role {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// urlTo returns the URL of the API at a name or an address.
func urlTo(host string) string {
	return "https://" + net.JoinHostPort(host, apiPort)
}

// kindNetwork is the network that kind puts nodes on, which its users can name
// otherwise for each runtime.
func kindNetwork() string {
	for _, variable := range []string{"KIND_EXPERIMENTAL_DOCKER_NETWORK", "KIND_EXPERIMENTAL_PODMAN_NETWORK"} {
		if name := os.Getenv(variable); name != "" {
			return name
		}
	}
	return "kind"
}
