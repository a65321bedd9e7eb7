package kindnode

import (
	"context"
	"slices"
	"strings"
)

// Find returns the kind clusters of this machine's container runtime, sorted by
// name, with stopped ones among them. It is a *RuntimeError when the runtime is
// not installed or doesn't answer.
func Find(ctx context.Context) ([]Cluster, error) {
	runtime, err := detect(ctx)
	if err != nil {
		return nil, err
	}
	names, err := runtime.nodes(ctx)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	out, err := runtime.inspect(ctx, names)
	if err != nil {
		// A node that was deleted since it was listed spoils the whole answer, so
		// look again, once.
		if names, err = runtime.nodes(ctx); err != nil || len(names) == 0 {
			return nil, err
		}
		if out, err = runtime.inspect(ctx, names); err != nil {
			return nil, err
		}
	}
	nodes, err := parse(out)
	if err != nil {
		return nil, runtime.failed(err)
	}
	for i := range nodes {
		nodes[i].Runtime = runtime.binary
	}
	return group(nodes), nil
}

// group sorts nodes into their clusters.
func group(nodes []Node) []Cluster {
	var clusters []Cluster
	slices.SortFunc(nodes, func(a, b Node) int {
		if order := strings.Compare(a.Cluster, b.Cluster); order != 0 {
			return order
		}
		return strings.Compare(a.Name, b.Name)
	})
	for _, node := range nodes {
		last := len(clusters) - 1
		if last < 0 || clusters[last].Name != node.Cluster {
			clusters = append(clusters, Cluster{Name: node.Cluster})
			last++
		}
		clusters[last].Nodes = append(clusters[last].Nodes, node)
	}
	return clusters
}
