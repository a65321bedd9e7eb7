package federation

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
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
	Clusters []string
	// Selector places by the labels of clusters instead; one that is empty, and
	// not nil, selects all, those that join later too.
	Selector  *metav1.LabelSelector
	Overrides map[string][]Override
	// PinAPIVersion writes the object's apiVersion into the template. Without
	// one, KubeFed takes the version that the type was enabled with.
	PinAPIVersion bool
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
	if o.PinAPIVersion {
		s.obj.SetAPIVersion(obj.GetAPIVersion())
	}
	fed = newFederated(t, obj)
	err = unstructured.SetNestedMap(fed.Object, map[string]any{"template": s.obj.Object}, "spec")
	if err != nil {
		return nil, nil, err
	}
	if err := SetPlacement(fed, o); err != nil {
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

// SetPlacement writes the placement that the options say.
func SetPlacement(fed *unstructured.Unstructured, o NewOptions) error {
	placement := map[string]any{"clusters": clusterRefs(o.Clusters)}
	if o.Selector != nil {
		selector, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o.Selector)
		if err != nil {
			return err
		}
		placement = map[string]any{"clusterSelector": selector}
	}
	return unstructured.SetNestedMap(fed.Object, placement, "spec", "placement")
}

// Refresh is a federated object with the template of another that was made
// from its plain object anew. Placement, overrides and all else stay.
func Refresh(fed, anew *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	template, _, err := unstructured.NestedMap(anew.Object, "spec", "template")
	if err != nil {
		return nil, fmt.Errorf("reading spec.template of %s: %w", describe(anew), err)
	}
	out := fed.DeepCopy()
	if err := unstructured.SetNestedMap(out.Object, template, "spec", "template"); err != nil {
		return nil, fmt.Errorf("writing spec.template of %s: %w", describe(fed), err)
	}
	return out, nil
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
