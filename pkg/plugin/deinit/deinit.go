// Package deinit is the verb "deinit".
package deinit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/controlplane"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its flags set.
type Options struct {
	Target  func() (factory.Target, error)
	Host    func(context.Context) (*member.Host, error)
	Sources func() joining.Sources
	Again   func(more ...string) string // the command that was typed, for hints
	Streams genericiooptions.IOStreams

	Force       bool
	Yes         bool
	DryRun      string // none, client or server
	WaitTimeout time.Duration
}

const long = `Remove KubeFed from the host cluster, whoever installed it.

While clusters are members, or federated objects exist, nothing is removed, and
it is said which they are. With --force they go too: the objects in the members
stay, without KubeFed's label, and the members keep nothing of KubeFed's.

The controllers are stopped first, the definitions of KubeFed's APIs go last.
It can be run again at any time.`

const example = `  # a control plane without members
  kubectl fed deinit

  # what would be removed
  kubectl fed deinit --force --dry-run

  # members leave first, and keep what runs in them
  kubectl fed deinit --force --yes`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Target: f.Target, Host: f.Host, Again: f.Again, Streams: f.Streams,
		Sources: func() joining.Sources {
			return joining.Sources{Kubeconfig: f.Kubeconfig, Contexts: f.Contexts, Kinds: f.Kinds, Timeout: f.ClusterTimeout}
		},
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "deinit",
		Short:             "Remove KubeFed from the host cluster",
		Long:              long,
		Example:           example,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.Force, "force", false, "Also with members and federated objects: the members leave, and keep what runs in them")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Don't ask")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: write nothing and say what would be removed")
	flags.DurationVar(&o.WaitTimeout, "timeout", 3*time.Minute, "How long it may take altogether")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	if !slices.Contains([]string{"none", "client", "server"}, o.DryRun) {
		return fmt.Errorf("--dry-run=%s is none of none, client and server", o.DryRun)
	}
	return nil
}

// Run finds out what there is, says what would be lost, and removes it.
func (o *Options) Run(ctx context.Context) error {
	target, err := o.Target()
	if err != nil {
		return err
	}
	host, err := controlplane.Connect(target.Config)
	if err != nil {
		return err
	}
	report.Line(o.Streams.Out, "host: %s", target.Context)
	f, err := o.federation(ctx)
	if err != nil {
		return err
	}
	removal, err := host.Remains(ctx, target.Namespace, target.API)
	if err != nil {
		return fmt.Errorf("%s: %w", target.Context, err)
	}
	switch {
	case removal.Nothing() && f.empty():
		report.Line(o.Streams.Out, "nothing is left to remove")
		return nil
	case !f.empty() && !o.Force:
		return o.refuse(f)
	case o.DryRun != "none":
		return o.show(f, removal)
	}
	if err := o.confirm(target, f); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	return o.ending(target, o.remove(ctx, target, host, f, removal))
}

// refuse says what stands in the way.
func (o *Options) refuse(f federated) error {
	o.list(f)
	err := fmt.Errorf("%s and %s would be cut off", report.Count(len(f.members), "member"), report.Count(len(f.objects), "federated object"))
	return hint.Add(err, "%s", o.Again("--force"))
}

func (o *Options) list(f federated) {
	report.List(o.Streams.Out, "members:", f.memberNames())
	report.List(o.Streams.Out, "federated objects:", f.objects)
}

// show says in a line each what would be removed.
func (o *Options) show(f federated, removal *controlplane.Removal) error {
	o.list(f)
	for _, object := range removal.All() {
		report.Done(o.Streams.Out, object, "deleted"+dryRuns[o.DryRun])
	}
	report.List(o.Streams.Out, "these stay:", removal.Kept)
	return nil
}

// dryRuns are kubectl's words for them.
var dryRuns = map[string]string{"client": " (dry run)", "server": " (server dry run)"}

// confirm asks before anything is removed.
func (o *Options) confirm(target factory.Target, f federated) error {
	if o.Yes {
		return nil
	}
	o.list(f)
	if !report.IsTerminal(o.Streams.Out) {
		return hint.Add(errors.New("KubeFed would be removed, and nobody is here to be asked"), "%s", o.Again("--yes"))
	}
	question := fmt.Sprintf("Remove KubeFed from %s, with %s and %s?", target.Context,
		report.Count(len(f.members), "member"), report.Count(len(f.objects), "federated object"))
	if !report.Confirm(o.Streams.In, o.Streams.Out, question) {
		return errors.New("nothing was done")
	}
	return nil
}

// remove stops the controllers, lets the members go, and removes the rest.
func (o *Options) remove(ctx context.Context, target factory.Target, host controlplane.Host, f federated, removal *controlplane.Removal) error {
	done := func(object *unstructured.Unstructured) { report.Done(o.Streams.Out, object, "deleted") }
	if err := removal.StopControllers(ctx, done); err != nil {
		return err
	}
	left := o.release(ctx, f)
	if outcome.KindOf(left) == outcome.Failure && left != nil {
		return left
	}
	// with the members their Secrets have gone: now it can be told whether anything of somebody else's is left
	removal, err := host.Remains(ctx, target.Namespace, target.API)
	if err != nil {
		return err
	}
	if err := removal.Apply(ctx, done); err != nil {
		return err
	}
	report.List(o.Streams.Out, "these stay:", removal.Kept)
	report.Line(o.Streams.Out, "KubeFed is removed from %s", target.Context)
	return left
}

// ending gives an error its kind, and names the host.
func (o *Options) ending(target factory.Target, err error) error {
	var timeout *controlplane.TimeoutError
	switch {
	case err == nil, outcome.KindOf(err) == outcome.Partial:
		return err
	case errors.As(err, &timeout), errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%s: %w", target.Context, err)
		return hint.Add(outcome.As(outcome.Timeout, err), "%s", o.Again("--timeout", "10m"))
	}
	return fmt.Errorf("%s: %w", target.Context, err)
}
