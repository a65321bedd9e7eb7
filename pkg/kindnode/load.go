package kindnode

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/kind/pkg/cluster/constants"
)

// LoadError says that an image could not be put into a node.
type LoadError struct {
	// Image is the image or the archive.
	Image string
	// Node is the node's name; empty when the image could not even be read.
	Node string
	// Err is why.
	Err error
}

// Error names the image, the node and the cause.
func (e *LoadError) Error() string {
	if e.Node == "" {
		return fmt.Sprintf("reading the image %s: %v", e.Image, e.Err)
	}
	return fmt.Sprintf("loading the image %s into %s: %v", e.Image, e.Node, e.Err)
}

// Unwrap gives Err.
func (e *LoadError) Unwrap() error { return e.Err }

// Load puts an image into every node of the cluster that runs pods, all at the same
// time, as kind load does: a file is an archive as docker save writes it, anything
// else an image that the container runtime of this machine has. The error is a
// *LoadError.
func (c Cluster) Load(ctx context.Context, image string) error {
	archive, cleanup, err := c.archive(ctx, image)
	if err != nil {
		return &LoadError{Image: image, Err: err}
	}
	defer cleanup()
	var all errgroup.Group
	for _, node := range c.Nodes {
		if node.Role == constants.ExternalLoadBalancerNodeRoleValue {
			continue
		}
		all.Go(func() error {
			if err := node.load(ctx, archive); err != nil {
				return &LoadError{Image: image, Node: node.Name, Err: err}
			}
			return nil
		})
	}
	return all.Wait()
}

// archive is the image as a file: the one that was named, or one that the runtime
// writes and cleanup removes.
func (c Cluster) archive(ctx context.Context, image string) (file string, cleanup func(), err error) {
	if info, err := os.Stat(image); err == nil && info.Mode().IsRegular() {
		return image, func() {}, nil
	}
	runtime, err := detect(ctx)
	if err != nil {
		return "", nil, err
	}
	saved, err := os.CreateTemp("", "kubectl-fed-image-*.tar")
	if err != nil {
		return "", nil, err
	}
	cleanup = func() { _ = os.Remove(saved.Name()) }
	command := exec.CommandContext(ctx, runtime.binary, "save", image)
	command.WaitDelay = time.Second
	command.Stdout = saved
	err = runSaying(ctx, command)
	if closed := saved.Close(); err == nil {
		err = closed
	}
	if err != nil {
		cleanup()
		return "", nil, err
	}
	return saved.Name(), cleanup, nil
}

// load imports an archive into the node's containerd, in the namespace that the
// kubelet uses.
func (n Node) load(ctx context.Context, file string) error {
	if !n.Running {
		return &StoppedError{Node: n}
	}
	snapshotter, err := n.snapshotter(ctx)
	if err != nil {
		return err
	}
	archive, err := os.Open(file)
	if err != nil {
		return err
	}
	defer archive.Close()
	_, err = n.exec(ctx, archive, "ctr", "--namespace=k8s.io", "images", "import", "--all-platforms", "--digests", "--snapshotter="+snapshotter, "-")
	return err
}

// snapshotter is the one that the node's containerd uses: images that another one
// unpacked are not found. kind chooses overlayfs, or a stand-in where that doesn't
// work.
func (n Node) snapshotter(ctx context.Context) (string, error) {
	out, err := n.exec(ctx, nil, "containerd", "config", "dump")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if value = strings.Trim(strings.TrimSpace(value), `"'`); ok && strings.TrimSpace(name) == "snapshotter" && value != "" {
			return value, nil
		}
	}
	return "overlayfs", nil
}

// exec runs a program in the node and returns what it printed.
func (n Node) exec(ctx context.Context, stdin io.Reader, program ...string) (string, error) {
	runtime, err := detect(ctx)
	if err != nil {
		return "", err
	}
	args := []string{"exec"}
	if stdin != nil {
		args = append(args, "--interactive")
	}
	command := exec.CommandContext(ctx, runtime.binary, append(append(args, n.Name), program...)...)
	command.WaitDelay = time.Second
	command.Stdin = stdin
	var out bytes.Buffer
	command.Stdout = &out
	err = runSaying(ctx, command)
	return out.String(), err
}
