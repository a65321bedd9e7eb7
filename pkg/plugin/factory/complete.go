package factory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

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

// CompletePlain completes TYPE and then the names of plain objects of the host in the namespace.
func (f *Factory) CompletePlain(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
	defer cancel()
	host, err := f.Host(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	kind, prefix, slashed := strings.Cut(word, "/")
	switch {
	case slashed:
		return f.plainNames(ctx, host, kind, nil, kind+"/", prefix), cobra.ShellCompDirectiveNoFileComp
	case len(args) == 0:
		types, err := host.Types(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return typeNames(types), cobra.ShellCompDirectiveNoFileComp
	}
	return f.plainNames(ctx, host, args[0], args[1:], "", word), cobra.ShellCompDirectiveNoFileComp
}

// plainNames are the names of a type's objects that are not on the line yet.
func (f *Factory) plainNames(ctx context.Context, host *member.Host, kind string, typed []string, before, prefix string) []string {
	namespace, err := f.Namespace()
	if err != nil {
		return nil
	}
	api, err := host.Resource(kind)
	if err != nil {
		return nil
	}
	objects, err := host.List(ctx, api, namespace)
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

// CompleteTypes completes names of types that are not on the line yet, of those that list knows.
func (f *Factory) CompleteTypes(list func(context.Context, *member.Host) ([]string, error)) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), completeTimeout)
		defer cancel()
		host, err := f.Host(ctx)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names, err := list(ctx, host)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
	}
}
