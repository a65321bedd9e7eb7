// Package node is the inside of one of the bed's clusters: it makes the certificates and kubeconfigs that
// a kind node has, at the same places, and runs etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler and kwok until it is told to stop.
package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Config says which cluster a node serves, and where.
type Config struct {
	Cluster    string // kind's name of the cluster: fed-master
	Root       string // folder that stands for /
	Programs   Programs
	Address    string // the only address served on; "" is all of them
	Port       int    // of the API server
	Node       string // its name; "" is kind's for the first control plane
	Etcd       string // URL of another node's etcd; this node then runs an API server and nothing else
	EtcdOpen   bool   // etcd serves other nodes too
	Balanced   bool   // a load balancer stands before the API servers
	IPv6       bool   // the cluster is one of IPv6: its certificates cover no IPv4 address of a network
	EtcdPort   int    // of etcd; its peer port is the next one
	HelperPort int    // of the controller manager; the scheduler has the next one
}

// Programs finds the programs: in Dir, but for those that Files names.
type Programs struct {
	Dir   string
	Files map[string]string
}

// String is for package flag.
func (p *Programs) String() string { return p.Dir }

// Set takes one NAME=FILE, for package flag.
func (p *Programs) Set(value string) error {
	name, file, ok := strings.Cut(value, "=")
	if !ok {
		return fmt.Errorf("%q is not NAME=FILE", value)
	}
	if p.Files == nil {
		p.Files = map[string]string{}
	}
	p.Files[name] = file
	return nil
}

func (p *Programs) path(name string) string {
	if file := p.Files[name]; file != "" {
		return file
	}
	return filepath.Join(p.Dir, name)
}

// Name is the node's name, kind's own: fed-master-control-plane.
func (c Config) Name() string { return cmp.Or(c.Node, c.Cluster+"-control-plane") }

func (c Config) path(parts ...string) string {
	return filepath.Join(append([]string{c.Root}, parts...)...)
}

// Run serves until ctx ends, then stops every program and returns. Everything that depends on the node's
// address is made anew at each start, as kind does: a restarted container may have got another one.
func Run(ctx context.Context, c Config) error {
	addresses, err := c.addresses()
	if err != nil {
		return fmt.Errorf("finding the node's addresses: %w", err)
	}
	for _, dir := range []string{"etc/kubernetes/pki", "var/lib/etcd", "var/log/kubernetes", "tmp"} {
		if err := os.MkdirAll(c.path(dir), 0o755); err != nil {
			return err
		}
	}
	if err := makeCredentials(c, addresses); err != nil {
		return fmt.Errorf("making certificates: %w", err)
	}
	if err := os.WriteFile(c.path(auditPolicyFile), []byte(auditPolicy), 0o644); err != nil {
		return err
	}
	return supervise(ctx, c, components(c, addresses[0]))
}

// addresses are those that the node is reached at: the configured one, else all that the machine has on
// its networks, IPv4 first, since the first is the one that the API server advertises.
func (c Config) addresses() ([]net.IP, error) {
	if c.Address != "" {
		return []net.IP{net.ParseIP(c.Address)}, nil
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var v4, v6 []net.IP
	for _, a := range all {
		ip, ok := a.(*net.IPNet)
		switch {
		case !ok || !ip.IP.IsGlobalUnicast():
		case ip.IP.To4() != nil:
			v4 = append(v4, ip.IP)
		default:
			v6 = append(v6, ip.IP)
		}
	}
	if len(v4)+len(v6) == 0 {
		return nil, fmt.Errorf("the node is on no network")
	}
	if c.IPv6 {
		if len(v6) == 0 {
			return nil, errors.New("the node is on no network with IPv6")
		}
		return v6, nil
	}
	return append(v4, v6...), nil
}
