package federation

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Dropped is one thing of an object that does not travel, with the reason.
type Dropped struct {
	// Path is dotted, with names that hold dots in brackets:
	// metadata.annotations[acme.io/team].
	Path   string
	Reason string
}

// NewOptions says how a new federated object is to be placed and overridden.
type NewOptions struct {
	// Clusters is the placement by name. An empty list places nowhere; "all
	// clusters" has to be spelled out, so that a cluster that joins next month
	// does not get the object unasked.
	Clusters  []string
	Overrides map[string][]Override
}

// Federate makes a federated object from a plain one, live or from a file.
// Of the metadata only labels go into the template, as with kubefedctl
// (kubefedctl/federate); beyond what kubefedctl strips goes what one cluster
// allocated and no other accepts. What a user may miss comes back in dropped,
// sorted by path; bookkeeping such as uid and status goes without a word.
func Federate(t Type, obj *unstructured.Unstructured, o NewOptions) (fed *unstructured.Unstructured, dropped []Dropped, err error) {
	if obj.GetName() == "" {
		return nil, nil, fmt.Errorf("%s has no name", t.Target.Kind)
	}
	s := &stripper{obj: obj.DeepCopy()}
	if err := s.strip(t); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", describe(obj), err)
	}
	fed = newFederated(t, obj)
	err = unstructured.SetNestedMap(fed.Object, map[string]any{
		"template":  s.obj.Object,
		"placement": map[string]any{"clusters": clusterRefs(o.Clusters)},
	}, "spec")
	if err != nil {
		return nil, nil, err
	}
	if err := SetOverrides(fed, o.Overrides); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(s.dropped, func(a, b Dropped) int { return strings.Compare(a.Path, b.Path) })
	return fed, s.dropped, nil
}

// newFederated is the federated object without its spec. A
// FederatedNamespace has to live inside the namespace it is named after.
func newFederated(t Type, obj *unstructured.Unstructured) *unstructured.Unstructured {
	fed := &unstructured.Unstructured{Object: map[string]any{}}
	fed.SetAPIVersion(t.Federated.APIVersion())
	fed.SetKind(t.Federated.Kind)
	fed.SetName(obj.GetName())
	switch {
	case t.IsNamespace():
		fed.SetNamespace(obj.GetName())
	case t.Federated.Namespaced:
		fed.SetNamespace(obj.GetNamespace())
	}
	return fed
}

func clusterRefs(names []string) []any {
	names = slices.Clone(names)
	slices.Sort(names)
	refs := []any{}
	for _, name := range slices.Compact(names) {
		refs = append(refs, map[string]any{"name": name})
	}
	return refs
}
