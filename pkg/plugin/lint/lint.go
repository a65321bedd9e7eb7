// Package lint is the verb "lint".
package lint

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	rules "github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	HostFlag  func() string // the flag that leads to the same host; "" where none was given
	Streams   genericiooptions.IOStreams

	Objects       []factory.Object
	Files         factory.Files
	AllNamespaces bool
	Offline       bool
	Output        string
}

const long = `Say what KubeFed would refuse, prune, drop, ignore or loop on, before it is
applied: in federated objects, scheduling preferences, FederatedTypeConfigs and
KubeFedClusters.

Files are read as they are written, so that misspelt fields and keys that appear
twice are found with line and column. With a cluster at hand the names of
clusters, types and namespaces are checked too, and each member is asked by a
dry run what it would say. Without one, or with --offline, the rest is checked.

Without files, the objects of the host cluster are checked: those named, those
of the namespace, or all with -A.

Each finding has a code; docs/lint.md lists all. Exit code: 0 nothing found, 1
something, 2 something could not be checked.`

const example = `  # files, with what the current context's cluster knows
  kubectl fed lint -f apps/ -R

  # in CI, without a cluster, for a code scanner
  kubectl fed lint -f apps/ -R --offline -o sarif > lint.sarif

  # all that the host cluster has
  kubectl fed lint -A`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, HostFlag: f.HostFlag, Streams: f.Streams}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "lint (-f FILE | [TYPE [NAME...] | TYPE/NAME...] | -A)",
		Short:             "Find what KubeFed would refuse, prune, ignore or loop on",
		Long:              long,
		Example:           example,
		Annotations:       map[string]string{outcome.Compares: ""},
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
	o.Files.AddFlags(cmd, "to check")
	cmd.Flags().BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "Check the whole host cluster, types and joined clusters too")
	cmd.Flags().BoolVar(&o.Offline, "offline", false, "Check files without asking any cluster")
	cmd.Flags().StringVarP(&o.Output, "output", "o", "text", "Print text, json or sarif")
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"text", "json", "sarif"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case o.Files.Given() && (len(o.Objects) > 0 || o.AllNamespaces):
		return errors.New("name objects or files, not both")
	case o.Offline && !o.Files.Given():
		return errors.New("--offline goes with -f only: objects have to be asked for")
	case o.AllNamespaces && len(o.Objects) > 0:
		return errors.New("-A is about all objects, and some were named")
	case o.Output != "text" && o.Output != "json" && o.Output != "sarif":
		return fmt.Errorf("--output %s: it is text, json or sarif", o.Output)
	}
	return nil
}

// Run reads the documents and what is known of the federation, checks, asks the members, and reports.
func (o *Options) Run(ctx context.Context) error {
	federation, err := o.reach(ctx)
	if err != nil {
		return err
	}
	documents, findings, err := o.documents(ctx, federation)
	if err != nil {
		return err
	}
	findings = append(findings, rules.Check(documents, federation.known)...)
	answers, failed := federation.ask(ctx, documents, findings)
	findings = append(findings, answers...)
	rules.Sort(findings)
	if err := report.Lint(o.Streams.Out, o.Output, findings, len(documents)); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return outcome.As(outcome.Trouble, failed)
	case len(findings) > 0:
		return outcome.ErrFound
	}
	return nil
}
