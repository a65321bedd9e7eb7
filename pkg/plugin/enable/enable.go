// Package enable is the verb "enable".
package enable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host     func(context.Context) (*member.Host, error)
	HostFlag func() string               // the flag that leads to the same host, for hints
	Again    func(more ...string) string // the command that was typed, for hints
	Streams  genericiooptions.IOStreams
	Timeout  *time.Duration // of one member

	Types            []string
	Files            factory.Files
	Version          string
	FederatedGroup   string
	FederatedVersion string
	Status           *bool // nil: as it is
	Grant            bool
	Force            bool
	DryRun           string
	Output           string
	Wait             bool
	WaitTimeout      time.Duration
}

const long = `Make API types federated: a FederatedTypeConfig that has KubeFed start a
controller for the type, and the definition of its federated kind.

A TYPE is called as in kubectl: deploy, deployments.apps, deployments.v1.apps.
Every member is asked first whether it serves the type in that version, since
one that does not stops KubeFed for this type in all members, and after five
minutes for all types. Nothing is written then, without --force.

It is waited until the federated kind is served and KubeFed's controller runs.
Run again, it says what is unchanged, and mends what is not as it should be.`

const example = `  # two types
  kubectl fed enable statefulsets networkpolicies

  # in a version that all members serve
  kubectl fed enable horizontalpodautoscalers.v1.autoscaling

  # a type whose kind another group has too, in a group of its own, with the
  # rights on it that KubeFed needs
  kubectl fed enable services.serving.knative.dev \
    --federated-group fed.knative.dev --grant

  # and have the members' statuses collected
  kubectl fed enable deployments --status-collection

  # what would be written
  kubectl fed enable cronjobs -o yaml`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, HostFlag: f.HostFlag, Again: f.Again, Streams: f.Streams, Timeout: &f.ClusterTimeout}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	status := false
	cmd := &cobra.Command{
		Use:               "enable (TYPE... | -f FILE)",
		Short:             "Make API types federated",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteTypes(enabling.Enableable),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Types = args
			if cmd.Flags().Changed("status-collection") {
				o.Status = &status
			}
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&status, "status-collection", false, "Have KubeFed collect the members' statuses; --status-collection=false stops that")
	o.addFlags(cmd)
	return cmd
}

func (o *Options) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.Files.AddFlags(cmd, "with an EnableTypeDirective, as kubefedctl takes it, or a FederatedTypeConfig")
	flags.StringVar(&o.Version, "version", "", "The version of the types, as in deployments.v1.apps")
	flags.StringVar(&o.FederatedGroup, "federated-group", "", "The API group of the federated kinds (default types.kubefed.io)")
	flags.StringVar(&o.FederatedVersion, "federated-version", "", "The API version of the federated kinds (default v1beta1)")
	flags.BoolVar(&o.Grant, "grant", false, "Give KubeFed the rights that it lacks on a --federated-group")
	flags.BoolVar(&o.Force, "force", false, "Write also what keeps KubeFed from propagating the type")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client says what would be done; server asks the host's API server too; none does it")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&o.Output, "output", "o", "", "Print the objects as yaml or json, and write nothing")
	flags.BoolVar(&o.Wait, "wait", true, "Wait until KubeFed has taken the types up")
	flags.DurationVar(&o.WaitTimeout, "timeout", time.Minute, "How long to wait")
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case len(o.Types) == 0 && !o.Files.Given():
		return hint.Add(errors.New("which type shall be federated?"), "kubectl fed types")
	case len(o.Types) > 0 && o.Files.Given():
		return errors.New("-f names types, and so do the arguments: give one of the two")
	case o.Files.Given() && (o.Version != "" || o.FederatedGroup != "" || o.FederatedVersion != ""):
		return errors.New("--version, --federated-group and --federated-version stand in the file")
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run=%s is none of none, client and server", o.DryRun)
	case !slices.Contains([]string{"", "yaml", "json"}, o.Output):
		return fmt.Errorf("-o %s is none of yaml and json", o.Output)
	}
	return nil
}

// Run plans, stops where something speaks against the plan, writes, and waits.
func (o *Options) Run(ctx context.Context) error {
	wishes, err := o.wishes(ctx)
	if err != nil {
		return err
	}
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	scene, err := enabling.Look(ctx, host, *o.Timeout)
	if err != nil {
		return err
	}
	plan, err := scene.Plan(ctx, wishes, o.Grant || o.Output != "")
	if err != nil {
		return err
	}
	if o.Output != "" {
		return o.print(plan)
	}
	report.Line(o.Streams.Out, "host: %s", host.Context)
	if err := o.judge(plan); err != nil {
		return err
	}
	return o.apply(ctx, plan)
}

// judge says what speaks against the plan: an error, unless it is forced.
func (o *Options) judge(plan *enabling.Plan) error {
	for _, text := range plan.Warnings {
		report.Warning(o.Streams.ErrOut, "%s", text)
	}
	var errs []error
	for _, problem := range plan.Problems {
		if o.Force {
			report.Warning(o.Streams.ErrOut, "%v", problem)
			continue
		}
		if hint.Of(problem) == "" {
			problem = hint.Add(problem, "%s", o.Again("--force"))
		}
		errs = append(errs, problem)
	}
	return errors.Join(errs...)
}

func (o *Options) apply(ctx context.Context, plan *enabling.Plan) error {
	waiting, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	done := func(s enabling.Step) { report.Done(o.Streams.Out, s.Object, string(s.Action)+dryRuns[o.DryRun]) }
	if o.DryRun == "client" {
		for _, step := range plan.Steps {
			done(step)
		}
		return nil
	}
	if err := plan.Apply(waiting, o.DryRun == "server", done); err != nil {
		return o.late(err)
	}
	if o.DryRun == "server" || !o.Wait {
		return nil
	}
	if err := plan.Await(waiting); err != nil {
		return o.late(err)
	}
	report.Line(o.Streams.Out, "enabled: %s", strings.Join(names(plan), ", "))
	return nil
}

// dryRuns are kubectl's words for them.
var dryRuns = map[string]string{"client": " (dry run)", "server": " (server dry run)"}

func names(plan *enabling.Plan) []string {
	var all []string
	for _, t := range plan.Types {
		all = append(all, t.Name)
	}
	return all
}

// late gives the end of a wait its exit code, and says where to look.
func (o *Options) late(err error) error {
	var wait *enabling.WaitError
	if !errors.As(err, &wait) || !errors.Is(wait.Cause, context.DeadlineExceeded) {
		return err
	}
	err = fmt.Errorf("not done within %s: %w", o.WaitTimeout, err)
	return outcome.As(outcome.Timeout, hint.Add(err, "kubectl fed types%s", o.HostFlag()))
}

// print prints the objects as they would be written, rights on a group of one's own among them.
func (o *Options) print(plan *enabling.Plan) error {
	for _, text := range plan.Warnings {
		report.Warning(o.Streams.ErrOut, "%s", text)
	}
	for _, problem := range plan.Problems {
		report.Warning(o.Streams.ErrOut, "%v", problem)
	}
	return report.Manifests(o.Streams.Out, o.Output, plan.Manifests())
}
