package bed

import (
	"context"
	"errors"
	"fmt"
)

// container is the cluster's container, or ErrNeedsDocker.
func (c *Cluster) container() (*container, error) {
	if node, ok := c.node.(*container); ok {
		return node, nil
	}
	return nil, ErrNeedsDocker
}

// Address is the node's address on kind's network; other clusters reach its API server there, at port 6443.
func (c *Cluster) Address(ctx context.Context) (string, error) {
	node, err := c.container()
	if err != nil {
		return "", err
	}
	return node.address(ctx, network)
}

// Move restarts the node at another address, and returns that. It is what happens to people: while the
// node is stopped another container takes its address, and the engine gives it the next one.
func (c *Cluster) Move(ctx context.Context) (string, error) {
	node, err := c.container()
	if err != nil {
		return "", err
	}
	before, err := node.address(ctx, network)
	if err != nil {
		return "", err
	}
	if err := node.stop(ctx); err != nil {
		return "", err
	}
	squatters, err := c.squat(ctx, before)
	defer squatters.leave(ctx)
	if err != nil {
		return "", err
	}
	if err := c.Start(ctx); err != nil {
		return "", err
	}
	after, err := node.address(ctx, network)
	if err == nil && after == before {
		err = fmt.Errorf("%s got its old address %s again", node.name, before)
	}
	return after, err
}

// maxSquatters is enough for all addresses that are free below the one that is wanted.
const maxSquatters = 20

// squatters are containers that do nothing but have an address, by that address.
type squatters map[string]*container

// leave removes them all.
func (s squatters) leave(ctx context.Context) {
	for _, one := range s {
		_ = one.remove(context.WithoutCancel(ctx)) // the bed's end removes what is left
	}
}

// squat takes an address that has just become free. The engine gives out the lowest free one, which may be
// another that somebody has left: containers are started until one of them has it.
func (c *Cluster) squat(ctx context.Context, address string) (squatters, error) {
	taken := squatters{}
	for range maxSquatters {
		name := fmt.Sprintf("%s-squatter%d", c.Name, len(taken))
		one := &container{bed: c.bed.Name, name: name, image: c.bed.image, args: []string{"--cluster", "none"}}
		if err := replace(ctx, one); err != nil {
			return taken, err
		}
		got, err := one.address(ctx, network)
		if err != nil {
			return taken, errors.Join(err, one.remove(ctx))
		}
		if taken[got] = one; got == address {
			return taken, nil
		}
	}
	return taken, fmt.Errorf("none of %d containers got the address %s", maxSquatters, address)
}

// secondNetwork is the network that a bed's nodes are attached to beside kind's.
func secondNetwork(bed string) string { return "kubectl-fed-" + bed + "-second" }

// SecondNetwork is the name of the network that Attach puts a node on.
func (b *Bed) SecondNetwork() string { return secondNetwork(b.Name) }

// Attach puts the node on a second network while it runs, and returns its address there. Detach undoes it.
func (c *Cluster) Attach(ctx context.Context) (string, error) {
	node, err := c.container()
	if err != nil {
		return "", err
	}
	name := secondNetwork(c.bed.Name)
	if _, err := docker(ctx, "network", "inspect", name); err != nil {
		if _, err := docker(ctx, "network", "create", name); err != nil {
			return "", err
		}
	}
	if _, err := docker(ctx, "network", "connect", name, node.name); err != nil {
		return "", err
	}
	return node.address(ctx, name)
}

// Detach takes the node off the second network.
func (c *Cluster) Detach(ctx context.Context) error {
	node, err := c.container()
	if err != nil {
		return err
	}
	_, err = docker(ctx, "network", "disconnect", secondNetwork(c.bed.Name), node.name)
	return err
}
