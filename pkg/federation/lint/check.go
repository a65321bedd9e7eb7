package lint

import (
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
	set := newSet(documents, known)
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
	set      *set
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
	t, err := federation.TypeOfObject(c.Object, c.set.types)
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
