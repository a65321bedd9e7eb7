package bed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/test/bed/lock"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// readyTimeout bounds how long one cluster, or KubeFed, may take to come up on a busy machine.
const readyTimeout = 3 * time.Minute

// Spec says what a bed is to have.
type Spec struct {
	Name     string   // of the bed; clusters of two beds must not share a name
	Clusters []string // kind's names of the clusters; the first is the host
	KubeFed  bool     // install KubeFed into the host and run its controllers

	Kubernetes string // one of programs.Minors; "" is what the bed has or, where it is new, the first

	Shapes map[string]Shape // of clusters, by name; those without one are as kind makes them by default
}

// Bed is a set of running clusters.
type Bed struct {
	Name     string
	Clusters []*Cluster // the first is the host
	dir      string
	image    string // "" where clusters are processes
	log      io.Writer

	kubernetes string // one of programs.Minors
}

// Up brings up what spec asks for, and returns when every API server answers, every node is Ready and, where
// it is asked for, KubeFed's controllers run. What runs already, from an earlier call or another process,
// is kept; what is broken or was built from other sources is replaced. Progress goes to log.
func Up(ctx context.Context, spec Spec, log io.Writer) (*Bed, error) {
	log = &lines{to: log}
	b, err := plan(ctx, spec, log)
	if err != nil {
		return nil, err
	}
	release, err := lock.Exclusive(ctx, filepath.Join(b.dir, "up.lock"))
	if err != nil {
		return nil, err
	}
	defer release()
	if err := b.keepKubernetes(); err != nil {
		return nil, err
	}
	if err := b.each(func(c *Cluster) error { return c.up(ctx) }); err != nil {
		return nil, err
	}
	if err := b.forgetReplaced(ctx); err != nil {
		return nil, err
	}
	if err := b.writeKubeconfig(); err != nil {
		return nil, err
	}
	if spec.KubeFed {
		if err := b.kubefedUp(ctx); err != nil {
			return nil, fmt.Errorf("KubeFed in %s: %w", b.Host().Name, err)
		}
	}
	return b, nil
}

// plan lays out the bed's machines without touching any.
func plan(ctx context.Context, spec Spec, log io.Writer) (*Bed, error) {
	if spec.Name == "" || len(spec.Clusters) == 0 {
		return nil, errors.New("a bed needs a name and a cluster")
	}
	cache, err := programs.CacheDir()
	if err != nil {
		return nil, err
	}
	b := &Bed{Name: spec.Name, dir: filepath.Join(cache, "beds", spec.Name), log: log}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return nil, err
	}
	if err := b.chooseKubernetes(spec.Kubernetes); err != nil {
		return nil, err
	}
	if !HasDocker(ctx) {
		if len(spec.Shapes) > 0 {
			return nil, ErrNeedsDocker
		}
		return b, b.planProcesses(ctx, spec.Clusters)
	}
	if err := ensureNetwork(ctx); err != nil {
		return nil, err
	}
	if b.image, err = image(ctx, b.kubernetes, log); err != nil {
		return nil, err
	}
	for _, name := range spec.Clusters {
		b.add(name, nil)
		b.Cluster(name).shaped(spec.Shapes[name])
	}
	return b, nil
}

func (b *Bed) planProcesses(ctx context.Context, clusters []string) error {
	for _, name := range clusters {
		node, err := nodeProcess(ctx, b.dir, name, b.kubernetes, b.log)
		if err != nil {
			return err
		}
		b.add(name, node)
	}
	return nil
}

func (b *Bed) add(name string, node machine) {
	b.Clusters = append(b.Clusters, &Cluster{Name: name, bed: b, node: node})
}

// Host is the cluster that KubeFed's control plane runs in.
func (b *Bed) Host() *Cluster { return b.Clusters[0] }

// Cluster finds a cluster by its name; nil when the bed has none of it.
func (b *Bed) Cluster(name string) *Cluster {
	if i := slices.IndexFunc(b.Clusters, func(c *Cluster) bool { return c.Name == name }); i >= 0 {
		return b.Clusters[i]
	}
	return nil
}

// each does something to every cluster at the same time, and returns all that went wrong.
func (b *Bed) each(do func(*Cluster) error) error {
	failed := make([]error, len(b.Clusters))
	var all errgroup.Group
	for i, c := range b.Clusters {
		all.Go(func() error {
			if err := do(c); err != nil {
				failed[i] = fmt.Errorf("cluster %s: %w", c.Name, err)
			}
			return nil
		})
	}
	_ = all.Wait() // each one's error is in failed
	return errors.Join(failed...)
}

// Down removes every cluster of a bed and KubeFed's container, whoever made them, and the bed's files. It is
// no error when there is nothing.
func Down(ctx context.Context, name string) error {
	cache, err := programs.CacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "beds", name)
	release, err := lock.Exclusive(ctx, filepath.Join(dir, "up.lock"))
	if err != nil {
		return err
	}
	defer release()
	if HasDocker(ctx) {
		if err := removeContainers(ctx, name); err != nil {
			return err
		}
	}
	return errors.Join(removeProcesses(ctx, dir), os.RemoveAll(dir))
}

// removeContainers finds the containers by their label, so that none is missed whose name is not known.
func removeContainers(ctx context.Context, name string) error {
	found, err := members(ctx, name)
	if err != nil {
		return err
	}
	var all errgroup.Group
	for _, m := range found {
		all.Go(func() error { return (&container{name: m.Container}).remove(ctx) })
	}
	if err := all.Wait(); err != nil {
		return err
	}
	_, _ = docker(ctx, "network", "rm", secondNetwork(name)) // there is one only after a test attached a node to it
	return nil
}

func removeProcesses(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var failed []error
	for _, e := range entries {
		if e.IsDir() {
			failed = append(failed, (&process{dir: filepath.Join(dir, e.Name()), as: e.Name()}).remove(ctx))
		}
	}
	return errors.Join(failed...)
}

// lines lets several clusters report their progress to one writer, a line at a time.
type lines struct {
	mutex sync.Mutex
	to    io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.to.Write(p)
}

// Find gives one cluster of a bed without bringing anything up: the cluster may be stopped.
func Find(ctx context.Context, name, cluster string, log io.Writer) (*Cluster, error) {
	b, err := plan(ctx, Spec{Name: name, Clusters: []string{cluster}}, log)
	if err != nil {
		return nil, err
	}
	s, err := b.Host().node.state(ctx)
	if err != nil {
		return nil, err
	}
	if s == absent {
		return nil, fmt.Errorf("the bed %q has no cluster %s: bed status lists what there is", name, cluster)
	}
	return b.Host(), nil
}
