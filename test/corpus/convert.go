package corpus

// convert has a plain object to be federated.
func (g *generator) convert() Case {
	typ := pick(g, rendered...)
	target := Config(typ).Spec.TargetType
	meta := object{"name": pick(g, "web", "shop"), "uid": "u", "resourceVersion": "5", "creationTimestamp": "2020-01-01T00:00:00Z"}
	if target.Scope == namespaced {
		meta["namespace"] = "shop"
	}
	put(meta, "generation", pick[any](g, absent{}, 3))
	put(meta, "labels", g.served())
	put(meta, "annotations", g.served())
	put(meta, "finalizers", pick[any](g, absent{}, []any{"f"}))
	put(meta, "ownerReferences", pick[any](g, absent{}, []any{object{"name": "o"}}))
	put(meta, "managedFields", pick[any](g, absent{}, []any{object{"manager": "m"}}))
	o := object{"apiVersion": apiVersion(target.Group, target.Version), "kind": target.Kind, "metadata": meta}
	g.plain(typ, o)
	put(o, "status", pick[any](g, absent{}, object{}, object{"replicas": 2}))
	return Case{Type: typ, Live: encode(o)}
}

func apiVersion(group, version string) string {
	if group == "" {
		return version
	}
	return group + "/" + version
}

// plain draws the body of an object that an API server would take.
func (g *generator) plain(typ string, o object) {
	switch typ {
	case "services":
		s := object{"type": pick(g, "ClusterIP", "NodePort")}
		put(s, "clusterIP", pick[any](g, absent{}, "10.0.0.1", "None"))
		put(s, "clusterIPs", pick[any](g, absent{}, []any{"10.0.0.1"}))
		put(s, "healthCheckNodePort", pick[any](g, absent{}, absent{}, 30123))
		put(s, "ipFamilies", pick[any](g, absent{}, absent{}, []any{"IPv4"}))
		put(s, "ports", pick[any](g, absent{}, []any{object{"port": 80, "nodePort": 30000}, object{"port": 81}}))
		o["spec"] = s
	case "serviceaccounts":
		put(o, "secrets", pick[any](g, absent{}, []any{object{"name": "a"}}))
		put(o, "imagePullSecrets", pick[any](g, absent{}, []any{object{"name": "p"}}))
	case "namespaces":
		put(o, "spec", pick[any](g, absent{}, object{"finalizers": []any{"kubernetes"}}, object{"other": "x", "finalizers": []any{"kubernetes"}}))
	case "deployments.apps":
		o["spec"] = object{"replicas": g.IntN(5), "template": object{
			"metadata": object{"annotations": object{"x": "y"}, "creationTimestamp": pick[any](g, nil, "2020-01-01T00:00:00Z")},
			"spec":     object{"extra": g.value(2)}}}
	default:
		put(o, "data", pick[any](g, absent{}, object{"a": "b"}, object{"a": "<&>"}))
		put(o, "rules", pick[any](g, absent{}, []any{}))
	}
}
