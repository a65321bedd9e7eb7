// Package render is the verb "render".
package render

import (
	"context"
	"errors"
	"fmt"

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

	Objects      []factory.Object
	Files        factory.Files
	Clusters     []string
	ClustersFile string
	Output       string
	OutputDir    string
	OverLive     bool
	ShowSecrets  bool
}

const long = `Print the object that each placed member should have, as KubeFed works it out:
template, overrides, and the label that marks what KubeFed manages.

What is printed is the object as KubeFed creates it. With --over-live it is the
object as KubeFed would write it over the one that the member has, with all that
KubeFed then retains, such as annotations and a Service's address.

Files need no cluster where the placement lists clusters by name. A placement
by selector needs to know who has joined: from the host cluster, or from a file
of KubeFedClusters in --clusters-file. For a member that is not placed the
reason is said on stderr.

A Secret is printed with --show-secrets only.`

const example = `  # what each member should have of the Deployment nginx
  kubectl fed render deploy nginx

  # from a file, for one cluster, without any cluster at hand
  kubectl fed render -f nginx.yaml --clusters fed-worker01

  # one file for each cluster, for clusters that a file describes
  kubectl fed render -f apps/ -R --clusters-file clusters.yaml --output-dir out`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, HostFlag: f.HostFlag, Again: f.Again, Streams: f.Streams}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "render (TYPE NAME... | TYPE/NAME... | -f FILE)",
		Short:             "Print the object that each member should have",
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
	o.Files.AddFlags(cmd, "with federated objects to render")
	flags.StringSliceVar(&o.Clusters, "clusters", nil, "Render for these members only, by name")
	flags.StringVar(&o.ClustersFile, "clusters-file", "", "A file with KubeFedClusters, to take for the members that have joined")
	flags.StringVarP(&o.Output, "output", "o", "yaml", "Print yaml or json")
	flags.StringVar(&o.OutputDir, "output-dir", "", "Write a file CLUSTER.yaml or CLUSTER.json for each cluster into this folder")
	flags.BoolVar(&o.OverLive, "over-live", false, "Render as KubeFed would write over what the member has")
	flags.BoolVar(&o.ShowSecrets, "show-secrets", false, "Print Secrets, with their values")
	factory.Complete(cmd, "clusters", f.CompleteMembers)
	factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"yaml", "json"}, cobra.ShellCompDirectiveNoFileComp))
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case o.Files.Given() && len(o.Objects) > 0:
		return errors.New("name objects or files, not both")
	case o.Files.Given():
	case len(o.Objects) == 0:
		return hint.Add(errors.New("which object shall be rendered?"), "kubectl fed render deployment NAME")
	case o.ClustersFile != "":
		return errors.New("--clusters-file goes with -f only: the host cluster knows who has joined")
	}
	if o.Output != "yaml" && o.Output != "json" {
		return fmt.Errorf("--output %s: it is yaml or json", o.Output)
	}
	return nil
}

// Run finds the objects and where they go, works out the object for each member, and prints.
func (o *Options) Run(ctx context.Context) error {
	s, err := o.source(ctx)
	if err != nil {
		return err
	}
	if o.OverLive {
		s.readLive(ctx)
	}
	var rendered []report.Rendered
	var failed []error
	total := 0
	for i, f := range s.objects {
		if o.hides(f) {
			continue
		}
		o.sayUnplaced(f)
		clusters := o.chosen(f)
		some, errs := s.render(i, clusters)
		rendered, failed, total = append(rendered, some...), append(failed, errs...), total+len(clusters)
	}
	if err := o.print(rendered); err != nil {
		return err
	}
	return outcome.OfMany(total, failed)
}

// hides leaves out a Secret, and says so: a manifest with masked values would be worse than none.
func (o *Options) hides(f member.Federated) bool {
	if !f.IsSecret() || o.ShowSecrets {
		return false
	}
	report.Warning(o.Streams.ErrOut, "%s is left out: it is a Secret", f.ID())
	report.Hint(o.Streams.ErrOut, o.Again("--show-secrets"))
	return true
}
