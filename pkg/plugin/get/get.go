// Package get is the verb "get".
package get

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
)

// Options are what the verb depends on, and what its arguments and flags set.
type Options struct {
	Host      func(context.Context) (*member.Host, error)
	Namespace func() (string, error)
	Expand    func(category string) ([]string, bool) // the types of a category such as "all"
	HostFlag  func() string
	Streams   genericiooptions.IOStreams
	Timeout   *time.Duration // of one cluster

	Objects       []factory.Object
	Clusters      []string
	AllNamespaces bool
	Labels        string
	Fields        string
	SortBy        string
	Columns       []string // labels with a column each
	ShowLabels    bool
	ShowKind      bool
	NoHeaders     bool
	Missing       bool // objects that are nowhere are no error
	Watch         bool
	Events        bool
	Chunk         int64
	Secrets       bool
	Print         *genericclioptions.PrintFlags
}

const long = `Print objects of all members in one table, as the members' own servers print
them: the columns are those of kubectl get, with the member's name before each
row and, in MANAGED, whether KubeFed manages the object (by its label; "never"
is an object that KubeFed was told to leave alone).

A member that can't be asked costs its own rows only: the others are printed,
and the exit code is 3. An object that only some members have is no error.

-o yaml and json print one List of the objects of all members; the annotation
kubectl-fed.io/cluster of each says where it is. Values of Secrets are shown
as *** without --show-secrets.`

const example = `  # the Deployments of a namespace on all members
  kubectl fed get deploy -n shop

  # several types, or several objects
  kubectl fed get deploy,svc
  kubectl fed get deploy/nginx svc/front

  # pods that KubeFed's objects made, oldest first, with every change
  kubectl fed get pods -l app=nginx --sort-by .metadata.creationTimestamp
  kubectl fed get pods -w

  # which image runs where
  kubectl fed get deploy nginx \
    -o custom-columns='IMAGE:.spec.template.spec.containers[*].image'

  # the members that have it
  kubectl fed get deploy nginx \
    -o jsonpath='{.items[*].metadata.annotations.kubectl-fed\.io/cluster}'`

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{
		Host: f.Host, Namespace: f.Namespace, Expand: f.Category, HostFlag: f.HostFlag, Streams: f.Streams,
		Timeout: &f.ClusterTimeout, Print: genericclioptions.NewPrintFlags(""),
	}
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:               "get (TYPE[,TYPE...] [NAME...] | TYPE/NAME...)",
		Short:             "List objects of all members in one table",
		Long:              long,
		Example:           example,
		ValidArgsFunction: f.CompleteServed,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Objects, err = parse(args); err != nil {
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
	o.Print.AddFlags(cmd)
	flags.Lookup("output").Usage = "wide, name, custom-columns=..., custom-columns-file=..., or one of " + strings.Join(formats(o.Print), ", ")
	flags.StringSliceVar(&o.Clusters, "clusters", nil, "Ask these members only, by name")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "List the objects of all namespaces")
	flags.StringVarP(&o.Labels, "selector", "l", "", "Label selector: key=value, key!=value, key in (a,b)")
	flags.StringVar(&o.Fields, "field-selector", "", "Field selector, as the servers know it: status.phase=Running")
	flags.StringVar(&o.SortBy, "sort-by", "", "Sort the rows of all members by this JSONPath, such as .metadata.name")
	flags.StringSliceVarP(&o.Columns, "label-columns", "L", nil, "Labels that get a column each")
	flags.BoolVar(&o.ShowLabels, "show-labels", false, "Print all labels in the last column")
	flags.BoolVar(&o.ShowKind, "show-kind", false, "Print the type before each name")
	flags.BoolVar(&o.NoHeaders, "no-headers", false, "Print no headers")
	flags.BoolVar(&o.Missing, "ignore-not-found", false, "An object that no member has is no error")
	flags.BoolVarP(&o.Watch, "watch", "w", false, "Go on, and print each object that changes")
	flags.BoolVar(&o.Events, "output-watch-events", false, "With --watch, print what happened before each row")
	flags.Int64Var(&o.Chunk, "chunk-size", 500, "How many objects are asked for at once; 0 for all")
	flags.BoolVar(&o.Secrets, "show-secrets", false, "Print the values of Secrets")
	factory.Complete(cmd, "clusters", f.CompleteMembers)
	factory.Complete(cmd, "output", cobra.FixedCompletions(append([]string{"wide", "custom-columns=", "custom-columns-file="}, formats(o.Print)...), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
}

// formats are those of kubectl's printers that make sense here.
func formats(p *genericclioptions.PrintFlags) []string {
	return slices.DeleteFunc(p.AllowedFormats(), func(f string) bool { return f == "kyaml" })
}

// parse reads what kubectl reads: TYPE[,TYPE...] [NAME...], or TYPE/NAME...
func parse(args []string) ([]factory.Object, error) {
	if len(args) == 0 {
		return nil, hint.Add(errors.New("which type shall be listed?"), "kubectl fed get deployments")
	}
	if strings.Contains(args[0], "/") {
		return factory.ParseObjects(args)
	}
	var objects []factory.Object
	for kind := range strings.SplitSeq(args[0], ",") {
		if kind == "" {
			return nil, fmt.Errorf("%q names no type between two commas", args[0])
		}
		some, err := factory.ParseObjects(append([]string{kind}, args[1:]...))
		if err != nil {
			return nil, err
		}
		objects = append(objects, some...)
	}
	return objects, nil
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	named := slices.ContainsFunc(o.Objects, func(object factory.Object) bool { return object.Name != "" })
	switch {
	case named && (o.Labels != "" || o.Fields != ""):
		return errors.New("a selector chooses among all objects, and some were named")
	case named && o.AllNamespaces:
		return errors.New("-A is about all namespaces, and an object that is named lies in one: -n says in which")
	case o.Watch && o.isObjects():
		return errors.New("--watch prints tables: leave out -o, or give -o wide")
	case o.Watch && o.SortBy != "":
		return errors.New("--watch prints what changes when it changes, and --sort-by would have to wait for the end")
	case o.Events && !o.Watch:
		return errors.New("--output-watch-events goes with --watch")
	case o.Chunk < 0:
		return errors.New("--chunk-size is 0 or more")
	}
	return o.validateOutput()
}

func (o *Options) validateOutput() error {
	if o.SortBy != "" {
		if _, err := newPath(o.SortBy); err != nil {
			return fmt.Errorf("--sort-by: %w", err)
		}
	}
	switch kind, _, _ := strings.Cut(*o.Print.OutputFormat, "="); {
	case !o.isObjects():
		return nil
	case kind == customColumns || kind == customColumnsFile:
		_, err := o.columns()
		return err
	}
	_, err := o.Print.ToPrinter()
	return err
}

// isObjects tells whether the output is made of whole objects, and not of the servers' tables.
func (o *Options) isObjects() bool {
	return *o.Print.OutputFormat != "" && *o.Print.OutputFormat != "wide"
}

// Run asks every member for all types, and prints what came.
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
		return hint.Add(fmt.Errorf("%s has no members to ask", host.Context), "kubectl fed join CLUSTER --context %s", host.Context)
	}
	wanted, err := o.wanted(host)
	if err != nil {
		return err
	}
	if o.Watch {
		return o.watch(ctx, host, members, wanted)
	}
	outcomes := member.Each(ctx, members, *o.Timeout, func(ctx context.Context, m member.Member) ([]answer, error) {
		return o.ask(ctx, host, m, wanted)
	})
	if err := o.print(wanted, outcomes); err != nil {
		return err
	}
	return o.verdict(wanted, outcomes)
}
