package factory

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/restmapper"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

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
	api, err := host.Resource(kind)
	if err != nil {
		return nil
	}
	outcomes := member.Each(ctx, members, completeTimeout, func(ctx context.Context, m member.Member) (*metav1.Table, error) {
		client, err := host.Dial(ctx, m)
		if err != nil {
			return nil, err
		}
		return client.Table(ctx, member.ObjectQuery{API: api, Namespace: namespace})
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
