// Package unjoin is the verb "unjoin".
package unjoin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host    func(context.Context) (*member.Host, error)
	Sources func() joining.Sources
	Again   func(more ...string) string // the command that was typed, for hints
	Streams genericiooptions.IOStreams
	Timeout func() time.Duration // for one cluster to answer

	Clusters       []string
	ClusterContext string
	Workloads      string // keep, orphan or delete
	Yes            bool
	DryRun         string // none, client or server
	WaitTimeout    time.Duration
}

const long = `Take clusters out of the federation.

What a join made is removed on both sides: that of kubectl fed join is known
by its labels, that of kubefedctl by the account whose token the host holds.
Nothing else is removed: KubeFed's namespace in the cluster goes only when a
join made it and nobody else uses it.

First it is said which federated objects, overrides and scheduling preferences
name the cluster. They stay as they are. What KubeFed wrote into the cluster
stays too, unless --workloads says otherwise.

A cluster that is not reached any more is taken out of the host, with a list
of what is likely left in it. An unjoin can be run again at any time, also
when the cluster is back.`

const example = `  # one cluster leaves, and keeps what runs in it
  kubectl fed unjoin fed-worker02

  # it leaves, and KubeFed's label is taken off what runs in it
  kubectl fed unjoin fed-worker02 --workloads=orphan

  # it leaves, and all that KubeFed wrote into it is deleted
  kubectl fed unjoin fed-worker02 --workloads=delete

  # what would be done
  kubectl fed unjoin fed-worker01 fed-worker02 --dry-run`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Again: f.Again, Streams: f.Streams, Timeout: func() time.Duration { return f.ClusterTimeout },
		Sources: func() joining.Sources {
			return joining.Sources{Kubeconfig: f.Kubeconfig, Contexts: f.Contexts, Kinds: f.Kinds, Timeout: f.ClusterTimeout}
		},
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "unjoin CLUSTER...",
		Short:             "Take clusters out of the federation",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteMembers,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Clusters = args
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.ClusterContext, "cluster-context", "", "The kubeconfig context of the cluster, when it can't be told")
	flags.StringVar(&o.Workloads, "workloads", joining.Keep, "What becomes of the objects that KubeFed wrote into the cluster: keep, orphan or delete")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Delete workloads without asking")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: write nothing and say what would be done")
	flags.DurationVar(&o.WaitTimeout, "timeout", 30*time.Second, "How long to wait for KubeFed to let go of objects whose deletion the cluster held up")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case len(o.Clusters) == 0:
		return hint.Add(errors.New("which cluster shall leave?"), "kubectl fed clusters")
	case o.ClusterContext != "" && len(o.Clusters) > 1:
		return errors.New("--cluster-context is for one cluster, and several were named")
	case !slices.Contains([]string{joining.Keep, joining.Orphan, joining.Delete}, o.Workloads):
		return fmt.Errorf("--workloads=%s is none of keep, orphan and delete", o.Workloads)
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run=%s is none of none, client and server", o.DryRun)
	}
	for i, name := range o.Clusters {
		if slices.Contains(o.Clusters[:i], name) {
			return fmt.Errorf("%s was named twice", name)
		}
	}
	return nil
}

// leaver is one cluster on its way out.
type leaver struct {
	*joining.Departure
	steps []joining.Step
	err   error
}

// Run finds out what there is to remove, says what that means, removes it from all clusters at the same time, and
// says what was done.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	scene, err := joining.Look(ctx, host, o.Sources())
	if err != nil {
		return err
	}
	report.Host(o.Streams.Out, host.Context, len(scene.Members), scene.HostName)
	leavers := o.find(ctx, scene)
	if err := o.confirm(leavers); err != nil {
		return err
	}
	o.apply(ctx, leavers)
	o.tell(host, leavers)
	o.awaitRelease(ctx, scene, leavers)
	return failures(leavers)
}

// find looks at every cluster, and says what its leaving means.
func (o *Options) find(ctx context.Context, scene *joining.Scene) []*leaver {
	var named []member.Member
	for _, name := range o.Clusters {
		named = append(named, member.Member{Name: name})
	}
	// a member that does not answer takes as long as one request may, and the host's side is looked at too
	outcomes := member.Each(ctx, named, 3*o.Timeout(), func(ctx context.Context, m member.Member) (*joining.Departure, error) {
		return scene.Leave(ctx, m.Name, o.ClusterContext)
	})
	var leavers []*leaver
	for _, out := range outcomes {
		l := &leaver{Departure: out.Value, err: out.Err}
		if l.Departure == nil {
			l.Departure = &joining.Departure{Cluster: out.Member.Name}
		}
		leavers = append(leavers, l)
		if l.err == nil {
			report.Leaves(o.Streams.Out, o.meaning(l.Departure))
			l.err = l.Check(o.leaving())
		}
	}
	return leavers
}

