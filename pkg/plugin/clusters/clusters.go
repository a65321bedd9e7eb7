// Package clusters is the verb "clusters".
package clusters

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its flags set.
type Options struct {
	Host    func(context.Context) (*member.Host, error)
	Sources func() joining.Sources
	Streams genericiooptions.IOStreams

	Print *genericclioptions.PrintFlags
	Watch bool
}

const long = `List the members of the federation and the kind clusters of this machine.

Of a member it says what KubeFed's controllers think of it and since when, and
what was found out just now: whether its endpoint leads to the cluster that
was joined, seen from where KubeFed runs, whether the cluster that answers is
that one, and whether the host still holds a token for it. What is wrong is
said below the table.`

const example = `  # members and kind clusters
  kubectl fed clusters

  # with labels, and with what was checked
  kubectl fed clusters -o wide

  # the names of the members that are not ready
  kubectl fed clusters \
    -o jsonpath='{.items[?(@.member.ready==false)].metadata.name}'

  # the table, and then each line that changes
  kubectl fed clusters --watch`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Streams: f.Streams, Print: genericclioptions.NewPrintFlags(""),
		Sources: func() joining.Sources {
			return joining.Sources{Kubeconfig: f.Kubeconfig, Contexts: f.Contexts, Kinds: f.Kinds, Timeout: f.ClusterTimeout}
		},
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "clusters",
		Short:             "List members and kind clusters, and what is wrong with them",
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
	o.Print.AddFlags(cmd)
	cmd.Flags().Lookup("output").Usage = "wide, or one of " + strings.Join(formats(o.Print), ", ")
	cmd.Flags().BoolVarP(&o.Watch, "watch", "w", false, "Go on, and print each line that changes")
	return cmd
}

// formats are those of kubectl's printers that make sense here.
func formats(p *genericclioptions.PrintFlags) []string {
	return slices.DeleteFunc(p.AllowedFormats(), func(f string) bool { return f == "kyaml" })
}

// table tells whether the output is one, and whether it is wide.
func (o *Options) table() (is, wide bool) {
	format := *o.Print.OutputFormat
	return format == "" || format == "wide", format == "wide"
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	if is, _ := o.table(); is {
		return nil
	}
	_, err := o.Print.ToPrinter()
	return err
}

// Run looks at every cluster and prints what it found, again and again with --watch.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	found, err := o.look(ctx, host, true)
	if err != nil {
		return err
	}
	if err := o.print(found); err != nil || !o.Watch {
		return err
	}
	return o.watch(ctx, host, found)
}

// look collects the clusters. Why endpoints were not checked from where KubeFed runs is said once.
func (o *Options) look(ctx context.Context, host *member.Host, first bool) ([]report.Cluster, error) {
	scene, err := joining.Look(ctx, host, o.Sources())
	if err != nil {
		return nil, err
	}
	views, err := scene.Views(ctx)
	var notThere *joining.NotFromThereError
	switch {
	case err == nil:
	case !errors.As(err, &notThere):
		return nil, err
	case first:
		report.Warning(o.Streams.ErrOut, "%v", err)
	}
	var found []report.Cluster
	for _, v := range views {
		found = append(found, clusterOf(v))
	}
	return found, nil
}

func (o *Options) print(found []report.Cluster) error {
	is, wide := o.table()
	if is {
		return report.Clusters(o.Streams.Out, found, wide, time.Now())
	}
	printer, err := o.Print.ToPrinter()
	if err != nil {
		return err
	}
	list, err := report.ClusterList(found)
	if err != nil {
		return err
	}
	return printer.PrintObj(list, o.Streams.Out)
}
