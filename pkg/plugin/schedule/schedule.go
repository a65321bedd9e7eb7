// Package schedule is the verb "schedule".
package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	HostFlag  func() string
	Again     func(more ...string) string
	Streams   genericiooptions.IOStreams
	Timeout   *time.Duration // of one cluster

	Objects []factory.Object
	Files   factory.Files
	Edits   edits
	Preview bool
	Force   bool
	DryRun  string
	Output  string
}

const long = `Distribute the replicas of a federated Deployment or ReplicaSet over the
members: create or change its ReplicaSchedulingPreference, see what comes of it
before it is written, or have the one that is there explained.

The plan is made by KubeFed's own planner from what it looks at itself: which
members are ready, how many replicas run there, and where pods find no node.
WRITTEN is what KubeFed has put into the federated object so far.

A preference that names clusters which are no members, or by which nothing would
run, is not written without --force.`

const example = `  # ten replicas, two thirds of them on worker02; only look
  kubectl fed schedule deploy nginx --total 10 \
    --weight fed-worker01=1,fed-worker02=2 --preview

  # at least two everywhere, never more than six on worker01
  kubectl fed schedule deploy nginx --total 10 --weight '*=1' \
    --min '*=2' --max fed-worker01=6

  # why is it as it is?
  kubectl fed schedule deploy nginx

  # a preference in a file, before it is applied
  kubectl fed schedule -f preference.yaml --preview`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Namespace: f.Namespace, HostFlag: f.HostFlag, Again: f.Again, Streams: f.Streams, Timeout: &f.ClusterTimeout,
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "schedule (TYPE NAME | TYPE/NAME | -f FILE)",
		Short:             "Distribute replicas over the members, and explain how",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteFederated,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Objects, err = factory.ParseObjects(args); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			o.Edits.given = cmd.Flags().Changed
			if err := o.Validate(); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(f, cmd)
	return cmd
}

func (o *Options) addFlags(f *factory.Factory, cmd *cobra.Command) {
	flags := cmd.Flags()
	o.Files.AddFlags(cmd, "with preferences to preview")
	o.Edits.addFlags(flags)
	flags.BoolVar(&o.Preview, "preview", false, "Show the plan, and write nothing")
	flags.BoolVar(&o.Force, "force", false, "Write also what names unknown clusters, or schedules nothing")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client shows the plan; server asks the host's API server too; none writes")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&o.Output, "output", "o", "", "Print the preference as yaml or json and write nothing; with --preview, or without a change, the plan")
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
	for _, flag := range []string{"weight", "min", "max"} {
		factory.Complete(cmd, flag, completeAssigned(f))
	}
	factory.Complete(cmd, "unset", f.CompleteMembers)
}

// completeAssigned completes CLUSTER= for the flags that give a cluster a number.
func completeAssigned(f *factory.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		names, _ := f.CompleteMembers(cmd, args, word)
		var words []string
		for _, name := range names {
			words = append(words, name+"=")
		}
		return append(words, "*="), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	if err := o.Edits.parse(); err != nil {
		return err
	}
	switch {
	case o.Files.Given() && len(o.Objects) > 0:
		return errors.New("-f names preferences in files, and an object was named too")
	case o.Files.Given() && !o.Edits.isEmpty():
		return errors.New("a preference in a file is changed in the file")
	case o.Files.Given() && !o.Preview:
		return hint.Add(errors.New("-f previews a preference, and writes nothing: give --preview"), "%s", o.Again("--preview"))
	case o.Files.Given():
	case len(o.Objects) == 0:
		return hint.Add(errors.New("which object shall be scheduled?"), "kubectl fed schedule deployment NAME")
	case o.Objects[0].Name == "":
		return hint.Add(fmt.Errorf("which %s shall be scheduled?", o.Objects[0].Type), "kubectl fed schedule %s NAME", o.Objects[0].Type)
	case len(o.Objects) > 1:
		return errors.New("one object at a time: each has a preference of its own")
	case o.Preview && o.Edits.isEmpty():
		return nil
	}
	switch {
	case o.DryRun != "client" && o.DryRun != "server" && o.DryRun != "none":
		return fmt.Errorf("--dry-run %s: it is client, server or none", o.DryRun)
	case o.Output != "" && o.Output != "yaml" && o.Output != "json":
		return fmt.Errorf("--output %s: it is yaml or json", o.Output)
	}
	return nil
}

// Run plans, shows the plan, and then writes, as far as that was asked for.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	members, err := host.Members(ctx)
	if err != nil {
		return err
	}
	w := &work{o: o, host: host, members: members}
	if o.Files.Given() {
		return o.previewFiles(ctx, w)
	}
	if err := w.find(ctx, o.Objects[0]); err != nil {
		return err
	}
	if o.writes() {
		report.Line(o.Streams.ErrOut, "host: %s", host.Context)
	}
	if err := w.change(); err != nil {
		return err
	}
	if o.Output != "" && !o.Preview && !o.Edits.isEmpty() {
		return w.printPreference()
	}
	plan, err := w.plan(ctx)
	if err != nil {
		return err
	}
	if err := o.show(plan); err != nil || !o.writes() {
		return err
	}
	if plan.Broken && !o.Force {
		return hint.Add(errors.New("the preference is not written: see above what is wrong with it"), "%s", o.Again("--force"))
	}
	return w.write(ctx)
}

// writes tells whether the command is to change anything, or to try to.
func (o *Options) writes() bool { return !o.Edits.isEmpty() && !o.Preview && o.Output == "" }

func (o *Options) show(plan report.SchedulePlan) error {
	if o.Output != "" {
		return report.Document(o.Streams.Out, plan, o.Output)
	}
	return report.Schedule(o.Streams.Out, plan)
}
