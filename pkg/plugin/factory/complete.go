package factory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/restmapper"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// completeTimeout bounds a completion: someone is waiting with a finger on the key.
const completeTimeout = 2 * time.Second

// CompleteKinds completes names of kind clusters that are not on the line yet.
func (f *Factory) CompleteKinds(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	clusters, err := f.Kinds(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, c := range clusters {
		if !slices.Contains(args, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// CompleteMembers completes names of joined clusters.
func (f *Factory) CompleteMembers(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	host, err := f.Host(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	members, err := host.Members(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return Names(members), cobra.ShellCompDirectiveNoFileComp
}

// Complete completes the values of a flag that the command has.
func Complete(cmd *cobra.Command, flag string, values cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, values); err != nil {
		panic(err) // the caller has added no such flag
	}
}

// CompleteFederated completes TYPE and then the names of its federated objects in the namespace.
func (f *Factory) CompleteFederated(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	host, err := f.Host(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	types, err := host.Types(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	kind, prefix, slashed := strings.Cut(word, "/")
	switch {
	case slashed:
		return f.completeNames(ctx, host, types, kind, nil, kind+"/", prefix), cobra.ShellCompDirectiveNoFileComp
	case len(args) == 0:
		return typeNames(types), cobra.ShellCompDirectiveNoFileComp
	}
	return f.completeNames(ctx, host, types, args[0], args[1:], "", word), cobra.ShellCompDirectiveNoFileComp
}

func typeNames(types []federation.Type) []string {
	var names []string
	for _, t := range types {
		names = append(names, t.Name)
	}
	return names
}

// completeNames are the names of a type's federated objects that are not on the line yet.
func (f *Factory) completeNames(ctx context.Context, host *member.Host, types []federation.Type, kind string, typed []string, before, prefix string) []string {
	namespace, err := f.Namespace()
	if err != nil {
		return nil
	}
	t, err := host.FindType(types, kind)
	if err != nil {
		return nil
	}
	objects, err := host.List(ctx, t.Federated, namespace)
	if err != nil {
		return nil
	}
	var names []string
	for _, object := range objects {
		if name := object.GetName(); strings.HasPrefix(name, prefix) && !slices.Contains(typed, name) {
			names = append(names, before+name)
		}
	}
	return names
}

// CompleteServed completes TYPE, as the host serves it, and then the names of the members' objects.
func (f *Factory) CompleteServed(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	kind, _, slashed := strings.Cut(word, "/")
	switch {
	case slashed:
		return f.memberNames(ctx, kind, kind+"/"), cobra.ShellCompDirectiveNoFileComp
	case len(args) == 0:
		return f.servedTypes(word), cobra.ShellCompDirectiveNoFileComp
	case strings.Contains(args[0], "/"):
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := f.memberNames(ctx, args[0], "")
	return slices.DeleteFunc(names, func(n string) bool { return slices.Contains(args[1:], n) }), cobra.ShellCompDirectiveNoFileComp
}

// servedTypes are the types of the host's server; those after a comma are completed too.
func (f *Factory) servedTypes(word string) []string {
	client, err := f.flags.ToDiscoveryClient()
	if err != nil {
		return nil
	}
	lists, _ := client.ServerPreferredResources() // what is there of it, where a part can't be read
	before := word[:strings.LastIndex(word, ",")+1]
	var types []string
	for _, list := range lists {
		group, _ := schema.ParseGroupVersion(list.GroupVersion)
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") {
				types = append(types, before+schema.GroupResource{Group: group.Group, Resource: r.Name}.String())
			}
		}
	}
	slices.Sort(types)
	return types
}

// memberNames are the names of a type's objects on any member that answers in time.
func (f *Factory) memberNames(ctx context.Context, kind, before string) []string {
	host, err := f.Host(ctx)
	if err != nil {
		return nil
	}
	members, err := host.Members(ctx)
	if err != nil {
		return nil
	}
	namespace, err := f.Namespace()
	if err != nil {
		return nil
	}
	api, err := host.Served(kind)
	if err != nil {
		return nil
	}
	outcomes := member.Each(ctx, members, completeTimeout, func(ctx context.Context, m member.Member) (*metav1.Table, error) {
		client, err := host.Dial(ctx, m)
		if err != nil {
			return nil, err
		}
		return client.Table(ctx, member.Query{API: api, Namespace: namespace})
	})
	var names []string
	for _, out := range outcomes {
		if out.Err != nil {
			continue
		}
		for _, row := range out.Value.Rows {
			if object, ok := row.Object.Object.(*unstructured.Unstructured); ok {
				names = append(names, before+object.GetName())
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Category are the types that the host's server puts into a category, such as "all".
func (f *Factory) Category(name string) ([]string, bool) {
	client, err := f.flags.ToDiscoveryClient()
	if err != nil {
		return nil, false
	}
	resources, is := restmapper.NewDiscoveryCategoryExpander(client).Expand(name)
	var types []string
	for _, r := range resources {
		types = append(types, r.String())
	}
	return types, is && len(types) > 0
}
