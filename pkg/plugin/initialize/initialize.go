// Package initialize is the verb "init"; Go keeps that name for itself.
package initialize

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/controlplane"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its flags set.
type Options struct {
	Target    func() (factory.Target, error)
	Kind      func(context.Context) (kindnode.Cluster, error) // the host, as a kind cluster
	JoinAll   func(context.Context) error                     // all other kind clusters
	Again     func(more ...string) string                     // the command that was typed, for hints
	HostFlag  func() string
	Namespace func() string
	Streams   genericiooptions.IOStreams

	Wish        controlplane.Wish
	LoadImages  []string
	Join        bool
	Yes         bool
	DryRun      string // none, client or server
	Output      string // yaml or json: print the objects and write nothing
	WaitTimeout time.Duration
}

const long = `Install KubeFed v0.10.0 into the host cluster, or mend or upgrade what is there.

Everything that KubeFed's chart consists of is applied in order, and each step
is waited for: the webhook's configuration comes when the API server gets an
answer from the webhook, the controllers when their configuration is there.
Run again, it changes nothing. What was set up otherwise stays as it is, unless
a flag says what it shall be.

An installation that helm made, and also one that helm left half done, is taken
over.`

const example = `  # KubeFed in the cluster of the current context
  kubectl fed init

  # in a kind cluster whose nodes can't pull images, and all others join
  kubectl fed init --context kind-fed-master --join \
    --load-image quay.io/kubernetes-multicluster/kubefed:v0.10.0

  # only some types, and a quicker look at members
  kubectl fed init --types deployments,services \
    --set clusterHealthCheck.period=3s

  # what would change
  kubectl fed init --dry-run=server

  # everything, for GitOps
  kubectl fed init -o yaml > kubefed.yaml`

// NewCmd makes the command. joinAll makes all other kind clusters members. Tests give a run of their own.
func NewCmd(f *factory.Factory, joinAll func(context.Context) error, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Target: f.Target, JoinAll: joinAll, Again: f.Again, HostFlag: f.HostFlag, Namespace: f.KubefedNamespace, Streams: f.Streams,
		Kind: f.HostKind,
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	flags := &flags{}
	cmd := &cobra.Command{
		Use:               "init",
		Short:             "Install KubeFed into the host cluster, or mend or upgrade it",
		Long:              long,
		Example:           example,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
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
	case o.DryRun != "none" && o.DryRun != "client" && o.DryRun != "server":
		return fmt.Errorf("--dry-run=%s is none of none, client and server", o.DryRun)
	case o.Output != "" && o.Output != "yaml" && o.Output != "json":
		return fmt.Errorf("-o %s is none of yaml and json", o.Output)
	case o.Wish.Scope != "" && o.Wish.Scope != controlplane.Cluster && o.Wish.Scope != controlplane.Namespaced:
		return fmt.Errorf("--scope=%s is none of Cluster and Namespaced", o.Wish.Scope)
	case o.Wish.Replicas < 0:
		return fmt.Errorf("--replicas=%d: at least one is needed", o.Wish.Replicas)
	case len(o.Wish.Authorities) > 0 && o.Wish.Secret == "":
		return errors.New("--webhook-ca goes with --webhook-secret")
	case o.writesNothing() && (o.Join || len(o.LoadImages) > 0):
		return errors.New("--join and --load-image do something, and nothing is to be done")
	}
	return nil
}

func (o *Options) writesNothing() bool { return o.Output != "" || o.DryRun != "none" }

// Run finds out what is there, plans what is missing, and applies it.
func (o *Options) Run(ctx context.Context) error {
	o.Wish.Namespace, o.Wish.Now = o.Namespace(), time.Now()
	if o.Output != "" {
		return o.print()
	}
	target, err := o.Target()
	if err != nil {
		return err
	}
	if err := o.confirm(target); err != nil {
		return err
	}
	host, err := controlplane.Connect(target.Config)
	if err != nil {
		return err
	}
	report.Line(o.Streams.Out, "host: %s", target.Context)
	found, err := controlplane.Look(ctx, host.Client, o.Wish.Namespace, o.Wish.Secret)
	if err != nil {
		return fmt.Errorf("%s: %w", target.Context, err)
	}
	plan, err := o.plan(found)
	if err != nil {
		return o.explain(target, plan, err)
	}
	tried, err := plan.Try(ctx, host, found)
	if err != nil {
		return fmt.Errorf("%s: %w", target.Context, err)
	}
	if o.DryRun != "none" {
		return o.showTried(tried)
	}
	return o.apply(ctx, target, host, plan, found)
}

// plan decides what the wish leaves open, and says what may surprise.
func (o *Options) plan(found controlplane.Found) (controlplane.Plan, error) {
	request, notes, err := o.Wish.Request(found)
	if err != nil {
		return controlplane.Plan{}, err
	}
	for _, note := range notes {
		report.Line(o.Streams.Out, "%s", note)
	}
	if o.Wish.Secret != "" && o.Output == "" && len(request.Certificate.Authorities) == 0 {
		return controlplane.Plan{}, fmt.Errorf("the Secret %s in the namespace %s has no ca.crt, and --webhook-ca was not given", o.Wish.Secret, o.Wish.Namespace)
	}
	return controlplane.New(request)
}

// confirm makes sure that the current context is meant, where the kubeconfig has several kind clusters.
func (o *Options) confirm(target factory.Target) error {
	if target.Named || o.Yes || len(target.Kinds) < 2 || o.DryRun != "none" {
		return nil
	}
	if !report.IsTerminal(o.Streams.Out) {
		err := fmt.Errorf("the kubeconfig has %d kind clusters, and which is the host was not said", len(target.Kinds))
		return hint.Add(err, "%s", o.Again("--context", target.Context))
	}
	if !report.Confirm(o.Streams.In, o.Streams.Out, "KubeFed goes into "+target.Context+", the current context?") {
		return hint.Add(errors.New("nothing was done"), "%s", o.Again("--context", "CONTEXT"))
	}
	return nil
}

// apply loads images, installs, and lets the others join.
func (o *Options) apply(ctx context.Context, target factory.Target, host controlplane.Host, plan controlplane.Plan, found controlplane.Found) error {
	if err := o.loadImages(ctx); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	progress := report.NewInstallation(o.Streams.Out, o.Streams.ErrOut)
	err := plan.Apply(limited, host, found, controlplane.Observer{
		Waiting: progress.Waiting,
		Done: func(stage string, steps []controlplane.Step, waited time.Duration) {
			progress.Done(rowOf(stage, steps, waited))
		},
	})
	progress.End()
	if err != nil {
		return o.explain(target, plan, err)
	}
	o.tellHelm(plan.Namespace, target.Context, found)
	report.Line(o.Streams.Out, "KubeFed runs in %s (%s)", target.Context, plan.Image)
	if !o.Join {
		report.Line(o.Streams.Out, "next: kubectl fed join --all%s", o.HostFlag())
		return nil
	}
	return o.JoinAll(ctx)
}

func (o *Options) loadImages(ctx context.Context) error {
	if len(o.LoadImages) == 0 {
		return nil
	}
	cluster, err := o.Kind(ctx)
	if err != nil {
		return fmt.Errorf("--load-image: %w", err)
	}
	for _, image := range o.LoadImages {
		if err := cluster.Load(ctx, image); err != nil {
			return err
		}
		report.Line(o.Streams.Out, "image %s loaded into %s", image, cluster.Name)
	}
	return nil
}
