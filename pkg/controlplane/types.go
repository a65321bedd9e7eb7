package controlplane

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// typeObjects are what enables a type: the definition of its federated API, and its FederatedTypeConfig.
func (r Request) typeObjects(t federation.Type) (definition, config *unstructured.Unstructured) {
	definition, config = federation.FederatedCRD(t, federation.WellKnownTraits(t.Target)), federation.TypeConfig(t, false)
	config.SetNamespace(r.Namespace)
	mark(definition)
	mark(config)
	return definition, config
}
