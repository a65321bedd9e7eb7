package corpus

import (
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
)

// KubeFedNamespace is the namespace of the control plane in all cases.
const KubeFedNamespace = "kube-federation-system"

const (
	namespaced    = apiextv1.NamespaceScoped
	clusterScoped = apiextv1.ClusterScoped
)

// Config is the FederatedTypeConfig of this name; nil for a name that no case has.
func Config(name string) *v1beta1.FederatedTypeConfig {
	for _, config := range configs {
		if config.Name == name {
			return config.DeepCopy()
		}
	}
	return nil
}

var configs = []*v1beta1.FederatedTypeConfig{
	NewConfig("apps", "v1", "Deployment", "deployments", namespaced),
	NewConfig("apps", "v1", "ReplicaSet", "replicasets", namespaced),
	NewConfig("", "v1", "Service", "services", namespaced),
	NewConfig("", "v1", "ServiceAccount", "serviceaccounts", namespaced),
	NewConfig("", "v1", "ConfigMap", "configmaps", namespaced),
	NewConfig("", "v1", "Namespace", "namespaces", clusterScoped),
	NewConfig("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", clusterScoped),
}

// NewConfig is a FederatedTypeConfig as "kubefedctl enable" makes it.
func NewConfig(group, version, kind, plural string, scope apiextv1.ResourceScope) *v1beta1.FederatedTypeConfig {
	name := plural
	if group != "" {
		name += "." + group
	}
	federatedScope := scope
	if kind == "Namespace" {
		federatedScope = namespaced
	}
	return &v1beta1.FederatedTypeConfig{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: KubeFedNamespace},
		Spec: v1beta1.FederatedTypeConfigSpec{
			TargetType:  v1beta1.APIResource{Group: group, Version: version, Kind: kind, PluralName: plural, Scope: scope},
			Propagation: v1beta1.PropagationEnabled,
			FederatedType: v1beta1.APIResource{
				Group: "types.kubefed.io", Version: "v1beta1",
				Kind: "Federated" + kind, PluralName: "federated" + plural, Scope: federatedScope,
			},
		},
	}
}
