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
	squatter := &container{bed: c.bed.Name, name: c.Name + "-squatter", image: c.bed.image, args: []string{"--cluster", "none"}}
	defer func() { _ = squatter.remove(context.WithoutCancel(ctx)) }()
	if err := replace(ctx, squatter); err != nil {
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
