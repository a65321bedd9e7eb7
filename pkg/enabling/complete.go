package enabling

import (
	"context"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Enableable are the names of the types that the host serves, that can be federated and are not, for completion.
func Enableable(ctx context.Context, host *member.Host) ([]string, error) {
	catalog, err := Discover(ctx, host.Config)
	if err != nil {
		return nil, err
	}
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	enabled := map[string]bool{}
	for _, t := range types {
		enabled[t.Name] = true
	}
	var names []string
	for _, r := range catalog.Resources {
		if name := r.Resource().String(); r.Preferred && !enabled[name] && catalog.federatable(r, types) == nil {
			names = append(names, name)
		}
	}
	return names, nil
}

// Enabled are the names of the types that are, for completion.
func Enabled(ctx context.Context, host *member.Host) ([]string, error) {
	types, err := host.Types(ctx)
	var names []string
	for _, t := range types {
		names = append(names, t.Name)
	}
	return names, err
}
