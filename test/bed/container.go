package bed

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// container is a machine on Docker.
type container struct {
	bed    string            // name of the bed, the container's label
	name   string            // of the container
	image  string            // that it is to run
	labels []string          // beside the bed's
	flags  []string          // further flags of docker create
	args   []string          // of its program
	files  map[string][]byte // put into it before it is started, by path below /
	serves bool              // publishes the API server's port
	also   []string          // further addresses of this machine to publish it at
}

// nodeContainer is the container of a cluster's only node, equal to kind's in all that kind and the
// product look at.
func nodeContainer(bed, cluster, image string) *container {
	name := cluster + "-" + controlPlane
	return &container{
		bed: bed, name: name, image: image, serves: true,
		labels: []string{clusterLabel + "=" + cluster, roleLabel + "=" + controlPlane},
		flags:  []string{"--hostname", name, "--volume", "/var", "--tmpfs", "/tmp"},
		args:   []string{"--cluster", cluster},
	}
}

// state finds the container. One of that name that is not this bed's, a genuine kind node perhaps, is an
// error: nothing of it may be touched.
func (c *container) state(ctx context.Context) (state, error) {
	found, ok, err := inspect(ctx, c.name)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return absent, nil
	case found.Config.Labels[bedLabel] != c.bed:
		return "", fmt.Errorf("a container %s is there and is not of the bed %q: remove it, or choose other names", c.name, c.bed)
	}
	id, err := docker(ctx, "image", "inspect", "--format", "{{.Id}}", c.image)
	if err != nil {
		return "", err
	}
	switch {
	case found.Image != id:
		return outdated, nil
	case found.State.Status == "running":
		return running, nil
	case found.State.Status == "exited":
		return stopped, nil
	}
	return outdated, nil
}

func (c *container) create(ctx context.Context) error {
	args := []string{"create", "--name", c.name, "--net", network, "--label", bedLabel + "=" + c.bed}
	for _, label := range c.labels {
		args = append(args, "--label", label)
	}
	if c.serves {
		for _, address := range append(slices.Clone(c.also), "127.0.0.1") {
			port, err := freePort()
			if err != nil {
				return err
			}
			args = append(args, fmt.Sprintf("--publish=%s:%d:%d/tcp", address, port, serverPort))
		}
	}
	args = append(append(append(args, c.flags...), c.image), c.args...)
	if _, err := docker(ctx, args...); err != nil {
		return err
	}
	for path, data := range c.files {
		archive, err := singleFile(strings.TrimPrefix(path, "/"), data)
		if err != nil {
			return err
		}
		if _, err := dockerWith(ctx, archive, "cp", "-", c.name+":/"); err != nil {
			return err
		}
	}
	return c.start(ctx)
}

func (c *container) start(ctx context.Context) error {
	_, err := docker(ctx, "start", c.name)
	return err
}

func (c *container) stop(ctx context.Context) error {
	_, err := docker(ctx, "stop", "--time", "8", c.name)
	return err
}

func (c *container) remove(ctx context.Context) error {
	_, err := docker(ctx, "rm", "--force", "--volumes", c.name)
	if err != nil && strings.Contains(strings.ToLower(err.Error()), "no such container") {
		return nil
	}
	return err
}

func (c *container) read(ctx context.Context, path string) ([]byte, error) {
	out, err := docker(ctx, "exec", c.name, "cat", "/"+path)
	return []byte(out), err
}

func (c *container) port(ctx context.Context) (int, error) {
	found, ok, err := inspect(ctx, c.name)
	if err != nil || !ok {
		return 0, fmt.Errorf("finding the port of %s: %w", c.name, err)
	}
	for _, binding := range found.HostConfig.PortBindings[fmt.Sprintf("%d/tcp", serverPort)] {
		if binding.HostIP == "127.0.0.1" {
			return strconv.Atoi(binding.HostPort)
		}
	}
	return 0, fmt.Errorf("%s publishes no port", c.name)
}

// address is the container's address on a network, "" when it has none there or does not run.
func (c *container) address(ctx context.Context, network string) (string, error) {
	found, _, err := inspect(ctx, c.name)
	return found.NetworkSettings.Networks[network].IPAddress, err
}
