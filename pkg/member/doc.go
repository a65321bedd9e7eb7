// Package member reaches the host cluster and its members: what is registered there, which types are
// federated, and what a member has and would say to a write of KubeFed's.
//
// A member is reached by the user's own kubeconfig context where one has the joined cluster's CA, else with
// the credentials that KubeFed itself uses, at the registered endpoint or, for a kind cluster that is registered
// by its node's name, where this machine reaches that node. Either way its certificate is checked against the
// CA that the cluster was joined with, so that another cluster that got its address is not taken for it; only a
// cluster that was joined with these checks switched off is not checked here either.
//
// The package is an edge: it talks to API servers, and prints nothing.
package member

import "k8s.io/apimachinery/pkg/runtime/schema"

// ConfigName is the name of KubeFed's only KubeFedConfig (pkg/controller/util/constants.go in kubefed).
const ConfigName = "kubefed"

var (
	kubefedConfigs      = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedconfigs"}
	kubefedClusters     = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}
	typeConfigs         = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "federatedtypeconfigs"}
	federatedNamespaces = schema.GroupVersionResource{Group: "types.kubefed.io", Version: "v1beta1", Resource: "federatednamespaces"}
	namespaces          = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	secrets             = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
)
