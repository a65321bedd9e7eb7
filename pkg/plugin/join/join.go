// Package join is the verb "join".
package join

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host       func(context.Context) (*member.Host, error)
	Kubeconfig func() (*kubeconfig.Config, error)
	Contexts   func() (clientcmdapi.Config, error)
	Kinds      func(context.Context) ([]kindnode.Cluster, error)
	Streams    genericiooptions.IOStreams
	Timeout    func() time.Duration // for one cluster to answer

	Clusters       []string
	ClusterContext string
	Wait           bool
	WaitTimeout    time.Duration
}

const long = `Make clusters members of the federation.

Each cluster is found in the kubeconfig by its name or its kind name, and
checked before anything is written: that it answers, that it is the cluster
the kubeconfig means, that it has not joined under another name. Then a
service account is made in it, with every right, since KubeFed's controllers
write whatever is federated; its token and the cluster's address go into the
host cluster.

A kind cluster is registered with its node's name, which the host cluster's
containers resolve and which stays the same when Docker restarts. A join that
was interrupted is finished by running it again.`

const example = `  # two kind clusters join the federation of the current context
  kubectl fed join fed-worker01 fed-worker02

  # the host cluster is another one than that of the current context
  kubectl fed join fed-worker01 --context kind-fed-master

  # a cluster that is called otherwise in the kubeconfig
  kubectl fed join edge --cluster-context admin@edge`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Kubeconfig: f.Kubeconfig, Contexts: f.Contexts, Kinds: f.Kinds, Streams: f.Streams,
		Timeout: func() time.Duration { return f.ClusterTimeout },
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "join CLUSTER...",
		Short:             "Make clusters members of the federation",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteKinds,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Clusters = args
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.ClusterContext, "cluster-context", "", "The kubeconfig context of the cluster, when it is called otherwise there")
	cmd.Flags().BoolVar(&o.Wait, "wait", report.IsTerminal(f.Streams.Out), "Wait until KubeFed's controllers call the clusters ready; the default on a terminal")
	cmd.Flags().DurationVar(&o.WaitTimeout, "timeout", time.Minute, "How long to wait for that")
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case len(o.Clusters) == 0:
		return hint.Add(errors.New("which cluster shall join?"), "kind get clusters")
	case o.ClusterContext != "" && len(o.Clusters) > 1:
		return errors.New("--cluster-context is for one cluster, and several were named")
	}
	for i, name := range o.Clusters {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return fmt.Errorf("%q can't be the name of a member: %s", name, problems[0])
		}
		if slices.Contains(o.Clusters[:i], name) {
			return fmt.Errorf("%s was named twice", name)
		}
	}
	return nil
}

// joiner is one cluster on its way in.
type joiner struct {
	report.JoinRow
	plan   joining.Plan
	client dynamic.Interface
	reason string // why it was not ready at the last look
	err    error
}

// Run checks every cluster, joins those that passed, all at the same time, and reports what came of each.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	if host.IsNamespaced() {
		return fmt.Errorf("%s: KubeFed is limited to its namespace (scope Namespaced in KubeFedConfig %s): only a cluster-wide federation can be joined", host.Context, member.ConfigName)
	}
	members, err := host.Members(ctx)
	if err != nil {
		return err
	}
	report.Line(o.Streams.Out, "host: %s (%d joined so far)", host.Context, len(members))
	joiners, err := o.check(ctx, host, members)
	if err != nil {
		return err
	}
	start := time.Now()
	o.apply(ctx, host, joiners)
	if o.Wait {
		o.waitReady(ctx, host, joiners, start)
	}
	return o.report(joiners)
}

// apply joins the clusters that passed the checks.
func (o *Options) apply(ctx context.Context, host *member.Host, joiners []*joiner) {
	each(joiners, func(j *joiner) {
		if j.err = j.plan.Apply(ctx, j.client, host.Client); j.err == nil {
			j.Joined = true
		}
	})
}

// each does something with all that nothing went wrong with so far, at the same time.
func each(joiners []*joiner, do func(*joiner)) {
	done := make(chan struct{})
	for _, j := range joiners {
		go func() {
			if j.err == nil {
				do(j)
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
	var failed []error
	for _, j := range joiners {
		rows = append(rows, j.JoinRow)
		if j.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", j.Cluster, j.err))
		}
	}
	if err := report.Joins(o.Streams.Out, rows, o.Wait); err != nil {
		return err
	}
	return outcome.OfMany(len(joiners), failed)
}
