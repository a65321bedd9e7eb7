// Package diff is the verb "diff".
package diff

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
	"github.com/kubectl-fed/kubectl-fed/pkg/survey"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	Streams   genericiooptions.IOStreams
	HostFlag  func() string // the flag that leads to the same host, for hints

	Objects  []factory.Object
	Clusters []string
}

const long = `Show what KubeFed will change in each member, by comparing what the members
have with what they should have.

What a member should have is worked out as KubeFed does it: template, what it
retains of the live object, overrides. Where KubeFed would write, that very
object is sent to the member's API server as a dry run, so that defaults,
admission and immutable fields come out as they will. Nothing is changed.

Without arguments every federated object of the namespace is compared. Exit
code: 0 no differences, 1 some, 2 something could not be compared.`

const example = `  # every federated object of the current namespace, on every member
  kubectl fed diff

  # one object, on two of the members
  kubectl fed diff deploy nginx -n shop --clusters fed-worker01,fed-worker02`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Namespace: f.Namespace, Streams: f.Streams, HostFlag: f.HostFlag,
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "diff [TYPE [NAME...] | TYPE/NAME...]",
		Short:             "Show what KubeFed will change in each member",
		Long:              long,
		Example:           example,
		Annotations:       map[string]string{outcome.Compares: ""},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Objects, err = factory.ParseObjects(args); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringSliceVar(&o.Clusters, "clusters", nil, "Compare these members only, by name")
	if err := cmd.RegisterFlagCompletionFunc("clusters", f.CompleteMembers); err != nil {
		panic(err) // the flag is there: it was added above
	}
	return cmd
}

// Run fetches the federated objects, asks every member about each, and reports.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	all, err := host.Members(ctx)
	if err != nil {
		return err
	}
	members, err := factory.Pick(all, o.Clusters)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return hint.Add(fmt.Errorf("%s has no members to compare", host.Context), "kubectl fed join CLUSTER --context %s", host.Context)
	}
	namespace, err := o.Namespace()
	if err != nil {
		return err
	}
	objects, err := factory.Federated(ctx, host, o.Objects, namespace, all, o.HostFlag())
	if err != nil {
		return err
	}
	if len(objects) == 0 {
		// in a script that is a success, and for a person a line
		report.Line(o.Streams.ErrOut, "no federated objects in namespace %s of %s", namespace, host.Context)
		return nil
	}
	found, failed := survey.Objects(ctx, host, members, objects, survey.Options{})
	var compared []report.Compared
	for _, object := range found {
		compared = append(compared, report.Compared{Object: object, Secret: object.IsSecret()})
	}
	o.warnUnknown(objects)
	report.Diff(o.Streams.Out, compared, len(members))
	return verdict(compared, errors.Join(failed...))
}

// warnUnknown names what a placement names and no member is: KubeFed passes over it in silence.
func (o *Options) warnUnknown(objects []member.Federated) {
	for _, object := range objects {
		for _, name := range object.Placement.Unknown {
			report.Warning(o.Streams.ErrOut, "%s is placed on %s, which is not a member: KubeFed passes over it", object.ID(), name)
		}
	}
}

// verdict is the end that the command comes to: what could not be compared outweighs what was found.
func verdict(compared []report.Compared, failed error) error {
	if failed != nil {
		return outcome.As(outcome.Trouble, failed)
	}
	unknown, differs := report.Tally(compared)
	switch {
	case unknown > 0:
		return outcome.As(outcome.Trouble, fmt.Errorf("%d of the results are unknown", unknown))
	case differs > 0:
		return outcome.ErrFound
	}
	return nil
}
