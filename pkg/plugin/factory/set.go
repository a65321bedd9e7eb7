package factory

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// Set is the objects of files, sorted by what they are to a federation.
type Set struct {
	Federated  []*unstructured.Unstructured
	Types      []federation.Type
	Clusters   []federation.Cluster
	Namespaces map[string]*unstructured.Unstructured // FederatedNamespaces by name
}

// SetOf sorts documents. Those that are nothing to a federation are left out.
func SetOf(documents []lint.Document) Set {
	set := Set{Namespaces: map[string]*unstructured.Unstructured{}}
	for _, d := range documents {
		set.add(d.Object)
	}
	return set
}

func (s *Set) add(object *unstructured.Unstructured) {
	switch gvk := object.GroupVersionKind(); {
	case gvk.Kind == "KubeFedCluster":
		s.Clusters = append(s.Clusters, federation.Cluster{Name: object.GetName(), Labels: object.GetLabels()})
	case gvk.Kind == "FederatedTypeConfig":
		var config v1beta1.FederatedTypeConfig
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &config); err == nil {
			s.Types = append(s.Types, federation.TypeOf(&config))
		} // lint tells what is wrong with it
	case federation.TargetKind(gvk) != "":
		s.Federated = append(s.Federated, object)
		if gvk.Kind == "FederatedNamespace" && object.GetName() == object.GetNamespace() {
			s.Namespaces[object.GetName()] = object
		}
	}
}

// TypeOf finds the type of a federated object, and gives the object the namespace that kubectl would give it.
func (s *Set) TypeOf(fed *unstructured.Unstructured, namespace string) (federation.Type, *unstructured.Unstructured, error) {
	if fed.GetName() == "" {
		return federation.Type{}, nil, errors.New("a federated object has no name")
	}
	t, err := federation.TypeOfObject(fed, s.Types)
	if err != nil {
		return t, nil, err
	}
	if t.Federated.Namespaced && fed.GetNamespace() == "" {
		fed = fed.DeepCopy()
		fed.SetNamespace(namespace)
	}
	return t, fed, nil
}

// Selects tells whether any placement selects clusters by their labels, so that it has to be known who has
// joined.
func (s *Set) Selects() bool {
	for _, fed := range s.Federated {
		placement, _, _ := unstructured.NestedMap(fed.Object, "spec", "placement")
		if placement["clusters"] == nil && placement["clusterSelector"] != nil {
			return true
		}
	}
	return false
}

// NamedClusters are the clusters that an object names in its placement.
func NamedClusters(fed *unstructured.Unstructured) []string {
	refs, _, _ := unstructured.NestedSlice(fed.Object, "spec", "placement", "clusters")
	var names []string
	for _, ref := range refs {
		if m, ok := ref.(map[string]any); ok {
			names = append(names, fmt.Sprint(m["name"]))
		}
	}
	return names
}
