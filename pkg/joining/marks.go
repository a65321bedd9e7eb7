package joining

import (
	"crypto/sha256"
	"encoding/hex"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Labels and annotations on every object that a join makes, by which it is found again whatever the contexts
// are called that day.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	ManagedBy      = "kubectl-fed"
	ClusterLabel   = "kubectl-fed.io/cluster"
	HostAnnotation = "kubectl-fed.io/host"
	// UIDAnnotation and HostUIDAnnotation hold the UID of the namespace kube-system of the member and of the
	// host. The host's tells the objects of two federations apart that share a member and a name for the host.
	UIDAnnotation     = "kubectl-fed.io/kube-system-uid"
	HostUIDAnnotation = "kubectl-fed.io/host-uid"
	// TokenAnnotation, on the KubeFedCluster only, holds the UID of the Secret in the member that the token is
	// from. The controllers take notice of a new token when it changes; they do not watch Secrets
	// (kubefedcluster/controller.go in kubefed).
	TokenAnnotation = "kubectl-fed.io/token-uid"
)

// fieldManager owns what a join writes.
const fieldManager = "kubectl-fed"

// HostName is how the host cluster is called in the names of objects: its context's name where that may be part
// of a name, else its kind name, else a hash of the context. The same name has to be given to kubefedctl as
// --host-cluster-name. kind is "" for a host that is no kind cluster.
func HostName(context, kind string) string {
	for _, name := range []string{context, kind} {
		if len(validation.IsDNS1123Label(name)) == 0 {
			return name
		}
	}
	sum := sha256.Sum256([]byte(context))
	return "host-" + hex.EncodeToString(sum[:])[:10]
}

// meta is the metadata of an object that a join makes.
func (r Request) meta(name, namespace string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: name, Namespace: namespace,
		Labels:      map[string]string{ManagedByLabel: ManagedBy, ClusterLabel: r.Cluster},
		Annotations: map[string]string{HostAnnotation: r.Host, HostUIDAnnotation: r.HostUID, UIDAnnotation: r.UID},
	}
}

func kind(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}
