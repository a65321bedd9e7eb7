// Package federate is the verb "federate".
package federate

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
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
	Again     func(more ...string) string // the command that was typed, for hints
	HostFlag  func() string               // the flag that leads to the same host, for hints
	Streams   genericiooptions.IOStreams

	Objects           []factory.Object
	Clusters          []string
	Overrides         []federation.Argument
	FederateNamespace bool
}

const long = `Make a federated object from an object of the host cluster.

The object itself stays as it is. The federated one names the clusters where
it is placed: those of --clusters, else all that are joined now. What no other
cluster would accept, such as a Service's address, is left out, and so is what
KubeFed does not carry, such as annotations; either is said.

KubeFed places nothing in a namespace that is not federated itself. For such a
namespace nothing is written, unless --federate-namespace makes it federated
too.`

const example = `  # the Deployment nginx, on every member, with two replicas on one of them
  kubectl fed federate deploy nginx --override fed-worker01:replicas=2

  # in a namespace that is not federated yet, on two members
  kubectl fed federate deploy/nginx -n shop --federate-namespace \
    --clusters fed-worker01,fed-worker02

  # another image on one member; names in brackets choose from a list
  kubectl fed federate deploy nginx --override \
    'fed-worker01:spec.template.spec.containers[nginx].image=nginx:1.27'

  # a namespace by itself
  kubectl fed federate namespace shop`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, Again: f.Again, HostFlag: f.HostFlag, Streams: f.Streams}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	var overrides []string
	cmd := &cobra.Command{
		Use:               "federate TYPE NAME... | TYPE/NAME...",
		Short:             "Make federated objects from objects of the host cluster",
		Long:              long,
		Example:           example,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(args, overrides); err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringSliceVar(&o.Clusters, "clusters", nil, "The members to place it on, by name (default: all that are joined now)")
	cmd.Flags().StringArrayVar(&overrides, "override", nil, "CLUSTER:PATH=VALUE, what is to be different on one member; may be repeated")
	cmd.Flags().BoolVar(&o.FederateNamespace, "federate-namespace", false, "Make the namespace federated too, on the same members, when it is not yet")
	if err := cmd.RegisterFlagCompletionFunc("clusters", f.CompleteMembers); err != nil {
		panic(err) // the flag is there: it was added above
	}
	return cmd
}

// complete reads the arguments; it asks nobody.
func (o *Options) complete(args, overrides []string) (err error) {
	if o.Objects, err = factory.ParseObjects(args); err != nil {
		return err
	}
	for _, text := range overrides {
		argument, err := federation.ParseOverride(text)
		if err != nil {
			return err
		}
		o.Overrides = append(o.Overrides, argument)
	}
	return o.Validate()
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	if len(o.Objects) == 0 {
		return hint.Add(errors.New("which object shall be federated?"), "kubectl fed federate deployment NAME")
	}
	if o.Objects[0].Name == "" {
		return hint.Add(fmt.Errorf("which %s shall be federated?", o.Objects[0].Type), "kubectl get %s", o.Objects[0].Type)
	}
	return nil
}

// work is one object on its way to being federated.
type work struct {
	kind      federation.Type
	federated *unstructured.Unstructured
	dropped   []federation.Dropped
	called    factory.Object // as it was called on the command line
}

// Run reads and converts everything before it writes anything, so that a mistake in the last object does not
// leave the first one half done.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	namespace, err := o.Namespace()
	if err != nil {
		return err
	}
	members, err := host.Members(ctx)
	if err != nil {
		return err
	}
	placed, err := o.placement(members)
	if err != nil {
		return err
	}
	all, err := o.convert(ctx, host, namespace, placed)
	if err != nil {
		return err
	}
	enclosing, err := o.enclosing(ctx, host, namespace, placed, all)
	if err != nil {
		return err
	}
	return o.write(ctx, host, placed, enclosing, all)
}

// write makes the objects, the namespace first, and says so for each. The server is asked about all of them
// before the first is written.
func (o *Options) write(ctx context.Context, host *member.Host, placed []string, enclosing *work, all []work) error {
	out := o.Streams.Out
	report.Line(out, "host: %s", host.Context)
	report.Placement(out, placed, len(o.Clusters) == 0)
	if enclosing != nil {
		all = append([]work{*enclosing}, all...)
	}
	for _, w := range all {
		if err := host.TryCreate(ctx, w.kind.Federated, w.federated); err != nil {
			return err
		}
	}
	for _, w := range all {
		report.Dropped(out, w.dropped)
		if err := host.Create(ctx, w.kind.Federated, w.federated); err != nil {
			return err
		}
		report.Done(out, w.federated, "created")
	}
	last := all[len(all)-1]
	report.Line(out, "see what comes of it: kubectl fed status %s %s%s%s", last.called.Type, last.called.Name, inNamespace(last), o.HostFlag())
	return nil
}

// inNamespace is the flag for the namespace of an object that has one.
func inNamespace(w work) string {
	if !w.kind.Target.Namespaced {
		return ""
	}
	return " -n " + w.federated.GetNamespace()
}
