// Package status is the verb "status".
package status

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Streams   genericiooptions.IOStreams
	HostFlag  func() string               // the flag that leads to the same host, for hints
	Again     func(more ...string) string // the command that was typed, for hints

	Objects       []factory.Object
	Selector      string
	AllNamespaces bool
	Clusters      []string
	Watch         bool
	Wait          string
	Timeout       time.Duration
	Output        string
	Color         string

	color bool
}

const long = `Show what became of federated objects: the health of the control plane, the
members, and a matrix of objects by members, the worst first. A cell has a sign,
which the last line explains, and how many replicas are ready and wanted.

With names, the way of each object is shown link by link: its type, its
namespace, its placement, the members, the overrides, what was propagated, what
runs. The first link that is broken is named with its cause, as KubeFed's events
and the member itself tell it, and with a command that mends it. What KubeFed
would write is sent to the members as dry runs for that; nothing is changed.

--wait=propagated waits until every member has what it should have,
--wait=ready until that runs as well. When --timeout ends before, the exit code
is 124.

Exit code: 0 all members were asked, 3 some were not, 1 the call failed.`

const example = `  # everything in the current namespace
  kubectl fed status

  # all namespaces, two of the members
  kubectl fed status -A --clusters fed-worker01,fed-worker02

  # why one Deployment does not run everywhere
  kubectl fed status deploy nginx -n shop

  # in a script, after a change
  kubectl fed status deploy nginx --wait=ready --timeout=5m

  # the objects that are not in sync everywhere
  kubectl fed status -A -o json |
    jq -r '.objects[] | select(.faults) | .id'

  # the matrix, and then each row that changes
  kubectl fed status --watch`

// The values of --wait.
const (
	propagated = "propagated"
	ready      = "ready"
)

// outputs are the values of -o.
var outputs = []string{"", "wide", "json", "yaml", "name"}

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, Streams: f.Streams, HostFlag: f.HostFlag, Again: f.Again}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "status [TYPE [NAME...] | TYPE/NAME...]",
		Short:             "Show what became of federated objects, and where they got stuck",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteFederated,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Objects, err = factory.ParseObjects(args); err == nil {
				err = o.Validate()
			}
			if err != nil {
				return outcome.As(outcome.Usage, err)
			}
			return run(cmd.Context(), o)
		},
	}
	o.addFlags(cmd)
	factory.Complete(cmd, "clusters", f.CompleteMembers)
	for flag, values := range map[string][]string{"output": outputs[1:], "color": report.Colors, "wait": {propagated, ready}} {
		factory.Complete(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func (o *Options) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&o.Selector, "selector", "l", "", "Show the federated objects with these labels only")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "Show the federated objects of all namespaces")
	flags.StringSliceVar(&o.Clusters, "clusters", nil, "Look at these members only, by name")
	flags.BoolVarP(&o.Watch, "watch", "w", false, "Go on, and print what changes")
	flags.StringVar(&o.Wait, "wait", "", "Wait until all objects are propagated, or ready as well")
	flags.DurationVar(&o.Timeout, "timeout", 2*time.Minute, "How long --wait waits at most; 0 for ever")
	flags.StringVarP(&o.Output, "output", "o", "", "wide, json, yaml or name")
	flags.StringVar(&o.Color, "color", "auto", "auto, always or never")
}

// Validate refuses what can't be meant.
func (o *Options) Validate() (err error) {
	switch {
	case !slices.Contains(outputs, o.Output):
		return fmt.Errorf("-o is wide, json, yaml or name, and not %q", o.Output)
	case o.Wait != "" && o.Wait != propagated && o.Wait != ready:
		return fmt.Errorf("--wait is %s or %s, and not %q", propagated, ready, o.Wait)
	case o.Wait != "" && o.Watch:
		return errors.New("--watch goes on for ever, and --wait ends: give one")
	case o.Watch && o.Output != "" && o.Output != "wide":
		return fmt.Errorf("--watch prints what changes, and can't do so as %s", o.Output)
	case o.Timeout < 0:
		return errors.New("--timeout can't be negative")
	case o.named() && o.Selector != "":
		return errors.New("a name can't be given together with a selector")
	case o.named() && o.AllNamespaces:
		return errors.New("an object can't be found by its name across all namespaces")
	}
	o.color, err = report.UseColor(o.Streams.Out, o.Color)
	return err
}

// named tells whether objects are named, whose chains are then shown.
func (o *Options) named() bool {
	return slices.ContainsFunc(o.Objects, func(object factory.Object) bool { return object.Name != "" })
}

// Run looks, waits if that was asked for, and reports.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	found, late, err := o.wait(ctx, host)
	if err != nil {
		return err
	}
	if err := o.print(found); err != nil {
		return err
	}
	switch {
	case late:
		return o.timedOut(found)
	case o.Watch:
		return o.watch(ctx, host, found)
	}
	return outcome.OfMany(len(found.status.Members), found.errors)
}

// timedOut names the first object that was waited for in vain.
func (o *Options) timedOut(found *findings) error {
	err := fmt.Errorf("not %s after %s", o.Wait, o.Timeout)
	for _, object := range found.status.Objects {
		if !o.reached(object) {
			err = fmt.Errorf("%s is not %s after %s", object.ID, o.Wait, o.Timeout)
			if broken := object.Broken(); broken != nil && broken.Command != "" {
				err = hint.Add(err, "%s", broken.Command)
			}
			break
		}
	}
	return outcome.As(outcome.Timeout, err)
}