func (o *Options) leaving() joining.Leaving {
	return joining.Leaving{Workloads: o.Workloads, DryRun: o.DryRun != "none"}
}

func (o *Options) meaning(d *joining.Departure) report.Departure {
	r := report.Departure{Cluster: d.Cluster, Fate: o.Workloads, Kept: d.Kept, Unreached: d.Unreached, Left: d.Left}
	for _, m := range d.Mentions {
		if len(m.Where) > 0 {
			r.Mentions = append(r.Mentions, m.String()+": "+strings.Join(m.Where, ", "))
		}
	}
	for _, m := range joining.Stuck(d.Mentions) {
		r.Stuck = append(r.Stuck, m.String())
	}
	for _, w := range d.Workloads {
		r.Workloads = append(r.Workloads, w.ID())
	}
	return r
}

// confirm asks before workloads are deleted; what they are has been said.
func (o *Options) confirm(leavers []*leaver) error {
	doomed := 0
	for _, l := range leavers {
		if l.err == nil {
			doomed += len(l.Workloads)
		}
	}
	if o.Workloads != joining.Delete || doomed == 0 || o.Yes || o.DryRun != "none" {
		return nil
	}
	if !report.IsTerminal(o.Streams.Out) {
		return hint.Add(errors.New("workloads would be deleted, and nobody is here to be asked"), "%s", o.Again("--yes"))
	}
	if !report.Confirm(o.Streams.In, o.Streams.Out, "Delete the objects named above?") {
		return errors.New("nothing was done")
	}
	return nil
}

// apply removes what was found, from all clusters at the same time.
func (o *Options) apply(ctx context.Context, leavers []*leaver) {
	var all errgroup.Group
	for _, l := range leavers {
		if l.err != nil {
			continue
		}
		all.Go(func() error {
			l.steps, l.err = l.Apply(ctx, o.leaving())
			return nil
		})
	}
	_ = all.Wait() // each one's error is its own
}

// tell says in one line for each object what was done with it.
func (o *Options) tell(host *member.Host, leavers []*leaver) {
	for _, l := range leavers {
		for _, step := range l.steps {
			report.Done(o.Streams.Out, step.Object, step.What+" in "+where(step, l, host)+dryRuns[o.DryRun])
		}
		switch {
		case l.err != nil:
		case l.Unreached != nil:
			report.Warning(o.Streams.ErrOut, "%s: nothing was removed in the cluster itself: %v; when it is back, run this again", l.Cluster, l.Unreached)
		case l.Nothing():
			report.Line(o.Streams.Out, "%s: nothing is left to remove", l.Cluster)
		}
	}
}

// dryRuns are kubectl's words for them.
var dryRuns = map[string]string{"client": " (dry run)", "server": " (server dry run)"}

func where(step joining.Step, l *leaver, host *member.Host) string {
	switch {
	case step.InHost:
		return host.Context
	case l.Context != "":
		return l.Context
	}
	return l.Cluster
}

// awaitRelease waits for KubeFed to let go of what a cluster that is gone held up.
func (o *Options) awaitRelease(ctx context.Context, scene *joining.Scene, leavers []*leaver) {
	if o.DryRun != "none" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	for _, l := range leavers {
		stuck := joining.Stuck(l.Mentions)
		if l.err != nil || len(stuck) == 0 {
			continue
		}
		still := scene.AwaitRelease(ctx, stuck)
		for _, m := range stuck {
			if !slices.ContainsFunc(still, func(s joining.Mention) bool { return s.String() == m.String() }) {
				report.Line(o.Streams.Out, "%s: released, and gone", m)
			}
		}
		if len(still) > 0 {
			l.err = fmt.Errorf("%s is still there after %s: it waits for another cluster, or KubeFed does not run", still[0], o.WaitTimeout)
		}
	}
}

func failures(leavers []*leaver) error {
	var failed []error
	for _, l := range leavers {
		if l.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", l.Cluster, l.err))
		}
	}
	return outcome.OfMany(len(leavers), failed)
}
