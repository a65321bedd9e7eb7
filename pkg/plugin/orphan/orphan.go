// Package orphan is the verb "orphan".
package orphan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
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
	Streams   genericiooptions.IOStreams

	Do            string // enable, disable or status
	Objects       []factory.Object
	Selector      string
	AllNamespaces bool
	DryRun        string
	Output        string
}

const long = `Say what becomes of the members' objects when a federated object is deleted:
KubeFed deletes them too, unless orphaning is enabled for it; then they stay,
and are not managed any more.

Without a TYPE all federated objects of the namespace are meant, with -A those
of all namespaces.`

const example = `  # what would be lost if the namespace shop were not federated any more
  kubectl fed orphan status -n shop

  # nothing of it
  kubectl fed orphan enable -n shop

  # by labels of the federated objects, of two types
  kubectl fed orphan enable deploy,svc -l app=web

  # back to the default
  kubectl fed orphan disable deploy nginx`

// verbs are what can be done, with one line for each.
var verbs = []struct{ name, short string }{
	{"enable", "Let members keep their objects when federated objects are deleted"},
	{"disable", "Have KubeFed delete the members' objects with federated objects"},
	{"status", "List for which federated objects orphaning is enabled"},
}

// NewCmd makes the command. Tests give a run of their own.
func NewCmd(f *factory.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = func(ctx context.Context, o *Options) error { return o.Run(ctx) }
	}
	cmd := &cobra.Command{
		Use:     "orphan (enable | disable | status)",
		Aliases: []string{"orphaning", "orphaning-deletion"},
		Short:   "Say whether members keep their objects when federated ones are deleted",
		Long:    long,
		Example: example,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, verb := range verbs {
		cmd.AddCommand(newVerb(f, verb.name, verb.short, run))
	}
	return cmd
}

func newVerb(f *factory.Factory, verb, short string, run func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Host: f.Host, Namespace: f.Namespace, Streams: f.Streams, Do: verb, DryRun: "none"}
	cmd := &cobra.Command{
		Use:               verb + " [TYPE [NAME...] | TYPE/NAME... | TYPE,TYPE -l SELECTOR]",
		Short:             short,
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
	flags.StringVarP(&o.Selector, "selector", "l", "", "Those with these labels (key=value,...)")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", false, "Those of all namespaces")
	if verb == "status" {
		flags.StringVarP(&o.Output, "output", "o", "", "json, yaml or name")
		factory.Complete(cmd, "output", cobra.FixedCompletions([]string{"json", "yaml", "name"}, cobra.ShellCompDirectiveNoFileComp))
		return cmd
	}
	flags.StringVar(&o.DryRun, "dry-run", "none", "client or server: write nothing and say what would be done")
	flags.Lookup("dry-run").NoOptDefVal = "client"
	factory.Complete(cmd, "dry-run", cobra.FixedCompletions([]string{"client", "server", "none"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// Validate checks what can be told from the call alone.
func (o *Options) Validate() error {
	named := len(o.Objects) > 0 && o.Objects[0].Name != ""
	switch {
	case named && o.Selector != "":
		return errors.New("-l selects objects: give it no names")
	case named && o.AllNamespaces:
		return errors.New("an object by name is in one namespace: -n says which")
	case !slices.Contains([]string{"none", "client", "server"}, o.DryRun):
		return fmt.Errorf("--dry-run %s: it is client, server or none", o.DryRun)
	case !slices.Contains([]string{"", "json", "yaml", "name"}, o.Output):
		return fmt.Errorf("--output %s: it is json, yaml or name", o.Output)
	}
	return nil
}

// Run finds the objects, and lists or writes them.
func (o *Options) Run(ctx context.Context) error {
	host, err := o.Host(ctx)
	if err != nil {
		return err
	}
	objects, err := o.find(ctx, host)
	if err != nil {
		return err
	}
	if o.Do == "status" {
		return o.print(objects)
	}
	report.Line(o.Streams.Out, "host: %s", host.Context)
	if len(objects) == 0 {
		report.Line(o.Streams.Out, "no federated objects")
		return nil
	}
	return o.write(ctx, host, objects)
}

// find reads the objects that are meant.
func (o *Options) find(ctx context.Context, host *member.Host) ([]releasing.Object, error) {
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	namespace, err := o.Namespace()
	if err != nil {
		return nil, err
	}
	if len(o.Objects) > 0 && o.Objects[0].Name != "" {
		return o.named(ctx, host, types, namespace)
	}
	if o.AllNamespaces {
		namespace = ""
	}
	if len(o.Objects) > 0 {
		if types, err = meant(host, types, o.Objects[0].Type); err != nil {
			return nil, err
		}
	}
	return releasing.Find(ctx, host, releasing.Which{Namespace: namespace, Types: types, Selector: o.Selector})
}

func (o *Options) named(ctx context.Context, host *member.Host, types []federation.Type, namespace string) ([]releasing.Object, error) {
	var all []releasing.Object
	for _, object := range o.Objects {
		kind, err := host.FindType(types, object.Type)
		if err != nil {
			return nil, err
		}
		found, err := releasing.Named(ctx, host, kind, namespace, []string{object.Name})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// meant are the types of a list with commas.
func meant(host *member.Host, types []federation.Type, words string) ([]federation.Type, error) {
	var all []federation.Type
	for word := range strings.SplitSeq(words, ",") {
		kind, err := host.FindType(types, word)
		if err != nil {
			return nil, err
		}
		all = append(all, kind)
	}
	return all, nil
}

// write switches orphaning, and says so for each object.
func (o *Options) write(ctx context.Context, host *member.Host, objects []releasing.Object) error {
	kind := map[string]string{"client": " (dry run)", "server": " (server dry run)"}[o.DryRun]
	say := func(one releasing.Object, changed bool) {
		what := "orphaning " + o.Do + "d"
		if !changed {
			what += " already"
		}
		report.Done(o.Streams.Out, one.Object, what+kind)
	}
	on := o.Do == "enable"
	switch o.DryRun {
	case "client":
		for _, one := range objects {
			say(one, federation.IsOrphaning(one.Object) != on)
		}
		return nil
	case "server":
		return releasing.OrphanAll(ctx, host, objects, on, []string{"All"}, say)
	}
	return releasing.OrphanAll(ctx, host, objects, on, nil, say)
}

func (o *Options) print(objects []releasing.Object) error {
	var rows []report.Orphaning
	var plain []*unstructured.Unstructured
	for _, one := range objects {
		plain = append(plain, one.Object)
		rows = append(rows, report.Orphaning{
			Resource: one.Type.Federated.Resource().String(), Namespace: one.Object.GetNamespace(), Name: one.Object.GetName(),
			Enabled: federation.IsOrphaning(one.Object), Deleting: one.Object.GetDeletionTimestamp() != nil,
		})
	}
	switch o.Output {
	case "":
		return report.OrphaningTable(o.Streams.Out, rows, o.AllNamespaces)
	case "name":
		report.Names(o.Streams.Out, plain)
		return nil
	}
	return report.OrphaningDocument(o.Streams.Out, rows, o.Output)
}
