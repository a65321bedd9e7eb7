// Package enabling makes API types federated, takes that back, and says how the types that are stand.
//
// Enabling is a plan first: what is asked for is looked up in the host, every member is asked whether it serves
// it, and what speaks against it is found before anything is written. One member that does not serve a type
// stops KubeFed for that type in all of them and, after five minutes, its controller manager.
//
// The package is an edge: it talks to API servers, and prints nothing.
package enabling

import "github.com/kubectl-fed/kubectl-fed/pkg/federation"

// The APIs of what enables a type.
var (
	typeConfigAPI = federation.API{
		Group: "core.kubefed.io", Version: "v1beta1", Kind: "FederatedTypeConfig", Plural: "federatedtypeconfigs", Namespaced: true,
	}
	configAPI = federation.API{
		Group: "core.kubefed.io", Version: "v1beta1", Kind: "KubeFedConfig", Plural: "kubefedconfigs", Namespaced: true,
	}
	definitionAPI = federation.API{
		Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition", Plural: "customresourcedefinitions",
	}
	deploymentAPI = federation.API{Group: "apps", Version: "v1", Kind: "Deployment", Plural: "deployments", Namespaced: true}
)

// The names that KubeFed's chart gives to its controller manager, and to the account that it has.
const (
	managerName = "kubefed-controller-manager"
	accountName = "kubefed-controller"
)
