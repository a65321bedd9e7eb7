package lint

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Known is what is known of a federation beside the documents. A nil field is
// not known, and raises no alarm.
type Known struct {
	Types    []federation.Type    // that are enabled
	Clusters []federation.Cluster // that have joined
	// Namespaces has the FederatedNamespaces of the host cluster by name.
	Namespaces map[string]*unstructured.Unstructured
	// Federated tells whether the host cluster has a federated object.
	Federated func(kind, namespace, name string) bool
	// Scheduled tells whether the host cluster has a scheduling preference
	// for a federated object.
	Scheduled func(kind, namespace, name string) bool
	// NamespaceScoped is set where the control plane serves its own
	// namespace only.
	NamespaceScoped bool
	// KubeFedNamespace is the control plane's, which is not federated.
	KubeFedNamespace string
}

// Check looks at documents for all rules that need no member to be asked.
// What one document says of types and namespaces counts for the others, as if
// all were applied together.
func Check(documents []Document, known Known) []Finding {
	var all []Finding
	set := set{documents: documents, known: known}
	for _, d := range documents {
		c := &check{Document: d, set: set}
		c.run()
		sortByPlace(c.findings)
		all = append(all, c.findings...)
	}
	return all
}

// check looks at one document.
type check struct {
	Document
	set      set
	findings []Finding
}

// add notes a finding, and returns it for who knows a better mend.
func (c *check) add(r Rule, at []string, format string, args ...any) *Finding {
	c.findings = append(c.findings, c.finding(r, at, format, args...))
	return &c.findings[len(c.findings)-1]
}

func (c *check) run() {
	gvk := c.Object.GroupVersionKind()
	switch {
	case gvk.Group == "scheduling.kubefed.io" && gvk.Kind == schedulingKind:
		c.scheduling()
	case gvk.Group == coreGroup && gvk.Kind == "FederatedTypeConfig":
		c.typeConfig()
	case gvk.Group == coreGroup && gvk.Kind == "KubeFedCluster":
		c.cluster()
	case c.set.isFederated(c.Object):
		c.federated()
	}
}

// federated checks a FederatedX, FederatedNamespace among them.
func (c *check) federated() {
	t, err := federation.TypeOfObject(c.Object, c.set.types())
	if !c.shapes(federatedShape(t)) {
		return // the API server refuses it, and the fields are not what the rules expect
	}
	c.enabled(t)
	c.placement(t)
	c.namespace(t)
	if err == nil {
		c.template(t)
		c.overrides(t)
	}
}

// set is all documents together with what is known beside them.
type set struct {
	documents []Document
	known     Known
}

func (s set) isFederated(obj *unstructured.Unstructured) bool {
	gvk := obj.GroupVersionKind()
	isEnabled := slices.ContainsFunc(s.types(), func(t federation.Type) bool {
		return t.Federated.Group == gvk.Group && t.Federated.Kind == gvk.Kind
	})
	return isEnabled || gvk.Group == federation.FederatedGroup && federation.TargetKind(gvk) != ""
}

// types are those of the documents before those of the cluster.
func (s set) types() []federation.Type {
	var types []federation.Type
	for _, d := range s.documents {
		if t, ok := typeOf(d.Object); ok {
			types = append(types, t)
		}
	}
	return append(types, s.known.Types...)
}

// namespaceOf is the FederatedNamespace that allows or limits what is in a
// namespace; known is false when nothing is known of it.
func (s set) namespaceOf(name string) (found *unstructured.Unstructured, known bool) {
	for _, d := range s.documents {
		if d.Object.GetKind() == "FederatedNamespace" && d.Object.GetName() == name && d.Object.GetNamespace() == name {
			return d.Object, true
		}
	}
	return s.known.Namespaces[name], s.known.Namespaces != nil
}

// isScheduled tells whether a scheduling preference writes the placement of a
// federated object. What it has of its own is then a matter of the preference.
func (s set) isScheduled(object *unstructured.Unstructured) bool {
	kind, namespace, name := object.GetKind(), object.GetNamespace(), object.GetName()
	for _, d := range s.documents {
		target, _, _ := unstructured.NestedString(d.Object.Object, "spec", "targetKind")
		if d.Object.GetKind() == schedulingKind && target == kind && d.Object.GetNamespace() == namespace && d.Object.GetName() == name {
			return true
		}
	}
	return s.known.Scheduled != nil && s.known.Scheduled(kind, namespace, name)
}

// clusterNames are the members' names in their order.
func (s set) clusterNames() []string {
	var names []string
	for _, c := range s.known.Clusters {
		names = append(names, c.Name)
	}
	return names
}

// isStranger tells whether a name is known to belong to no member.
func (s set) isStranger(name string) bool {
	return s.known.Clusters != nil && !slices.Contains(s.clusterNames(), name)
}
