// Package bed gives tests and the demo real clusters: several API servers with a working node each, that
// are kind clusters to kind and to the product, and the real KubeFed controllers in the first of them.
//
// One cluster is one container on the Docker network "kind", with kind's names, labels, certificates and
// published port; in it run etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok. Without
// Docker the same programs run as processes on loopback, and what needs Docker says so.
//
// A bed has a name and outlives the process that made it: the next one that asks for the same clusters
// gets the running ones. Clusters that are broken, or of another build, are replaced.
package bed

import "errors"

// ErrNeedsDocker is what is returned where clusters run as processes and a container was wanted.
var ErrNeedsDocker = errors.New("this needs Docker, and the bed runs as processes without it")

const (
	bedLabel     = "kubectl-fed.io/bed"     // on every container of a bed: the bed's name
	clusterLabel = "io.x-k8s.kind.cluster"  // kind's: the cluster that a node belongs to
	roleLabel    = "io.x-k8s.kind.role"     // kind's: what the node is
	controlPlane = "control-plane"          // kind's: the only role that a bed's node has
	network      = "kind"                   // kind's network
	serverPort   = 6443                     // kind's port of the API server inside a node
	kubefedSpace = "kube-federation-system" // KubeFed's namespace
)
