// Package types is the verb "types".
package types

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
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
	HostFlag func() string
	Streams  genericiooptions.IOStreams
	Timeout  *time.Duration // of one member

	Types []string
	Print *genericclioptions.PrintFlags
}

const long = `List the API types that are federated: whether KubeFed's controller of each
runs, how many federated objects there are, and which members do not serve the
type. Such a member stops KubeFed for that type in all members, and after five
minutes KubeFed as a whole; nothing else says so but the log of its controller
manager. What is wrong is said below the table.`

const example = `  # all types
  kubectl fed types

  # with the federated kinds, and whether statuses are collected
  kubectl fed types -o wide

  # the types that a member does not serve
  kubectl fed types \
    -o jsonpath='{.items[?(@.notServedBy)].metadata.name}'`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, HostFlag: f.HostFlag, Streams: f.Streams, Timeout: &f.ClusterTimeout, Print: genericclioptions.NewPrintFlags(""),
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "types [TYPE...]",
		Short:             "List the API types that are federated, and what is wrong with them",
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
	o.Print.AddFlags(cmd)
	formats := slices.DeleteFunc(o.Print.AllowedFormats(), func(f string) bool { return f == "kyaml" })
	cmd.Flags().Lookup("output").Usage = "wide, or one of " + strings.Join(formats, ", ")
	return cmd
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

// Run asks the host and every member, and prints what they said.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	scene, err := enabling.Look(ctx, host, *o.Timeout)
	if err != nil {
		return err
	}
	views, err := scene.Overview(ctx, o.Types)
	var plain *enabling.NotEnabledError
	if errors.As(err, &plain) {
		return hint.Add(err, "kubectl fed enable %s%s", plain.Type, o.HostFlag())
	}
	if err != nil {
		return err
	}
	return o.print(scene, views)
}

func (o *Options) print(scene *enabling.Scene, views []enabling.View) error {
	var rows []report.FederatedType
	for _, v := range views {
		rows = append(rows, rowOf(scene, v))
	}
	is, wide := o.table()
	if is {
		return report.Types(o.Streams.Out, rows, wide)
	}
	printer, err := o.Print.ToPrinter()
	if err != nil {
		return err
	}
	list, err := report.TypeList(rows)
	if err != nil {
		return err
	}
	return printer.PrintObj(list, o.Streams.Out)
}
