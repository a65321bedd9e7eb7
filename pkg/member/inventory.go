package member

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// The APIs of what configures a federation, beside the federated kinds.
var (
	preferenceAPI = federation.API{
		Group: "scheduling.kubefed.io", Version: "v1alpha1",
		Kind: "ReplicaSchedulingPreference", Plural: "replicaschedulingpreferences", Namespaced: true,
	}
	typeConfigAPI = federation.API{
		Group: "core.kubefed.io", Version: "v1beta1", Kind: "FederatedTypeConfig", Plural: "federatedtypeconfigs", Namespaced: true,
	}
	clusterAPI = federation.API{
		Group: "core.kubefed.io", Version: "v1beta1", Kind: "KubeFedCluster", Plural: "kubefedclusters", Namespaced: true,
	}
	namespaceAPI = federation.API{
		Group: federation.FederatedGroup, Version: "v1beta1", Kind: "FederatedNamespace", Plural: "federatednamespaces", Namespaced: true,
	}
)

// Preferences lists the scheduling preferences of a namespace, or of all for "".
func (h *Host) Preferences(ctx context.Context, namespace string) ([]*unstructured.Unstructured, error) {
	return h.List(ctx, preferenceAPI, namespace)
}

// Configuration lists what the control plane's own namespace has: the types that are enabled, then the
// clusters that have joined, as objects.
func (h *Host) Configuration(ctx context.Context) ([]*unstructured.Unstructured, error) {
	types, err := h.List(ctx, typeConfigAPI, h.Namespace)
	if err != nil {
		return nil, err
	}
	clusters, err := h.List(ctx, clusterAPI, h.Namespace)
	return append(types, clusters...), err
}

// FederatedNamespaces are those that KubeFed looks at, by name.
func (h *Host) FederatedNamespaces(ctx context.Context) (map[string]*unstructured.Unstructured, error) {
	objects, err := h.List(ctx, namespaceAPI, "")
	if err != nil {
		return nil, err
	}
	found := map[string]*unstructured.Unstructured{}
	for _, object := range objects {
		if object.GetName() == object.GetNamespace() {
			found[object.GetName()] = object
		}
	}
	return found, nil
}
