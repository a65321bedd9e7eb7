// Package diff is the verb "diff".
package diff

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
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
	HostFlag  func() string // the flag that leads to the same host, for hints

	Objects       []factory.Object
	Files         factory.Files
	Selector      string
	AllNamespaces bool
	Clusters      []string
	Between       []string // two members, whose objects are compared with each other
	Against       string   // "template", to compare with that
	Full          bool
	Everything    bool // what servers keep for themselves as well
	Ignore        []string
	IgnoreFrom    string
	Summary       bool
	Output        string
	Color         string

	color bool
}

const long = `Show what KubeFed will change in each member, by comparing what the members
have with what they should have.

What a member should have is worked out as KubeFed does it: template, what it
retains of the live object, overrides. Where KubeFed would write, that very
object is sent to the member's API server as a dry run, so that defaults,
admission and immutable fields come out as they will. Nothing is changed.

Without arguments every federated object of the namespace is compared; with -f,
what applying the files would change in each member. Objects that nobody has
touched since KubeFed's last write, by KubeFed's own record, are not asked about
again, unless with --full.

KUBECTL_EXTERNAL_DIFF may name a program, with arguments, that gets two folders.

Exit code: 0 no differences, 1 some, 2 something could not be compared.`

const example = `  # every federated object of the current namespace, on every member
  kubectl fed diff

  # one object, on two of the members
  kubectl fed diff deploy nginx -n shop --clusters fed-worker01,fed-worker02

  # what applying a file would change, in each member
  kubectl fed diff -f nginx.yaml

  # a matrix of all objects and members
  kubectl fed diff -A --summary

  # two members' objects against each other
  kubectl fed diff deploy nginx --between fed-worker01,fed-worker02

  # what the overrides make different
  kubectl fed diff --against template

  # without what an autoscaler does; for a program
  kubectl fed diff --ignore spec.replicas -o json`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, Streams: f.Streams, HostFlag: f.HostFlag}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "diff [TYPE [NAME...] | TYPE/NAME... | -f FILE]",
		Short:             "Show what KubeFed will change in each member",
		Long:              long,
		Example:           example,
		Annotations:       map[string]string{outcome.Compares: ""},
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
	factory.Complete(cmd, "between", f.CompleteMembers)
	for flag, values := range map[string][]string{"output": outputs[1:], "color": report.Colors, "against": {template}} {
		factory.Complete(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func (o *Options) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.Files.AddFlags(cmd, "with federated objects: show what applying them would change")
	flags.StringVarP(&o.Selector, "selector", "l", "", "Compare the federated objects with these labels only")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "Compare the federated objects of all namespaces")
	flags.StringSliceVar(&o.Clusters, "clusters", nil, "Compare these members only, by name")
	flags.StringSliceVar(&o.Between, "between", nil, "Compare the objects of two members with each other: A,B")
	flags.StringVar(&o.Against, "against", "", `With "template", compare what members should have with what the template alone would give them`)
	flags.BoolVar(&o.Full, "full", false, "Ask members also about what KubeFed's record proves untouched")
	flags.BoolVar(&o.Everything, "show-managed-fields", false, "Show what servers keep for themselves as well: managed fields, generation, resource version")
	flags.StringSliceVar(&o.Ignore, "ignore", nil, "Leave out differences at or below this path: spec.replicas, /metadata/labels/team, containers with [*]")
	flags.StringVar(&o.IgnoreFrom, "ignore-from", "", "A file with paths to leave out, one a line")
	flags.BoolVar(&o.Summary, "summary", false, "Print a matrix of objects and members")
	flags.StringVarP(&o.Output, "output", "o", "", "json, yaml or name")
	flags.StringVar(&o.Color, "color", "auto", "auto, always or never")
}

const template = "template"

// outputs are the values of -o.
var outputs = []string{"", "json", "yaml", "name"}

