// Package fixserver is the verb "fix-server".
package fixserver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments set.
type Options struct {
	Kubeconfig func() (*kubeconfig.Config, error)
	Kinds      func(context.Context) ([]kindnode.Cluster, error)
	Streams    genericiooptions.IOStreams
	Timeout    func() time.Duration // for one cluster

	Clusters []string
}

const long = `Set the server of kind clusters in the kubeconfig to the address at which
other clusters reach them.

kind writes https://127.0.0.1:PORT, which means something else in every other
container. The address of the cluster's container is written instead, once the
cluster was reached there from this machine and its certificate proved that it
is that cluster; otherwise the entry is left as it is, with the reason. Of the
file nothing but that one value changes.

Without a name, every kind cluster that the kubeconfig knows is done.
A cluster may be called by its kind name or by its context. After a restart of
Docker the addresses may have changed: run it again.`

const example = `  # every kind cluster that the kubeconfig knows
  kubectl fed fix-server

  # these two, by kind name or by context
  kubectl fed fix-server fed-worker01 kind-fed-worker02`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Kubeconfig: f.Kubeconfig, Kinds: f.Kinds, Streams: f.Streams,
		Timeout: func() time.Duration { return f.ClusterTimeout },
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	return &cobra.Command{
		Use:               "fix-server [CLUSTER...]",
		Short:             "Set servers in the kubeconfig to addresses that work from other clusters",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteKinds,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Clusters = args
			return run(cmd.Context(), o)
		},
	}
}

// Run plans an edit for each cluster, applies those that can be made, and reports what came of each.
func (o *Options) Run(ctx context.Context) error {
	config, err := o.Kubeconfig()
	if err != nil {
		return err
	}
	clusters, err := o.pick(ctx, config)
	if err != nil {
		return err
	}
	rows := o.plan(ctx, config, clusters)
	if len(o.Clusters) == 0 {
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.unknown })
	}
	if len(rows) == 0 {
		return hint.Add(errors.New("the kubeconfig knows none of the kind clusters"), "kind export kubeconfig --name CLUSTER")
	}
	apply(ctx, rows)
	return o.report(rows)
}

// pick finds the kind clusters that are meant.
func (o *Options) pick(ctx context.Context, config *kubeconfig.Config) ([]kindnode.Cluster, error) {
	all, err := o.Kinds(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, hint.Add(errors.New("there are no kind clusters on this machine"), "kind create cluster")
	}
	if len(o.Clusters) == 0 {
		return all, nil
	}
	var picked []kindnode.Cluster
	for _, name := range o.Clusters {
		i := slices.IndexFunc(all, func(c kindnode.Cluster) bool { return c.Name == name || "kind-"+c.Name == name })
		if i < 0 {
			return nil, hint.Add(fmt.Errorf("%s: there is no kind cluster of that name", name), "kind get clusters")
		}
		if !slices.ContainsFunc(picked, func(c kindnode.Cluster) bool { return c.Name == all[i].Name }) {
			picked = append(picked, all[i])
		}
	}
	return picked, nil
}

// row is what becomes of one cluster.
type row struct {
	cluster kindnode.Cluster
	entry   kubeconfig.Entry // without a name: the kubeconfig has none of this cluster
	server  string           // that the entry has when all is done
	edit    *kubeconfig.Edit // nil when there is nothing to change
	unknown bool             // the kubeconfig has nothing that could be meant to be this cluster's entry
	err     error
}

// plan works out all rows at once, each cluster with its own deadline.
func (o *Options) plan(ctx context.Context, config *kubeconfig.Config, clusters []kindnode.Cluster) []row {
	rows := make([]row, len(clusters))
	var all errgroup.Group
	for i, c := range clusters {
		all.Go(func() error {
			own, cancel := context.WithTimeout(ctx, o.Timeout())
			defer cancel()
			rows[i] = planOne(own, config, c)
			return nil
		})
	}
	_ = all.Wait() // each row has its own error
	return rows
}

// planOne finds the cluster's entry by the CA of the certificate that it serves, and the address to put there.
func planOne(ctx context.Context, config *kubeconfig.Config, c kindnode.Cluster) row {
	r := row{cluster: c}
	r.entry, r.unknown, r.err = entryOf(ctx, config, c)
	if r.err != nil {
		return r
	}
	r.server = r.entry.Server
	address, err := c.Reach(ctx, r.entry.CA)
	if err != nil {
		r.err = mend(err)
		return r
	}
	if edit, needed := config.Plan(r.entry, address); needed {
		r.edit, r.server = &edit, address
	}
	return r
}

// entryOf finds the entry by what the cluster serves, or by its name when the cluster does not answer. It is
// unknown when there is no such entry, and none of the name that kind gives either.
func entryOf(ctx context.Context, config *kubeconfig.Config, c kindnode.Cluster) (entry kubeconfig.Entry, unknown bool, err error) {
	entries := config.Entries()
	var candidates []kindnode.Candidate
	for _, e := range entries {
		candidates = append(candidates, kindnode.Candidate{Name: e.Name, CA: e.CA})
	}
	match := c.Match(ctx, candidates)
	byName := func(name string) int {
		return slices.IndexFunc(entries, func(e kubeconfig.Entry) bool { return e.Name == name })
	}
	if len(match.Entries) > 0 {
		return entries[byName(match.Entries[0])], false, nil
	}
	return kubeconfig.Entry{}, byName("kind-"+c.Name) < 0, noEntry(c, match)
}

// noEntry says why a cluster has no entry: it is down, or can't be reached, so that its CA is not known; or it
// was reached, and nothing has its CA.
func noEntry(c kindnode.Cluster, match kindnode.Match) error {
	if node, ok := c.APIServer(); ok && !node.Running {
		return mend(&kindnode.StoppedError{Node: node})
	}
	var foreign *kindnode.ForeignError
	if match.Err != nil && !errors.As(match.Err, &foreign) {
		return fmt.Errorf("finding its entry in the kubeconfig: %w", match.Err)
	}
	err := errors.New("the kubeconfig has no entry with this cluster's CA")
	return hint.Add(err, "kind export kubeconfig --name %s", c.Name)
}

// mend joins to the reason why a cluster was left the command that helps, where there is one.
func mend(err error) error {
	var stopped *kindnode.StoppedError
	if errors.As(err, &stopped) {
		return hint.Add(err, "docker start %s", stopped.Node.Name)
	}
	return err
}

// apply makes the edits one by one: an entry that can't be edited costs only its own row.
func apply(ctx context.Context, rows []row) {
	for i, r := range rows {
		if r.edit == nil {
			continue
		}
		if err := kubeconfig.Apply(ctx, []kubeconfig.Edit{*r.edit}); err != nil {
			rows[i].err, rows[i].server = err, r.entry.Server
		}
	}
}

// report prints the table, and returns what went wrong.
func (o *Options) report(rows []row) error {
	var lines []report.ServerRow
	var failed []error
	for _, r := range rows {
		line := report.ServerRow{Cluster: r.cluster.Name, Entry: r.entry.Name, Server: r.server, Err: r.err}
		if r.edit != nil && r.err == nil {
			line.Was = r.edit.From
		}
		lines = append(lines, line)
		if r.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", r.cluster.Name, r.err))
		}
	}
	if err := report.Servers(o.Streams.Out, lines); err != nil {
		return err
	}
	return outcome.OfMany(len(rows), failed)
}
