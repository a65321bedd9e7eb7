package corpus

import "fmt"

// hashes has a federated object whose template and overrides are hashed.
func (g *generator) hashes() Case {
	name := pick(g, rendered...)
	return Case{Federated: encode(g.federated(name, g.template(name)))}
}

// needs has a desired object, a live one, and the version that was recorded.
func (g *generator) needs() Case {
	return Case{
		Federated: encode(g.versioned()), Live: encode(g.versioned()),
		Recorded: pick(g, "", "gen:1", "gen:1", "gen:2", "rv:1", "rv:1", "rv:2", "rv:", "gen:0"),
	}
}

func (g *generator) versioned() object {
	meta := object{"name": pick(g, "web", "web", "web", "other")}
	put(meta, "namespace", pick[any](g, "shop", "shop", "shop", "other", absent{}))
	put(meta, "generation", pick[any](g, 1, 1, 1, 2, 0, absent{}))
	put(meta, "resourceVersion", pick[any](g, "1", "1", "2", "", absent{}))
	put(meta, "labels", pick[any](g, absent{}, object{"a": "b"}, object{"a": "b"}, object{}, object{"a": "c"}))
	put(meta, "annotations", pick[any](g, absent{}, absent{}, object{"a": "b"}, object{}, object{"a": ""}))
	o := object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta}
	put(o, "spec", pick[any](g, absent{}, object{"replicas": 1}, object{"replicas": 2}))
	return o
}

// recorded has a federated object with its PropagatedVersion.
func (g *generator) recorded() Case {
	name := pick(g, rendered...)
	c := Case{Type: name, Cluster: g.target(), Federated: served(g.federated(name, g.template(name)))}
	if g.once(6) {
		return c
	}
	c.Versions = &Versions{StaleTemplate: g.once(5), StaleOverrides: g.once(5), Clusters: map[string]string{}}
	for _, cluster := range []string{"c1", "c2", "c3"} {
		if !g.once(3) {
			c.Versions.Clusters[cluster] = fmt.Sprintf("%s:%d", pick(g, "gen", "rv"), g.IntN(4))
		}
	}
	return c
}