// Validate refuses what can't be meant.
func (o *Options) Validate() (err error) {
	named := slices.ContainsFunc(o.Objects, func(object factory.Object) bool { return object.Name != "" })
	switch {
	case !slices.Contains(outputs, o.Output):
		return fmt.Errorf("-o is json, yaml or name, and not %q", o.Output)
	case o.Summary && o.Output != "":
		return errors.New("--summary and -o are two forms: give one")
	case o.Against != "" && o.Against != template:
		return fmt.Errorf("--against is %q, and not %q; for two members there is --between A,B", template, o.Against)
	case o.Files.Given() && len(o.Objects) > 0:
		return errors.New("give either files or objects of the host cluster")
	case o.Files.Given() && (o.Selector != "" || o.AllNamespaces):
		return errors.New("-l and -A choose among the objects of the host cluster, and can't go with files")
	case named && o.Selector != "":
		return errors.New("a name can't be given together with a selector")
	case named && o.AllNamespaces:
		return errors.New("an object can't be found by its name across all namespaces")
	}
	if err := o.validateSides(); err != nil {
		return err
	}
	return o.validateForm()
}

// validateSides is about what is compared with what.
func (o *Options) validateSides() error {
	switch {
	case len(o.Between) == 0:
	case len(o.Between) != 2 || o.Between[0] == o.Between[1]:
		return errors.New("--between wants two members: A,B")
	case o.Against != "" || o.Files.Given() || len(o.Clusters) > 0:
		return errors.New("--between compares what two members have, and can't go with --against, -f or --clusters")
	}
	asks := len(o.Between) == 0 && o.Against == ""
	if o.Full && !asks {
		return errors.New("--full is about dry runs, and --between and --against make none")
	}
	return nil
}

// validateForm is about how it is shown.
func (o *Options) validateForm() (err error) {
	if o.color, err = report.UseColor(o.Streams.Out, o.Color); err != nil {
		return err
	}
	_, err = drift.ParseIgnore(o.Ignore)
	return err
}

// softMemory is from where on memory is collected rather than asked for: what members have is read, looked at and let go.
const softMemory = 128 << 20

// Run finds the objects, compares them in every member, and reports.
func (o *Options) Run(ctx context.Context) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softMemory))
	ignore, err := o.ignored()
	if err != nil {
		return err
	}
	s, err := o.subject(ctx)
	if err != nil {
		return err
	}
	if len(s.objects) == 0 {
		// in a script that is a success, and for a person a line
		report.Line(o.Streams.ErrOut, "no federated objects in %s of %s", s.where, s.host.Context)
		if o.Output == "" {
			return nil
		}
	}
	o.warn(s)
	found := o.compare(ctx, s)
	found.Color, found.Now = o.color, time.Now()
	for i := range found.Objects {
		for j, r := range found.Objects[i].Results {
			found.Objects[i].Results[j] = ignore.Apply(r)
		}
	}
	if err := o.print(ctx, found); err != nil {
		return outcome.As(outcome.Trouble, err)
	}
	return end(found)
}

// warn names what a placement names and no member is: KubeFed passes over it in silence.
func (o *Options) warn(s *subject) {
	for _, object := range s.objects {
		for _, name := range object.Placement.Unknown {
			report.Warning(o.Streams.ErrOut, "%s is placed on %s, which is not a member: KubeFed passes over it", object.ID(), name)
		}
	}
}

// end is what the command comes to: what could not be compared outweighs what was found.
func end(found report.Comparison) error {
	if len(found.Errors) > 0 {
		return outcome.As(outcome.Trouble, errors.Join(found.Errors...))
	}
	unknown, differs := report.Tally(found.Objects)
	switch {
	case unknown > 0:
		return outcome.As(outcome.Trouble, fmt.Errorf("%s not known", are(unknown)))
	case differs > 0:
		return outcome.ErrFound
	}
	return nil
}

func are(n int) string {
	if n == 1 {
		return "1 of the results is"
	}
	return fmt.Sprintf("%d of the results are", n)
}
