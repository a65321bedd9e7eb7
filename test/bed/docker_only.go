package bed

import (
	"context"
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
	leave, err := c.squat(ctx, before)
	defer leave()
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

// squat takes an address that has just become free. The engine gives out the lowest free one, which may be
// another that somebody has left: containers are started until one of them has it. leave removes them all.
func (c *Cluster) squat(ctx context.Context, address string) (leave func(), err error) {
	var squatters []*container
	leave = func() {
		for _, s := range squatters {
			_ = s.remove(context.WithoutCancel(ctx)) // the bed's end removes what is left
		}
	}
	for range maxSquatters {
		name := fmt.Sprintf("%s-squatter%d", c.Name, len(squatters))
		s := &container{bed: c.bed.Name, name: name, image: c.bed.image, args: []string{"--cluster", "none"}}
		squatters = append(squatters, s)
		if err := replace(ctx, s); err != nil {
			return leave, err
		}
		if taken, err := s.address(ctx, network); err != nil || taken == address {
			return leave, err
		}
	}
	return leave, fmt.Errorf("none of %d containers got the address %s", maxSquatters, address)
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
