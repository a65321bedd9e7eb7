package member

import (
	"context"
	"net/url"
	"slices"

	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
)

// fromHere turns a configuration for KubeFed's controllers into one for this machine. They reach a kind cluster
// by its node's name, which means nothing here: the node is dialled at an address or published port then, and
// has to prove that name all the same. Where no such node is found the configuration stays as it is, and the
// first request says what is wrong.
func (h *Host) fromHere(ctx context.Context, config *rest.Config) {
	parsed, err := url.Parse(config.Host)
	if err != nil || h.Kinds == nil {
		return
	}
	kinds, err := h.Kinds(ctx)
	if err != nil {
		return
	}
	node := parsed.Hostname()
	i := slices.IndexFunc(kinds, func(k kindnode.Cluster) bool {
		return slices.ContainsFunc(k.Nodes, func(n kindnode.Node) bool { return n.Name == node })
	})
	if i < 0 {
		return
	}
	for _, u := range append(kinds[i].AddressURLs(), kinds[i].PublishedURLs()...) {
		if kindnode.ProveAs(ctx, u, node, config.CAData) == nil {
			config.Host, config.ServerName = u, node
			return
		}
	}
}
