package corpus

import "fmt"

// rendered are the types whose rendering differs from one another.
var rendered = []string{
	"deployments.apps", "deployments.apps", "services", "services", "serviceaccounts",
	"configmaps", "namespaces", "clusterroles.rbac.authorization.k8s.io",
}

// create has a federated object to be rendered for a cluster.
func (g *generator) create() Case {
	name := pick(g, rendered...)
	template := g.template(name)
	return Case{Type: name, Cluster: g.target(), Federated: served(g.federated(name, template))}
}

// update has an object in the member besides, made from the template.
func (g *generator) update() Case {
	name := pick(g, rendered...)
	template := g.template(name)
	c := Case{Type: name, Cluster: g.target(), Federated: served(g.federated(name, template))}
	c.Live = encode(g.live(name))
	return c
}

func (g *generator) target() string { return pick(g, "c1", "c1", "c1", "c2", "c9") }

// federated is the federated object.
func (g *generator) federated(typ string, template any) object {
	spec := object{}
	put(spec, "template", template)
	target, _ := template.(object)
	if !g.once(3) {
		put(spec, "overrides", g.overrideList(g.asCreated(target)))
	}
	if typ == "deployments.apps" || g.once(6) {
		put(spec, "retainReplicas", pick[any](g, absent{}, true, true, true, false, nil, "true"))
	}
	o := object{"apiVersion": "types.kubefed.io/v1beta1", "kind": Config(typ).Spec.FederatedType.Kind, "metadata": g.federatedMeta(typ)}
	o["spec"] = spec
	if g.once(50) {
		delete(o, "spec")
	}
	return o
}

// asCreated is about what overrides are applied to: they are drawn along it.
func (g *generator) asCreated(template object) object {
	meta := object{"name": "web", "namespace": "shop"}
	if m, ok := template["metadata"].(object); ok {
		for _, field := range []string{"labels", "annotations"} {
			if value, ok := m[field]; ok {
				meta[field] = value
			}
		}
	}
	out := object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta}
	for _, field := range []string{"spec", "data", "rules", "secrets"} {
		if value, ok := template[field]; ok {
			out[field] = value
		}
	}
	return out
}

func (g *generator) template(typ string) any {
	if g.once(25) {
		return pick[any](g, absent{}, nil, "x", []any{}, object{})
	}
	t := object{}
	put(t, "metadata", g.templateMeta())
	put(t, "apiVersion", pick[any](g, absent{}, absent{}, absent{}, "apps/v1beta1", "", "v1", "/v1", 5))
	put(t, "kind", pick[any](g, absent{}, absent{}, "Wrong"))
	if g.once(10) {
		t["status"] = g.value(1)
	}
	g.fill(typ, t)
	return t
}

func (g *generator) templateMeta() any {
	if g.once(10) {
		return pick[any](g, absent{}, nil, "x", []any{})
	}
	m := object{}
	put(m, "labels", g.labels())
	put(m, "annotations", g.labels())
	put(m, "finalizers", pick[any](g, absent{}, absent{}, []any{}, []any{"f"}, nil, "x", []any{5}))
	put(m, "name", pick[any](g, absent{}, "other"))
	put(m, "namespace", pick[any](g, absent{}, absent{}, "other"))
	put(m, "generateName", pick[any](g, absent{}, absent{}, absent{}, "other-"))
	put(m, "creationTimestamp", pick[any](g, absent{}, absent{}, nil))
	return m
}

// fill draws the body of a template, with the fields that KubeFed retains.
func (g *generator) fill(typ string, t object) {
	switch typ {
	case "services":
		put(t, "spec", g.serviceSpec(false))
	case "serviceaccounts":
		put(t, "secrets", g.secrets())
		put(t, "imagePullSecrets", g.secrets())
	case "configmaps":
		put(t, "data", pick[any](g, absent{}, nil, object{}, g.object(1), object{"a": "<&>"}))
	case "clusterroles.rbac.authorization.k8s.io":
		put(t, "rules", pick[any](g, absent{}, nil, []any{}, g.list(2)))
	case "namespaces":
		put(t, "spec", pick[any](g, absent{}, absent{}, object{}, object{"finalizers": []any{"kubernetes"}}))
	default:
		put(t, "spec", g.deploymentSpec())
	}
}

