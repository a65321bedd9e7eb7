package lint

import (
	"slices"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var misplacedNamespace = register(Rule{
	Code: "FED401", Severity: Error, Title: "a FederatedNamespace outside the namespace that it is named after",
	Ignored: "KubeFed does not look at it: the namespace is not federated, and nothing in it is placed anywhere.",
	Mend:    "Let metadata.namespace be the same as metadata.name.",
})

var systemNamespace = register(Rule{
	Code: "FED402", Severity: Warning, Title: "a template or overrides for a system namespace",
	Ignored: "Of a FederatedNamespace default, kube-system or kube-public, KubeFed reads the placement only.",
	Mend:    "Remove spec.template and spec.overrides.",
})

var notFederated = register(Rule{
	Code: "FED403", Severity: Error, Title: "the object's namespace is not federated",
	Ignored: "KubeFed places the object nowhere, and reports no fault.",
	Mend:    "kubectl fed federate namespace NAMESPACE",
})

var cutOff = register(Rule{
	Code: "FED404", Severity: Warning, Title: "the placement of the namespace excludes a cluster that the object is placed on",
	Ignored: "KubeFed does not create the object there, and reports no fault.",
	Mend:    "Place the FederatedNamespace on the cluster too, or take the cluster out of spec.placement.clusters.",
})

// namespace checks what the object and its namespace are to each other.
func (c *check) namespace(t federation.Type) {
	switch {
	case t.IsNamespace():
		c.federatedNamespace()
	case t.Target.Namespaced && !c.set.known.NamespaceScoped && c.Object.GetNamespace() != "":
		c.within(t)
	}
}

func (c *check) federatedNamespace() {
	name, namespace := c.Object.GetName(), c.Object.GetNamespace()
	// Without a namespace, it goes into the one that kubectl is told.
	if namespace != "" && name != namespace {
		c.add(misplacedNamespace, []string{"metadata", "namespace"}, "FederatedNamespace %s is in the namespace %s", name, namespace)
	}
	if !federation.IsSystemNamespace(name, c.set.known.KubeFedNamespace) {
		return
	}
	spec, _ := c.Object.Object["spec"].(map[string]any)
	for _, field := range []string{"overrides", "template"} {
		if _, ok := spec[field]; ok {
			c.add(systemNamespace, []string{"spec", field}, "KubeFed never writes the namespace %s, so spec.%s is ignored", name, field)
		}
	}
}

// within checks an object against the FederatedNamespace around it.
func (c *check) within(t federation.Type) {
	namespace := c.Object.GetNamespace()
	around, known := c.set.namespaceOf(namespace)
	switch {
	case !known:
		return
	case around == nil:
		f := c.add(notFederated, []string{"metadata", "namespace"}, "there is no FederatedNamespace %s, so KubeFed places this nowhere", namespace)
		f.Mend = "kubectl fed federate namespace " + namespace
		return
	}
	clusters := c.set.known.Clusters
	if clusters == nil {
		clusters = c.listedOnly()
	}
	placed, err := federation.Place(t, c.Object, around, clusters, false)
	if err != nil {
		return // a selector that can't be read is a finding of its own
	}
	if out := excluded(placed); len(out) > 0 {
		f := c.add(cutOff, placementPath, "FederatedNamespace %s is not placed on all clusters that this is placed on", namespace)
		f.Clusters = out
	}
}

// listedOnly takes the clusters that the object names for members, where it
// is not known who has joined.
func (c *check) listedOnly() []federation.Cluster {
	placed, err := federation.Place(federation.Type{}, c.Object, nil, nil, false)
	if err != nil {
		return nil
	}
	var clusters []federation.Cluster
	for _, name := range placed.Unknown {
		clusters = append(clusters, federation.Cluster{Name: name})
	}
	return clusters
}

func excluded(p federation.Placement) []string {
	var names []string
	for name, reason := range p.Excluded {
		if reason.Code == federation.NamespaceExcludes {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
