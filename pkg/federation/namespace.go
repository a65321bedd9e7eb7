package federation

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// IsSystemNamespace tells whether KubeFed ignores a FederatedNamespace of
// this name (sync/accessor.go). It still counts for the placement of what is
// in that namespace.
func IsSystemNamespace(name, kubefedNamespace string) bool {
	switch name {
	case "kube-system", "kube-public", "default", kubefedNamespace:
		return true
	}
	return false
}

// Ignored says why KubeFed does not look at a federated object at all, and
// is empty for one that it does look at. Only FederatedNamespaces are ever
// ignored (sync/accessor.go).
func Ignored(t Type, fed *unstructured.Unstructured, kubefedNamespace string) string {
	switch {
	case !t.IsNamespace():
		return ""
	case IsSystemNamespace(fed.GetName(), kubefedNamespace):
		return "KubeFed does not federate the system namespace " + fed.GetName()
	case fed.GetName() != fed.GetNamespace():
		return "a " + t.Federated.Kind + " counts only in the namespace that it is named after"
	}
	return ""
}

// IsHostNamespace tells whether live is the very namespace of the host
// cluster that holds the FederatedNamespace, which happens where the host is
// a member too. KubeFed writes to it as to any other, but never deletes it,
// and adopts it whatever the configuration says: deleting it would delete the
// federated object itself (sync/resource.go). It goes by the UID, and so do we.
func IsHostNamespace(t Type, hostNamespace, live *unstructured.Unstructured) bool {
	if !t.IsNamespace() || hostNamespace == nil || live == nil {
		return false
	}
	return hostNamespace.GetUID() == live.GetUID()
}