func (g *generator) deploymentSpec() any {
	if g.once(12) {
		return pick[any](g, absent{}, nil, "x", object{})
	}
	s := object{"selector": object{"matchLabels": object{"app": "web"}}}
	put(s, "replicas", g.count())
	s["template"] = object{
		"metadata": object{"labels": object{"app": "web"}, "annotations": object{"x/y": "z"}},
		"spec": object{"containers": []any{
			object{"name": "web", "image": "nginx:1.27", "args": []any{"a", "b"}},
			object{"name": "side", "env": []any{object{"name": "A", "value": "1"}}},
		}},
	}
	if g.once(3) {
		s["extra"] = g.value(2)
	}
	return s
}

func (g *generator) serviceSpec(live bool) any {
	if g.once(15) {
		return pick[any](g, absent{}, nil, "x", object{})
	}
	s := object{}
	put(s, "clusterIP", pick[any](g, absent{}, absent{}, "10.0.0.1", "10.0.0.2", "None", "", nil, 5))
	put(s, "clusterIPs", pick[any](g, absent{}, absent{}, []any{"10.0.0.1"}, []any{"10.0.0.1", "fd00::1"}, []any{}, nil, []any{5}, "x"))
	put(s, "healthCheckNodePort", pick[any](g, absent{}, absent{}, 0, 30123, -1, nil, "x", number("3.0")))
	put(s, "ports", g.ports(live))
	put(s, "replicas", pick[any](g, absent{}, absent{}, absent{}, 3))
	return s
}

func (g *generator) ports(live bool) any {
	if g.once(8) {
		return pick[any](g, absent{}, nil, []any{}, "x", []any{"x"}, []any{nil}, object{})
	}
	list := []any{}
	for range g.IntN(4) {
		list = append(list, g.port(live))
	}
	return list
}

// port leaves out the protocol in templates, as people do, and draws from few
// names and numbers, so that ports match.
func (g *generator) port(live bool) any {
	if g.once(40) {
		return pick[any](g, "x", nil, 80)
	}
	p := object{}
	put(p, "name", pick[any](g, absent{}, "http", "http", "b", nil))
	put(p, "port", pick[any](g, 80, 80, 80, 81, "80", number("80.0"), absent{}))
	if live || g.once(2) {
		put(p, "protocol", pick[any](g, "TCP", "TCP", "UDP", "", absent{}))
	}
	put(p, "nodePort", pick[any](g, absent{}, 30000, 30001, 0, nil, "x"))
	if g.once(60) {
		p[pick(g, "name", "protocol", "port")] = pick[any](g, object{}, []any{})
	}
	return p
}

func (g *generator) secrets() any {
	return pick[any](g, absent{}, absent{}, []any{object{"name": "a"}}, []any{object{"name": "b"}, object{"name": "a"}}, []any{}, nil, "x", []any{"a"})
}

// live is the object in the member: its metadata is what an API server lets
// through, its fields may be anything.
func (g *generator) live(typ string) object {
	target := Config(typ).Spec.TargetType
	meta := object{"name": "web", "resourceVersion": fmt.Sprint(g.IntN(9)), "uid": "u"}
	put(meta, "generation", pick[any](g, absent{}, 1, 2))
	put(meta, "labels", g.served())
	put(meta, "annotations", g.served())
	put(meta, "finalizers", pick[any](g, absent{}, absent{}, []any{"f"}, []any{"g", "h"}))
	put(meta, "ownerReferences", pick[any](g, absent{}, absent{}, []any{object{"name": "o"}}))
	o := object{"apiVersion": "v1", "kind": target.Kind, "metadata": meta}
	g.fill(typ, o)
	if typ == "services" {
		put(o, "spec", g.serviceSpec(true))
	}
	if g.once(4) {
		o["status"] = object{"replicas": 1}
	}
	return o
}
