// Package join is the verb "join".
package join

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
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
	Streams genericiooptions.IOStreams
	Timeout func() time.Duration // for one cluster to answer

	Clusters       []string
	All            bool
	ClusterContext string
	Wishes         joining.Wishes
	Labels         map[string]string
	Refresh        bool
	Force          bool
	DryRun         string // none, client or server
	Output         string // yaml or json: print the objects and write nothing
	Wait           bool
	WaitTimeout    time.Duration
}

const long = `Make clusters members of the federation.

Each cluster is found in the kubeconfig by its name or its kind name, and
checked before anything is written: that it answers, that it is the cluster
the kubeconfig means, that it has not joined under another name, that KubeFed
reaches it from where it runs, that both servers take what is to be made.
Then a service account is made in it, with every right, since KubeFed's
controllers write whatever is federated; its token and the cluster's address
go into the host cluster.

A kind cluster is registered with its node's name, which the host cluster's
containers resolve and which stays the same when Docker restarts. A join that
was interrupted is finished by running it again, and so is a member mended
that lost something.`

const example = `  # two kind clusters join the federation of the current context
  kubectl fed join fed-worker01 fed-worker02

  # every kind cluster but the host, with a label for placements to select
  kubectl fed join --all --labels stage=test

  # the host cluster is another one than that of the current context
  kubectl fed join fed-worker01 --context kind-fed-master

  # a cluster that is called otherwise in the kubeconfig
  kubectl fed join edge --cluster-context admin@edge

  # what would be made in each cluster, for declarative use
  kubectl fed join fed-worker01 -o yaml

  # a new token, and today's CA and address, for a member
  kubectl fed join fed-worker01 --refresh`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Streams: f.Streams, Timeout: func() time.Duration { return f.ClusterTimeout },
		Sources: func() joining.Sources {
			return joining.Sources{Kubeconfig: f.Kubeconfig, Contexts: f.Contexts, Kinds: f.Kinds, Timeout: f.ClusterTimeout}
		},
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	flags := &flags{}
	cmd := &cobra.Command{
		Use:               "join CLUSTER... | --all",
		Short:             "Make clusters members of the federation",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteKinds,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Clusters = args
			if err := errors.Join(flags.complete(o), o.Validate()); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	flags.add(cmd, o)
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case len(o.Clusters) == 0 && !o.All:
		return hint.Add(errors.New("which cluster shall join?"), "kind get clusters")
	case len(o.Clusters) > 0 && o.All:
		return errors.New("--all is every kind cluster, and some were named")
	case o.All && o.Refresh:
		return errors.New("--all is about clusters that are not members, and --refresh about those that are")
	case o.ClusterContext != "" && len(o.Clusters) != 1:
		return errors.New("--cluster-context is for one cluster, and several were named")
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run=%s is none of none, client and server", o.DryRun)
	case !slices.Contains([]string{"", "yaml", "json"}, o.Output):
		return fmt.Errorf("-o %s is none of yaml and json", o.Output)
	}
	for _, name := range o.Clusters {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			err := fmt.Errorf("%q can't be the name of a member: %s", name, problems[0])
			return hint.Add(err, "kubectl fed join NAME --cluster-context '%s'", name)
		}
	}
	return noneTwice(o.Clusters)
}

func noneTwice(names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("%s was named twice", name)
		}
	}
	return nil
}

// Run checks every cluster, joins those that passed, all at the same time, and reports what came of each.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	scene, err := joining.Look(ctx, host, o.Sources())
	if err != nil {
		return err
	}
	names, err := o.named(ctx, scene)
	if err != nil {
		return err
	}
	if o.Output == "" {
		report.Host(o.Streams.Out, host.Context, len(scene.Members), scene.HostName)
	}
	start := time.Now()
	joiners := o.check(ctx, scene, names)
	if o.Output != "" || o.DryRun != "none" {
		return o.show(host, joiners)
	}
	apply(ctx, host, joiners)
	if o.Wait {
		o.waitReady(ctx, host, joiners, start)
	}
	return o.report(joiners)
}

// apply joins the clusters that passed the checks, at the same time.
func apply(ctx context.Context, host *member.Host, joiners []*joiner) {
	done := make(chan struct{})
	for _, j := range joiners {
		go func() {
			if j.err == nil {
				j.err = j.plan.Apply(ctx, j.sides(host))
				j.Joined = j.err == nil
			}
			done <- struct{}{}
		}()
	}
	for range joiners {
		<-done
	}
}

func (o *Options) report(joiners []*joiner) error {
	var rows []report.JoinRow
	for _, j := range joiners {
		rows = append(rows, j.JoinRow)
	}
	if len(rows) > 0 {
		if err := report.Joins(o.Streams.Out, rows, o.Wait); err != nil {
			return err
		}
	}
	return failures(joiners)
}

func failures(joiners []*joiner) error {
	var failed []error
	for _, j := range joiners {
		if j.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", j.Cluster, j.err))
		}
	}
	return outcome.OfMany(len(joiners), failed)
}

// show prints what would be made: the objects themselves, or a line about each.
func (o *Options) show(host *member.Host, joiners []*joiner) error {
	var sets []report.ObjectSet
	for _, j := range joiners {
		if j.err != nil {
			continue
		}
		inMember, inHost, err := j.plan.Printed()
		if err != nil {
			return err
		}
		sets = append(sets, report.ObjectSet{Cluster: j.Cluster, Context: j.met.Context, Objects: inMember})
		sets = append(sets, report.ObjectSet{Context: host.Context, Objects: inHost})
	}
	if o.Output != "" {
		return cmp.Or(report.Objects(o.Streams.Out, o.Output, sets), failures(joiners))
	}
	for _, set := range sets {
		for _, object := range set.Objects {
			report.Done(o.Streams.Out, object, fmt.Sprintf("applied in %s (%s)", set.Context, dryRuns[o.DryRun]))
		}
	}
	return failures(joiners)
}

// dryRuns are kubectl's words for them.
var dryRuns = map[string]string{"client": "dry run", "server": "server dry run"}
