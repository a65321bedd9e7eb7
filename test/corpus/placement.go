package corpus

// placement has an object, its namespace, and the clusters to choose from.
func (g *generator) placement() Case {
	c := Case{Type: pick(g, "deployments.apps", "deployments.apps", "clusterroles.rbac.authorization.k8s.io")}
	c.Clusters, c.Limited = g.members(), g.once(3)
	c.Federated = encode(g.placed("FederatedDeployment", g.federatedMeta("deployments.apps")))
	if !g.once(4) {
		c.FederatedNamespace = encode(g.placed("FederatedNamespace", g.federatedMeta("namespaces")))
	}
	return c
}

func (g *generator) placed(kind string, meta object) object {
	o := object{"apiVersion": "types.kubefed.io/v1beta1", "kind": kind, "metadata": meta}
	if g.once(30) {
		put(o, "spec", pick[any](g, nil, absent{}, "x", []any{}))
		return o
	}
	spec := object{}
	put(spec, "placement", g.placementSpec())
	o["spec"] = spec
	return o
}

// placementSpec draws each of list and selector by itself: what counts is which
// of the two is there, and as what.
func (g *generator) placementSpec() any {
	if g.once(12) {
		return pick[any](g, absent{}, nil, object{}, []any{}, "c1", object{"clusterNames": []any{"c1"}})
	}
	p := object{}
	put(p, pick(g, "clusters", "clusters", "clusters", "Clusters"), g.clusterList())
	put(p, "clusterSelector", g.selector())
	return p
}

func (g *generator) clusterList() any {
	if g.once(3) {
		return pick[any](g, absent{}, absent{}, absent{}, nil, []any{}, "c1", object{}, []any{"c1"}, []any{nil}, []any{object{}})
	}
	list := []any{}
	for range g.IntN(5) {
		entry := object{}
		put(entry, "name", g.clusterName())
		list = append(list, entry)
	}
	return list
}

func (g *generator) selector() any {
	if g.once(3) {
		return pick[any](g, absent{}, absent{}, nil, object{}, "x", object{"env": "prod"})
	}
	s := object{}
	put(s, "matchLabels", pick[any](g,
		absent{}, absent{}, nil, object{}, object{"env": "prod"}, object{"env": "dev"}, object{"env": ""},
		object{"tier": "1", "env": "prod"}, object{"no such key!": "x"}, object{"env": "no such value!"}, object{"env": 5}, object{"env": nil}))
	if g.once(2) {
		s["matchExpressions"] = g.expressions()
	}
	return s
}

func (g *generator) expressions() any {
	if g.once(10) {
		return pick[any](g, nil, "x", []any{nil}, []any{"x"})
	}
	list := []any{}
	for range g.IntN(3) {
		e := object{}
		put(e, "key", pick[any](g, "env", "env", "tier", "", "no such key!", absent{}))
		put(e, "operator", pick[any](g, "In", "NotIn", "Exists", "DoesNotExist", "Wrong", "in", "", absent{}))
		put(e, "values", pick[any](g, absent{}, nil, []any{}, []any{"prod"}, []any{"prod", "dev"}, []any{""}, []any{5}, "prod"))
		list = append(list, e)
	}
	return list
}
