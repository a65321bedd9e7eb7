package bed

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
)

// Shape is how a cluster differs from what kind makes by default.
type Shape struct {
	HA             bool // a second control plane, and a load balancer before both
	PublishedTwice bool // port 6443 is published at 127.0.0.2, which no certificate covers, and at 127.0.0.1
	IPv6           bool // its certificates cover no IPv4 address of a network
}

const balancer = "external-load-balancer"

// args are the flags of the first node.
func (s Shape) args() []string {
	var args []string
	if s.HA {
		args = append(args, "--etcd-open", "--balanced")
	}
	if s.IPv6 {
		args = append(args, "--ipv6")
	}
	return args
}

// shaped makes the containers of a cluster of some shape; front is the one whose published port leads to the API.
func (c *Cluster) shaped(s Shape) {
	first := nodeContainer(c.bed.Name, c.Name, c.bed.image)
	first.args = append(first.args, s.args()...)
	if s.PublishedTwice {
		first.also = []string{"127.0.0.2"}
	}
	c.node = first
	if s.HA {
		c.second, c.front = c.secondControlPlane(), c.loadBalancer()
	}
}

// secondControlPlane is an API server beside the first, on its etcd and with its CA.
func (c *Cluster) secondControlPlane() *container {
	second := nodeContainer(c.bed.Name, c.Name, c.bed.image)
	second.name = c.NodeName() + "2"
	second.flags[1] = second.name // --hostname
	second.args = append(second.args, "--node", second.name, "--balanced",
		"--etcd", fmt.Sprintf("http://%s:2379", c.NodeName()))
	return second
}

// loadBalancer is kind's load balancer, by name and role; what it runs is ours.
func (c *Cluster) loadBalancer() *container {
	name := c.Name + "-" + balancer
	return &container{
		bed: c.bed.Name, name: name, image: c.bed.image, serves: true,
		labels: []string{clusterLabel + "=" + c.Name, roleLabel + "=" + balancer},
		flags:  []string{"--hostname", name},
		args:   []string{"--balance", fmt.Sprintf("%[1]s:%[2]d,%[1]s2:%[2]d", c.NodeName(), serverPort)},
	}
}

// upBehind brings up what stands beside and before the first control plane. The second gets the first one's
// CA and its key for tokens, as kubeadm copies them.
func (c *Cluster) upBehind(ctx context.Context) error {
	if c.second == nil {
		return nil
	}
	c.second.files = map[string][]byte{}
	for _, file := range []string{"ca.crt", "ca.key", "sa.key", "sa.crt"} {
		path := "etc/kubernetes/pki/" + file
		data, err := c.node.read(ctx, path)
		if err != nil {
			return err
		}
		c.second.files["/"+path] = data
	}
	for _, one := range []*container{c.second, c.front} {
		if _, err := ensure(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// removeBehind removes what has the CA of a first control plane that is no more.
func (c *Cluster) removeBehind(ctx context.Context) error {
	if c.second == nil {
		return nil
	}
	return errors.Join(c.second.remove(ctx), c.front.remove(ctx))
}

// Part stops or starts one container of a cluster that has several: its load balancer or its second control plane.
func (c *Cluster) Part(ctx context.Context, name string, run bool) error {
	for _, one := range []*container{c.second, c.front} {
		if one == nil || one.name != c.Name+"-"+name {
			continue
		}
		if run {
			return one.start(ctx)
		}
		return one.stop(ctx)
	}
	return fmt.Errorf("%s has no %s", c.Name, name)
}

// Swap stops two nodes and starts each at the other's address, as a restart of the engine may. Every other address
// that is free is taken meanwhile, and KubeFed stands still: without its host the controllers' container would start
// over, and take an address that has just become free.
func (b *Bed) Swap(ctx context.Context, one, other *Cluster) (err error) {
	resume, err := b.pauseKubeFed(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resume(ctx)) }()
	return b.swap(ctx, one, other)
}

func (b *Bed) swap(ctx context.Context, one, other *Cluster) error {
	first, err := one.Address(ctx)
	if err != nil {
		return err
	}
	second, err := other.Address(ctx)
	if err != nil {
		return err
	}
	for _, c := range []*Cluster{one, other} {
		if err := c.Stop(ctx); err != nil {
			return err
		}
	}
	higher := second
	if lower(second, first) {
		higher = first
	}
	squatters, err := one.squat(ctx, higher)
	defer squatters.leave(ctx)
	if err != nil {
		return err
	}
	return errors.Join(squatters.yield(ctx, second, one), squatters.yield(ctx, first, other))
}

// yield gives an address that is squatted on to a stopped node.
func (s squatters) yield(ctx context.Context, address string, to *Cluster) error {
	squatter := s[address]
	if squatter == nil {
		return fmt.Errorf("nobody has the address %s for %s", address, to.Name)
	}
	if err := squatter.remove(ctx); err != nil {
		return err
	}
	delete(s, address)
	if err := to.Start(ctx); err != nil {
		return err
	}
	got, err := to.Address(ctx)
	if err == nil && got != address {
		err = fmt.Errorf("%s got the address %s and not %s", to.Name, got, address)
	}
	return err
}

// lower compares two addresses.
func lower(a, b string) bool {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	return errX == nil && errY == nil && x.Less(y)
}
