// Package override is the verb "override".
package override

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
	HostFlag  func() string               // the flag that leads to the same host, for hints
	Again     func(more ...string) string // the command that was typed, for hints
	Streams   genericiooptions.IOStreams
	Timeout   *time.Duration // of one cluster

	Objects  []factory.Object
	Files    factory.Files
	Clusters []string
	Selector string
	Edits    edits
	List     bool
	Force    bool
	DryRun   string
	Output   string
	Secrets  bool
}

const long = `List, set and remove the overrides of federated objects: what is to be
different on some members.

A path is a JSON pointer, a dotted path with names in brackets, or "replicas".
It is looked up in the template and written as the JSON patch that works both
when KubeFed creates the object and when it updates it. Where none does, such as
for an annotation of a Deployment, nothing is written without --force.

Before it is written, the object is worked out for every member that it changes
for, and sent there as a dry run. --dry-run shows what would change where, and
writes nothing. With -f the objects of a file are changed and printed, and no
cluster is needed.`

const example = `  # what is overridden, and where
  kubectl fed override deploy nginx --list

  # another image and more replicas on one member; first look what it changes
  kubectl fed override deploy nginx --clusters fed-worker01 \
    --image nginx=nginx:1.28 --replicas 3 --dry-run=client

  # on all members with a label
  kubectl fed override deploy nginx --cluster-selector env=dev \
    --env LOG=debug --resource limits.memory=256Mi

  # back to the template
  kubectl fed override deploy nginx --clusters fed-worker01 --unset all

  # in a file
  kubectl fed override -f nginx.yaml --clusters fed-worker01 --replicas 3`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Namespace: f.Namespace, HostFlag: f.HostFlag, Again: f.Again, Streams: f.Streams, Timeout: &f.ClusterTimeout,
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "override (TYPE NAME... | TYPE/NAME... | -f FILE [TYPE/NAME...])",
		Short:             "List, set and remove what is different on some members",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteFederated,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Objects, err = factory.ParseObjects(args); err != nil {
				return outcome.As(outcome.Usage, err)
			}
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
	o.Files.AddFlags(cmd, "with federated objects to change and print")
	flags.BoolVar(&o.List, "list", false, "List the overrides")
	flags.StringSliceVar(&o.Clusters, "clusters", nil, "Override for these members, by name")
	flags.StringVar(&o.Selector, "cluster-selector", "", "Override for the members with these labels (key=value,...)")
	o.Edits.addFlags(flags)
	flags.BoolVar(&o.Force, "force", false, "Write also what KubeFed or a member will refuse, or will loop on")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client shows what changes where; server asks the host's API server too; none writes")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.StringVarP(&o.Output, "output", "o", "", "Print the object as yaml or json, and write nothing")
	flags.BoolVar(&o.Secrets, "show-secrets", false, "Print Secrets, with their values")
	factory.Complete(cmd, "clusters", f.CompleteMembers)
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	if err := o.Edits.parse(); err != nil {
		return err
	}
	switch {
	case !o.Files.Given() && len(o.Objects) == 0:
		return hint.Add(errors.New("which object shall be overridden?"), "kubectl fed override deployment NAME --list")
	case !o.Files.Given() && o.Objects[0].Name == "":
		return hint.Add(fmt.Errorf("which %s shall be overridden?", o.Objects[0].Type), "kubectl fed override %s NAME --list", o.Objects[0].Type)
	case o.List && !o.Edits.isEmpty():
		return errors.New("--list lists, and changes nothing")
	case o.DryRun != "client" && o.DryRun != "server" && o.DryRun != "none":
		return fmt.Errorf("--dry-run %s: it is client, server or none", o.DryRun)
	case o.Output != "" && o.Output != "yaml" && o.Output != "json":
		return fmt.Errorf("--output %s: it is yaml or json", o.Output)
	}
	return o.validateClusters()
}

// validateClusters checks for whom something is to change: never for all members because none was named.
func (o *Options) validateClusters() error {
	switch {
	case o.List:
		return nil
	case o.Edits.isEmpty():
		return hint.Add(errors.New("nothing to change: --set, --image and others say what"), "%s", o.Again("--list"))
	case len(o.Clusters) == 0 && o.Selector == "":
		return errors.New("for which members? --clusters names them, --cluster-selector selects them by their labels")
	case len(o.Clusters) > 0 && o.Selector != "":
		return errors.New("--clusters names members and --cluster-selector selects them: give one of the two")
	}
	return nil
}

// Run lists, or plans the change of every object, checks all of them, and then writes.
func (o *Options) Run(ctx context.Context) error {
	w, err := o.load(ctx)
	if err != nil {
		return err
	}
	if o.List {
		return o.list(w)
	}
	if w.host != nil {
		report.Line(o.Streams.ErrOut, "host: %s", w.host.Context)
	}
	var errs []error
	for i := range w.objects {
		if err := w.plan(o.Edits, &w.objects[i]); err != nil {
			return err
		}
		errs = append(errs, o.check(ctx, w, &w.objects[i])...)
	}
	if len(errs) > 0 && !o.Force {
		return hint.Add(errors.Join(errs...), "%s", o.Again("--force"))
	}
	for _, err := range errs {
		report.Warning(o.Streams.ErrOut, "%v", err)
	}
	return o.finish(ctx, w)
}

// finish prints or writes, as was asked.
func (o *Options) finish(ctx context.Context, w *work) error {
	if o.Output != "" || w.host == nil && o.DryRun == "none" {
		return o.print(w)
	}
	for _, object := range w.objects {
		if err := o.write(ctx, w, object); err != nil {
			return err
		}
	}
	return nil
}
