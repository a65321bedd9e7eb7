// Package disable is the verb "disable".
package disable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// What becomes of the federated objects of a type that is disabled.
const (
	orphan = "orphan"
	remove = "delete"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host     func(context.Context) (*member.Host, error)
	HostFlag func() string
	Again    func(more ...string) string // the command that was typed, for hints
	Streams  genericiooptions.IOStreams
	Timeout  *time.Duration // of one member

	Types       []string
	Instances   string // "", orphan or delete
	DeleteCRD   bool
	Force       bool
	Yes         bool
	DryRun      string
	Output      string
	WaitTimeout time.Duration
}

const long = `Make API types plain again: KubeFed stops its controller for the type, and the
FederatedTypeConfig is deleted, with --delete-crd the federated kind too.

Federated objects of the type are in the way: without the controller nothing
would propagate them, and nothing could delete them. They are named, and
nothing is done, unless --instances says what shall become of them: orphan lets
go of them, so that members keep what they run; delete deletes them, and what
the members have of them.

It is waited until all is gone. When KubeFed does not answer in time, the type
stays as it was, unless --force.`

const example = `  # a type without federated objects
  kubectl fed disable cronjobs

  # members keep what they run, and the federated kind goes too
  kubectl fed disable deployments --instances=orphan --delete-crd

  # what would be done
  kubectl fed disable deployments --instances=delete --dry-run`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, HostFlag: f.HostFlag, Again: f.Again, Streams: f.Streams, Timeout: &f.ClusterTimeout}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "disable TYPE...",
		Short:             "Make API types plain again",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteTypes(enabling.Enabled),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Types = args
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Instances, "instances", "", "What becomes of the federated objects: orphan or delete")
	flags.BoolVar(&o.DeleteCRD, "delete-crd", false, "Delete the definition of the federated kind too")
	flags.BoolVar(&o.Force, "force", false, "Do without KubeFed what it does not do in time")
	flags.BoolVarP(&o.Yes, "yes", "y", false, "Delete what members have without asking")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: write nothing and say what would be done")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&o.Output, "output", "o", "", "Print the objects that would be deleted as yaml or json, and write nothing")
	flags.DurationVar(&o.WaitTimeout, "timeout", time.Minute, "How long to wait for KubeFed")
	factory.Complete(cmd, "instances", cobra.FixedCompletions([]string{orphan, remove}, cobra.ShellCompDirectiveNoFileComp))
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case len(o.Types) == 0:
		return hint.Add(errors.New("which type shall be plain again?"), "kubectl fed types")
	case !slices.Contains([]string{"", orphan, remove}, o.Instances):
		return fmt.Errorf("--instances=%s is none of orphan and delete", o.Instances)
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run=%s is none of none, client and server", o.DryRun)
	case !slices.Contains([]string{"", "yaml", "json"}, o.Output):
		return fmt.Errorf("-o %s is none of yaml and json", o.Output)
	}
	return nil
}

// Run finds what there is, stops where something is in the way, deals with the instances, and removes the types.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	scene, err := enabling.Look(ctx, host, *o.Timeout)
	if err != nil {
		return err
	}
	removal, err := scene.PlanRemoval(ctx, o.Types, o.DeleteCRD)
	if err != nil {
		return err
	}
	if o.Output != "" {
		return o.print(removal)
	}
	report.Line(o.Streams.Out, "host: %s", host.Context)
	if err := o.inTheWay(removal); err != nil {
		return err
	}
	if o.DryRun != "none" {
		return o.dryRun(ctx, removal)
	}
	waiting, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	if err := o.clear(ctx, waiting, removal); err != nil {
		return err
	}
	if ctx.Err() == nil && waiting.Err() != nil { // the instances took it all, and were forced
		waiting, cancel = context.WithTimeout(ctx, o.WaitTimeout)
		defer cancel()
	}
	err = removal.Apply(ctx, waiting, o.Force, func(s enabling.Step) { report.Done(o.Streams.Out, s.Object, string(s.Action)) })
	if err != nil {
		return o.late(err)
	}
	o.sayAbsent(removal)
	return nil
}

// sayAbsent names the types that were not enabled in the first place.
func (o *Options) sayAbsent(removal *enabling.Removal) {
	for _, l := range removal.Leaving {
		if l.Config == nil {
			report.Line(o.Streams.Out, "%s is not enabled", l.Type.Name)
		}
	}
}

// inTheWay names what keeps types from being disabled.
func (o *Options) inTheWay(removal *enabling.Removal) error {
	var errs []error
	for _, problem := range removal.Problems {
		if o.Force {
			report.Warning(o.Streams.ErrOut, "%v", problem)
			continue
		}
		errs = append(errs, hint.Add(problem, "%s", o.Again("--force")))
	}
	for _, l := range removal.Leaving {
		if len(l.Instances) == 0 || o.Instances != "" {
			continue
		}
		report.Instances(o.Streams.ErrOut, l.Type, ids(l))
		err := fmt.Errorf("%s has %s in the way", l.Type.Name, report.Count(len(l.Instances), "federated object"))
		errs = append(errs, hint.Add(err, "%s", o.Again("--instances=orphan")))
	}
	return errors.Join(errs...)
}

func ids(l enabling.Leaving) []string {
	var all []string
	for _, i := range l.Instances {
		all = append(all, member.Federated{Type: i.Type, Object: i.Object}.ID())
	}
	return all
}

func (o *Options) dryRun(ctx context.Context, removal *enabling.Removal) error {
	words := map[string]string{"client": " (dry run)", "server": " (server dry run)"}[o.DryRun]
	if err := o.sayDoom(ctx, removal); err != nil {
		return err
	}
	if o.DryRun == "server" {
		if err := removal.Try(ctx); err != nil {
			return err
		}
	}
	for _, i := range removal.Instances() {
		report.Done(o.Streams.Out, i.Object, "deleted"+words)
	}
	for _, s := range removal.Objects() {
		report.Done(o.Streams.Out, s.Object, string(s.Action)+words)
	}
	o.sayAbsent(removal)
	return nil
}

// print prints what would be deleted.
func (o *Options) print(removal *enabling.Removal) error {
	var objects []*unstructured.Unstructured
	for _, s := range removal.Objects() {
		objects = append(objects, enabling.Manifest(s.Object))
	}
	return report.Manifests(o.Streams.Out, o.Output, objects)
}

// late gives the end of a wait its exit code.
func (o *Options) late(err error) error {
	var wait *enabling.WaitError
	if !errors.As(err, &wait) || !errors.Is(wait.Cause, context.DeadlineExceeded) {
		return err
	}
	err = fmt.Errorf("not done within %s: %w", o.WaitTimeout, err)
	if !o.Force {
		err = hint.Add(err, "%s", o.Again("--force"))
	}
	return outcome.As(outcome.Timeout, err)
}
