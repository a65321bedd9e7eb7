package fixserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// scene is what is known about the kind clusters of this machine, and which of them are meant.
type scene struct {
	config  *kubeconfig.Config
	kinds   []kindnode.Cluster
	targets []target
	names   []string // that were given and are no kind cluster's: members', perhaps
	asked   []server // where no runtime answers: a row for each entry that was asked
}

// target is a cluster that is meant.
type target struct {
	cluster kindnode.Cluster
	context string // by which it was named; "" where it was not
}

// look asks the container runtime, or, where none answers, the clusters themselves.
func (o *Options) look(ctx context.Context, config *kubeconfig.Config) (*scene, error) {
	kinds, err := o.Kinds(ctx)
	var none *kindnode.RuntimeError
	if errors.As(err, &none) && ctx.Err() == nil {
		return o.ask(ctx, config, none)
	}
	if err != nil {
		return nil, err
	}
	if len(kinds) == 0 {
		return nil, hint.Add(errors.New("there are no kind clusters on this machine"), "kind create cluster")
	}
	s := &scene{config: config, kinds: kinds}
	o.pick(ctx, s)
	return s, nil
}

// pick finds the clusters that are meant. A name that belongs to none may be a member's.
func (o *Options) pick(ctx context.Context, s *scene) {
	if len(o.Clusters) == 0 {
		for _, c := range s.kinds {
			s.targets = append(s.targets, target{cluster: c})
		}
		return
	}
	for _, name := range o.Clusters {
		t, is := o.named(ctx, s, name)
		switch {
		case !is:
			s.names = append(s.names, name)
		case !slices.ContainsFunc(s.targets, func(p target) bool { return p.cluster.Name == t.cluster.Name && p.context == t.context }):
			s.targets = append(s.targets, t)
		}
	}
}

// named finds a cluster by its kind name, by the context that kind gives it, or by the context of an entry of it.
func (o *Options) named(ctx context.Context, s *scene, name string) (target, bool) {
	for _, call := range []string{name, strings.TrimPrefix(name, "kind-")} {
		if i := slices.IndexFunc(s.kinds, func(c kindnode.Cluster) bool { return c.Name == call }); i >= 0 {
			return target{cluster: s.kinds[i]}, true
		}
	}
	entry, has := entryOfContext(s.config, name)
	if !has {
		return target{}, false
	}
	c, is := o.ownerOf(ctx, s, entry)
	return target{c, name}, is
}

// entryOfContext is the entry that a context of the kubeconfig uses.
func entryOfContext(config *kubeconfig.Config, context string) (kubeconfig.Entry, bool) {
	for _, e := range config.Entries() {
		if slices.Contains(e.Contexts, context) {
			return e, true
		}
	}
	return kubeconfig.Entry{}, false
}

// ownerOf finds the kind cluster of an entry by the certificate that it serves, or, when it is down, by the name
// that kind gave the entry. All clusters are asked at once, each with its own deadline.
func (o *Options) ownerOf(ctx context.Context, s *scene, e kubeconfig.Entry) (kindnode.Cluster, bool) {
	matches := make([]kindnode.Match, len(s.kinds))
	var all errgroup.Group
	for i, c := range s.kinds {
		all.Go(func() error {
			own, cancel := context.WithTimeout(ctx, o.Timeout())
			defer cancel()
			matches[i] = c.Match(own, []kindnode.Candidate{{Name: e.Name, CA: e.CA}})
			return nil
		})
	}
	_ = all.Wait() // one that does not answer is not proven
	at := slices.IndexFunc(matches, func(m kindnode.Match) bool { return m.Proven })
	if at < 0 {
		at = slices.IndexFunc(s.kinds, func(c kindnode.Cluster) bool { return "kind-"+c.Name == e.Name })
	}
	if at < 0 {
		return kindnode.Cluster{}, false
	}
	return s.kinds[at], true
}

// unknown is the error for a name that belongs to nothing, with the one that may be meant.
func (s *scene) unknown(name string, members []string) error {
	known := slices.Clone(members)
	for _, c := range s.kinds {
		known = append(known, c.Name)
	}
	err := fmt.Errorf("%s: there is no kind cluster, context or member of that name", name)
	if near := lint.Nearest(strings.TrimPrefix(name, "kind-"), known); near != "" {
		return hint.Add(err, "kubectl fed fix-server %s", near)
	}
	return hint.Add(err, "kind get clusters")
}

// ask finds the clusters through their entries in the kubeconfig: those that are named, else all that have the
// name that kind gives.
func (o *Options) ask(ctx context.Context, config *kubeconfig.Config, none *kindnode.RuntimeError) (*scene, error) {
	s := &scene{config: config}
	for _, e := range config.Entries() {
		if len(e.Contexts) > 0 && o.means(e) {
			s.asked = append(s.asked, server{cluster: kindnode.Cluster{Name: strings.TrimPrefix(e.Name, "kind-")}, entry: e})
		}
	}
	if len(s.asked) == 0 {
		return nil, none
	}
	report.Warning(o.Streams.ErrOut, "%v; the clusters themselves are asked for their addresses", none)
	var all errgroup.Group
	for i := range s.asked {
		all.Go(func() error { o.askOne(ctx, &s.asked[i]); return nil })
	}
	_ = all.Wait() // each row has its own error
	for _, row := range s.asked {
		if row.err == nil {
			s.kinds = append(s.kinds, row.cluster)
		}
	}
	for _, name := range o.Clusters {
		if !slices.ContainsFunc(s.asked, func(r server) bool { return calls(name, r.entry) }) {
			s.names = append(s.names, name)
		}
	}
	return s, nil
}

// means tells whether an entry is asked for.
func (o *Options) means(e kubeconfig.Entry) bool {
	if len(o.Clusters) == 0 {
		return strings.HasPrefix(e.Name, "kind-")
	}
	return slices.ContainsFunc(o.Clusters, func(name string) bool { return calls(name, e) })
}

// calls tells whether a name is one of an entry's.
func calls(name string, e kubeconfig.Entry) bool {
	return e.Name == name || e.Name == "kind-"+name || slices.Contains(e.Contexts, name)
}

// askOne asks a cluster for its addresses, through the context that is the likeliest to be its administrator's.
func (o *Options) askOne(ctx context.Context, row *server) {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout())
	defer cancel()
	client, err := o.Dial(o.contextFor(row.entry))
	if err != nil {
		row.err = err
		return
	}
	c, err := kindnode.Ask(ctx, row.cluster.Name, client)
	if err != nil {
		row.err = fmt.Errorf("asking it for its addresses at %s: %w", row.entry.Server, member.Plain(err))
		return
	}
	row.cluster = c
}

// contextFor chooses among the contexts of an entry, whose users may have different rights: one that was named,
// else the one that is called like the entry, as kind's is, else the first.
func (o *Options) contextFor(e kubeconfig.Entry) string {
	for _, name := range append(slices.Clone(o.Clusters), e.Name) {
		if slices.Contains(e.Contexts, name) {
			return name
		}
	}
	return e.Contexts[0]
}
