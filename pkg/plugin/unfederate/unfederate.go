// Package unfederate is the verb "unfederate".
package unfederate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/releasing"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	Again     func(more ...string) string // the command that was typed, for hints
	HostFlag  func() string               // the flag that leads to the same host, for hints
	Streams   genericiooptions.IOStreams
	Timeout   *time.Duration // of one cluster

	Objects     []factory.Object
	Selector    string
	Contents    bool
	DryRun      string
	WaitTimeout time.Duration
}

const long = `Let go of federated objects: the federated object is deleted, and every member
keeps running what it runs, managed by nobody.

The object is marked for orphaning and deleted in that very version. KubeFed's
controllers then take their label off in the members; that is waited for, and
each member is asked whether its object is the same one as before, with the
same pods and nothing restarted.

Once a namespace is not federated any more, KubeFed deletes from the members
what else is federated in it. So a namespace is let go of with its --contents,
or when it has none.`

const example = `  # the Deployment nginx runs on in every member, and KubeFed leaves it alone
  kubectl fed unfederate deploy nginx

  # all that is federated in a namespace, and the namespace
  kubectl fed unfederate namespace shop --contents

  # by labels of the federated objects
  kubectl fed unfederate configmaps -n shop -l app=web

  # what would be done
  kubectl fed unfederate deploy nginx --dry-run`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Namespace: f.Namespace, Again: f.Again, HostFlag: f.HostFlag, Streams: f.Streams, Timeout: &f.ClusterTimeout,
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "unfederate (TYPE NAME... | TYPE/NAME... | TYPE -l SELECTOR)",
		Short:             "Let go of federated objects; members keep what they run",
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
	flags := cmd.Flags()
	flags.StringVarP(&o.Selector, "selector", "l", "", "Let go of the federated objects of the TYPE that have these labels (key=value,...)")
	flags.BoolVarP(&o.Contents, "contents", "c", false, "With a namespace: all that is federated in it, too")
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: write nothing and say what would be done")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	flags.DurationVar(&o.WaitTimeout, "timeout", time.Minute, "How long to wait for KubeFed to let go")
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	switch {
	case len(o.Objects) == 0:
		return hint.Add(errors.New("which object shall be let go of?"), "kubectl fed unfederate deployment NAME")
	case o.Selector != "" && o.Objects[0].Name != "":
		return errors.New("-l selects objects of a type: give it a TYPE, and no names")
	case o.Selector == "" && o.Objects[0].Name == "":
		return hint.Add(fmt.Errorf("which %s shall be let go of?", o.Objects[0].Type), "kubectl fed unfederate %s NAME", o.Objects[0].Type)
	case o.Contents && o.Selector != "":
		return errors.New("--contents is for namespaces by name")
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run %s: it is client, server or none", o.DryRun)
	}
	return nil
}

// Run finds the objects, looks at what the members have of them, deletes, waits, and looks again.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	release, err := o.prepare(ctx, host)
	if err != nil {
		return err
	}
	report.Line(o.Streams.Out, "host: %s", host.Context)
	if o.DryRun != "none" {
		return o.dryRun(ctx, release)
	}
	release.Look(ctx)
	waiting, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	still, err := release.Delete(waiting, func(one releasing.Object) { report.Done(o.Streams.Out, one.Object, "deleted") })
	if err != nil {
		return err
	}
	if len(still) > 0 {
		return o.hangs(ctx, host, still)
	}
	return o.verdict(release.Check(waiting), len(release.Members))
}

// prepare finds the objects and checks that nothing else would be lost.
func (o *Options) prepare(ctx context.Context, host *member.Host) (*releasing.Release, error) {
	members, err := host.Members(ctx)
	if err != nil {
		return nil, err
	}
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	objects, err := o.find(ctx, host, types)
	if err != nil {
		return nil, err
	}
	release, err := releasing.Prepare(ctx, host, members, objects, types, *o.Timeout)
	var others *releasing.OthersError
	if errors.As(err, &others) {
		return nil, hint.Add(err, "%s", o.Again("--contents"))
	}
	return release, err
}

func (o *Options) find(ctx context.Context, host *member.Host, types []federation.Type) ([]releasing.Object, error) {
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	var all []releasing.Object
	for _, object := range o.Objects {
		kind, err := host.FindType(types, object.Type)
		if err != nil {
			return nil, err
		}
		found, err := o.findOne(ctx, host, kind, namespace, object)
		if err != nil {
			return nil, err
		}
		if o.Contents && !kind.IsNamespace() {
			return nil, fmt.Errorf("--contents is for namespaces, and %s is none", object)
		}
		if o.Contents {
			within, err := releasing.Find(ctx, host, releasing.Which{Namespace: object.Name, Types: types})
			if err != nil {
				return nil, err
			}
			found = append(found, slices.DeleteFunc(within, func(one releasing.Object) bool { return one.Type.IsNamespace() })...)
		}
		for _, one := range found {
			if slices.ContainsFunc(all, one.Is) {
				return nil, fmt.Errorf("%s was named twice", object)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

func (o *Options) findOne(ctx context.Context, host *member.Host, kind federation.Type, namespace string, object factory.Object) ([]releasing.Object, error) {
	if o.Selector == "" {
		return releasing.Named(ctx, host, kind, namespace, []string{object.Name})
	}
	found, err := releasing.Find(ctx, host, releasing.Which{Namespace: namespace, Types: []federation.Type{kind}, Selector: o.Selector})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s has no %s with the labels %s in the namespace %s", host.Context, kind.Federated.Resource(), o.Selector, namespace)
	}
	return found, err
}
