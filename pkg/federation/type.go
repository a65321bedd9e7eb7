package federation

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
)

// namespaceKind is the one target kind whose federated object lives inside
// its own target.
const namespaceKind = "Namespace"

// API names one served kind: that of the target or of the federated object.
type API struct {
	Group, Version, Kind, Plural string
	Namespaced                   bool
}

// GVR is the resource to ask an API server for.
func (a API) GVR() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: a.Group, Version: a.Version, Resource: a.Plural}
}

// GVK is the kind an object of this API carries.
func (a API) GVK() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: a.Group, Version: a.Version, Kind: a.Kind}
}

// Resource is the resource without a version; its String gives
// "deployments.apps".
func (a API) Resource() schema.GroupResource {
	return schema.GroupResource{Group: a.Group, Resource: a.Plural}
}

// APIVersion is what an object of this API writes into apiVersion.
func (a API) APIVersion() string { return a.GVK().GroupVersion().String() }

// Type is one enabled type: what a FederatedTypeConfig says, reduced to what
// the model needs.
type Type struct {
	Name               string
	Target, Federated  API
	PropagationEnabled bool
}

// TypeOf reads a FederatedTypeConfig with the defaults that the controller
// gives it (core/v1beta1/federatedtypeconfig_types.go).
func TypeOf(cfg *v1beta1.FederatedTypeConfig) Type {
	cfg = cfg.DeepCopy()
	v1beta1.SetFederatedTypeConfigDefaults(cfg)
	return Type{
		Name:               cfg.Name,
		Target:             apiOf(cfg.Spec.TargetType, cfg.GetNamespaced()),
		Federated:          apiOf(cfg.Spec.FederatedType, cfg.GetFederatedNamespaced()),
		PropagationEnabled: cfg.GetPropagationEnabled(),
	}
}

func apiOf(r v1beta1.APIResource, namespaced bool) API {
	return API{Group: r.Group, Version: r.Version, Kind: r.Kind, Plural: r.PluralName, Namespaced: namespaced}
}

// IsNamespace tells whether the target is a Namespace. The kind decides, as
// in sync/accessor.go, not the name of the FederatedTypeConfig.
func (t Type) IsNamespace() bool { return t.Target.Kind == namespaceKind }
