package fixserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// found is what is known about the kind clusters of this machine.
type found struct {
	all    []kindnode.Cluster
	picked []kindnode.Cluster // that are meant
	names  []string           // that were given and are no kind cluster's: members', perhaps
	asked  []server           // where no runtime answers: a row for each entry that was asked
}

// find asks the container runtime, or, where none answers, the clusters themselves.
func (o *Options) find(ctx context.Context, config *kubeconfig.Config) (found, error) {
	all, err := o.Kinds(ctx)
	var none *kindnode.RuntimeError
	if errors.As(err, &none) && ctx.Err() == nil {
		return o.ask(ctx, config, none)
	}
	if err != nil {
		return found{}, err
	}
	if len(all) == 0 {
		return found{}, hint.Add(errors.New("there are no kind clusters on this machine"), "kind create cluster")
	}
	f := found{all: all}
	err = f.pick(ctx, config, o.Clusters)
	return f, err
}

// pick finds the clusters that are meant. A name that belongs to none may be a member's.
func (f *found) pick(ctx context.Context, config *kubeconfig.Config, names []string) error {
	if len(names) == 0 {
		f.picked = f.all
		return nil
	}
	for _, name := range names {
		c, is := f.named(ctx, config, name)
		switch {
		case !is:
			f.names = append(f.names, name)
		case !slices.ContainsFunc(f.picked, func(p kindnode.Cluster) bool { return p.Name == c.Name }):
			f.picked = append(f.picked, c)
		}
	}
	return nil
}

// named finds a cluster by its kind name, by the context that kind gives it, or by the context of an entry
// with its CA.
func (f *found) named(ctx context.Context, config *kubeconfig.Config, name string) (kindnode.Cluster, bool) {
	for _, c := range f.all {
		if c.Name == name || "kind-"+c.Name == name {
			return c, true
		}
	}
	for _, e := range config.Entries() {
		if !slices.Contains(e.Contexts, name) {
			continue
		}
		for _, c := range f.all {
			if c.Match(ctx, []kindnode.Candidate{{Name: e.Name, CA: e.CA}}).Proven {
				return c, true
			}
		}
	}
	return kindnode.Cluster{}, false
}

// unknown is the error for a name that belongs to nothing, with those that may be meant.
func (f *found) unknown(name string, members []string) error {
	var known []string
	for _, c := range f.all {
		known = append(known, c.Name)
	}
	err := fmt.Errorf("%s: there is no kind cluster, context or member of that name", name)
	if near := hint.Near(strings.TrimPrefix(name, "kind-"), append(known, members...)); len(near) > 0 {
		return hint.Add(err, "kubectl fed fix-server %s", near[0])
	}
	return hint.Add(err, "kind get clusters")
}

// ask finds the clusters through their entries in the kubeconfig: those that are named, else all that have the
// name that kind gives.
func (o *Options) ask(ctx context.Context, config *kubeconfig.Config, none *kindnode.RuntimeError) (found, error) {
	entries := slices.DeleteFunc(config.Entries(), func(e kubeconfig.Entry) bool {
		return len(e.Contexts) == 0 || !o.means(e)
	})
	if len(entries) == 0 {
		return found{}, none
	}
	report.Warning(o.Streams.ErrOut, "%v; the clusters themselves are asked for their addresses", none)
	rows := make([]server, len(entries))
	var all errgroup.Group
	for i, e := range entries {
		all.Go(func() error { rows[i] = o.askOne(ctx, e); return nil })
	}
	_ = all.Wait() // each row has its own error
	f := found{asked: rows}
	for _, row := range rows {
		if row.err == nil {
			f.all = append(f.all, row.cluster)
		}
	}
	return f, nil
}

// means tells whether an entry is asked for.
func (o *Options) means(e kubeconfig.Entry) bool {
	if len(o.Clusters) == 0 {
		return strings.HasPrefix(e.Name, "kind-")
	}
	return slices.ContainsFunc(o.Clusters, func(name string) bool {
		return e.Name == name || e.Name == "kind-"+name || slices.Contains(e.Contexts, name)
	})
}

func (o *Options) askOne(ctx context.Context, e kubeconfig.Entry) server {
	row := server{cluster: kindnode.Cluster{Name: strings.TrimPrefix(e.Name, "kind-")}, entry: e, url: e.Server}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout())
	defer cancel()
	client, err := o.Dial(e.Contexts[0])
	if err != nil {
		row.err = err
		return row
	}
	c, err := kindnode.Ask(ctx, row.cluster.Name, client)
	if err != nil {
		row.err = fmt.Errorf("asking it for its addresses at %s: %w", e.Server, member.Plain(err))
		return row
	}
	row.cluster = c
	return row
}
