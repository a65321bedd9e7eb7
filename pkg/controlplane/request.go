package controlplane

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// DefaultImage is the image of the last release of KubeFed. Both programs of the control plane are in it.
const DefaultImage = "quay.io/kubernetes-multicluster/kubefed:v0.10.0"

// The names that KubeFed's chart gives, and that its programs and kubefedctl expect.
const (
	managerName   = "kubefed-controller-manager"
	webhookName   = "kubefed-admission-webhook"
	controller    = "kubefed-controller" // the controller manager's service account
	servingSecret = "kubefed-admission-webhook-serving-cert"
	configName    = "kubefed"
)

// Request is what the control plane is planned from.
type Request struct {
	Namespace string
	Image     string
	Replicas  int64                     // of the controller manager
	Config    v1beta1.KubeFedConfigSpec // complete, see CompleteConfig
	Types     []federation.Type
	// Certificate is the webhook's. Without a key the Secret is somebody else's, and not among the objects.
	Certificate Certificate
	// Secret is the name of the Secret with the webhook's certificate, when it is somebody else's.
	Secret string
}

// Namespaced tells whether the control plane is to be limited to its own namespace.
func (r Request) Namespaced() bool { return r.Config.Scope == Namespaced }

// secret is the name of the Secret with the webhook's certificate.
func (r Request) secret() string {
	if r.Secret != "" {
		return r.Secret
	}
	return servingSecret
}

// unique is a name of an object without a namespace. With a control plane for each namespace there may be several
// of them in a cluster, so it has the namespace in it, where the chart puts it.
func (r Request) unique(before, after string) string {
	if r.Namespaced() {
		return before + ":" + r.Namespace + ":" + after
	}
	return before + ":" + after
}

// Labels on every object of the control plane.
const (
	managedByLabel = "app.kubernetes.io/managed-by"
	managedBy      = "kubectl-fed"
	partOfLabel    = "app.kubernetes.io/part-of"
	partOf         = "kubefed"
)

// fieldManager owns what is written here.
const fieldManager = "kubectl-fed"

// mark puts our labels on an object.
func mark(object *unstructured.Unstructured) {
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[managedByLabel], labels[partOfLabel] = managedBy, partOf
	object.SetLabels(labels)
}
