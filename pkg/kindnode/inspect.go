package kindnode

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// What kind and Docker Desktop write on a node's container.
const (
	clusterLabel = "io.x-k8s.kind.cluster"
	roleLabel    = "io.x-k8s.kind.role"
	desktopLabel = "desktop.docker.io/ports/" + apiPort + "/tcp"
)

// container is the part of an inspect document that docker, podman and nerdctl
// have in common and that is needed here.
type container struct {
	Name   string
	Config struct {
		Labels map[string]string
	}
	State struct {
		Status     string
		StartedAt  string
		FinishedAt string
	}
	NetworkSettings struct {
		Networks map[string]struct {
			IPAddress         string
			GlobalIPv6Address string
		}
		Ports map[string][]binding
	}
	HostConfig struct {
		PortBindings map[string][]binding
	}
}

// binding is a published port on the host's side.
type binding struct {
	HostIP   string `json:"HostIp"`
	HostPort string
}

// parse reads the JSON array of an inspect call.
func parse(document []byte) ([]Node, error) {
	var containers []container
	if err := json.Unmarshal(document, &containers); err != nil {
		return nil, fmt.Errorf("reading the containers' description: %w", err)
	}
	var nodes []Node
	for _, container := range containers {
		nodes = append(nodes, container.node())
	}
	return nodes, nil
}

func (c container) node() Node {
	return Node{
		Name:      strings.TrimPrefix(c.Name, "/"), // docker writes one, podman doesn't
		Cluster:   c.Config.Labels[clusterLabel],
		Role:      c.Config.Labels[roleLabel],
		State:     c.State.Status,
		Running:   c.State.Status == "running",
		Since:     c.since(),
		Networks:  c.networks(),
		Published: c.published(),
	}
}

// since is when the container was started, or stopped if it is not up.
func (c container) since() time.Time {
	text := c.State.FinishedAt
	switch c.State.Status {
	case "running", "paused", "restarting":
		text = c.State.StartedAt
	}
	// A runtime that writes no time, or its own idea of one, is not worth failing.
	since, _ := time.Parse(time.RFC3339Nano, text)
	return since
}

func (c container) networks() []Network {
	var networks []Network
	for name, place := range c.NetworkSettings.Networks {
		networks = append(networks, Network{Name: name, IPv4: place.IPAddress, IPv6: place.GlobalIPv6Address})
	}
	slices.SortFunc(networks, func(a, b Network) int { return strings.Compare(a.Name, b.Name) })
	return networks
}

// published collects where the host leads to the API port. Docker Desktop's label
// counts first, as it does for kind; a stopped container has only the ports that
// it will get again.
func (c container) published() []string {
	port := apiPort + "/tcp"
	bindings := c.NetworkSettings.Ports[port]
	if len(bindings) == 0 {
		bindings = c.HostConfig.PortBindings[port]
	}
	var addresses []string
	add := func(host, port string) {
		if address := dialable(host, port); !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	if host, port, err := net.SplitHostPort(c.Config.Labels[desktopLabel]); err == nil {
		add(host, port)
	}
	for _, binding := range bindings {
		if binding.HostPort != "" && binding.HostPort != "0" {
			add(binding.HostIP, binding.HostPort)
		}
	}
	slices.SortStableFunc(addresses, func(a, b string) int { return distance(a) - distance(b) })
	return addresses
}

// dialable turns an address to listen on into one to dial: a port that is open on
// every address is open on loopback.
func dialable(host, port string) string {
	address, err := netip.ParseAddr(host)
	switch {
	case host == "":
		host = "127.0.0.1"
	case err == nil && address.IsUnspecified() && address.Is4():
		host = "127.0.0.1"
	case err == nil && address.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}

// distance orders addresses: IPv4 loopback, which is what kind publishes on and
// certifies, then IPv6 loopback, then the others.
func distance(address string) int {
	host, _, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil || !ip.IsLoopback():
		return 2
	case ip.Is6():
		return 1
	}
	return 0
}
