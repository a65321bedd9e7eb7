package factory

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"
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
