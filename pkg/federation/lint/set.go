package lint

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// set is all documents together with what is known beside them.
type set struct {
	documents  []Document
	known      Known
	types      []federation.Type // those of the documents before those of the cluster
	namespaces map[string]*unstructured.Unstructured
	scheduled  map[id]bool // what a scheduling preference of the documents is for
}

// id names a federated object.
type id struct{ kind, namespace, name string }

func idOf(obj *unstructured.Unstructured) id {
	return id{obj.GetKind(), obj.GetNamespace(), obj.GetName()}
}

func newSet(documents []Document, known Known) *set {
	s := &set{documents: documents, known: known, namespaces: map[string]*unstructured.Unstructured{}, scheduled: map[id]bool{}}
	for _, d := range documents {
		s.learn(d.Object)
	}
	s.types = append(s.types, known.Types...)
	return s
}

func (s *set) learn(obj *unstructured.Unstructured) {
	switch obj.GetKind() {
	case "FederatedTypeConfig":
		if t, ok := typeOf(obj); ok {
			s.types = append(s.types, t)
		}
	case "FederatedNamespace":
		if obj.GetName() == obj.GetNamespace() {
			s.namespaces[obj.GetName()] = obj
		}
	case schedulingKind:
		target, _, _ := unstructured.NestedString(obj.Object, "spec", "targetKind")
		s.scheduled[id{target, obj.GetNamespace(), obj.GetName()}] = true
	}
}

func (s *set) isFederated(obj *unstructured.Unstructured) bool {
	gvk := obj.GroupVersionKind()
	if gvk.Group == federation.FederatedGroup && federation.TargetKind(gvk) != "" {
		return true
	}
	_, ok := s.enabled(obj)
	return ok
}

// enabled is the type of a federated object, if a FederatedTypeConfig names
// its kind.
func (s *set) enabled(obj *unstructured.Unstructured) (federation.Type, bool) {
	gvk := obj.GroupVersionKind()
	i := slices.IndexFunc(s.types, func(t federation.Type) bool {
		return t.Federated.Group == gvk.Group && t.Federated.Kind == gvk.Kind
	})
	if i < 0 {
		return federation.Type{}, false
	}
	return s.types[i], true
}

// namespaceOf is the FederatedNamespace that allows or limits what is in a
// namespace; known is false when nothing is known of it.
func (s *set) namespaceOf(name string) (found *unstructured.Unstructured, known bool) {
	if found := s.namespaces[name]; found != nil {
		return found, true
	}
	return s.known.Namespaces[name], s.known.Namespaces != nil
}

// isScheduled tells whether a scheduling preference writes the placement of a
// federated object. What it has of its own is then a matter of the preference.
func (s *set) isScheduled(obj *unstructured.Unstructured) bool {
	i := idOf(obj)
	return s.scheduled[i] || s.known.Scheduled != nil && s.known.Scheduled(i.kind, i.namespace, i.name)
}

// clusterNames are the members' names in their order.
func (s *set) clusterNames() []string {
	var names []string
	for _, c := range s.known.Clusters {
		names = append(names, c.Name)
	}
	return names
}

// isStranger tells whether a name is known to belong to no member.
func (s *set) isStranger(name string) bool {
	return s.known.Clusters != nil && !slices.ContainsFunc(s.known.Clusters, func(c federation.Cluster) bool { return c.Name == name })
}
