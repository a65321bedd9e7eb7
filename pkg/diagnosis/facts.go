package diagnosis

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Facts are what is known of one federated object.
type Facts struct {
	ID        string // namespace, resource and name of the target
	Type      federation.Type
	Federated *unstructured.Unstructured
	Placement federation.Placement
	// Unplaceable is why the placement can't be computed, empty where it can.
	Unplaceable string
	// Namespace is the FederatedNamespace that the object lies in, nil where there is none.
	Namespace *unstructured.Unstructured
	// Misplaced is the namespace in which there is a FederatedNamespace that was meant for the object's, empty for none.
	Misplaced string
	// Members are those that were asked, in their order.
	Members []Member
	// Warnings are KubeFed's events about the object, in any order.
	Warnings []Warning
	Control  *Control
	Calls    Calls
	Now      metav1.Time
}

// Member is one member, and what was found out about the object there.
type Member struct {
	Name string
	// Context is the kubeconfig context that reaches it, empty for none.
	Context string
	// Ready and NotReady are what KubeFed thinks of it.
	Ready    bool
	NotReady string
	// Result is how the member stands to the object.
	Result drift.Result
	// NotServed says that the member does not serve the type.
	NotServed bool
	// Pods are those of the namespace that may be the object's; they are wanted for what is not ready only.
	Pods []corev1.Pod
	// Webhooks are those that the member asks about writes of the target.
	Webhooks []Webhook
}

// Webhook is one whom a member asks about writes.
type Webhook struct {
	Configuration string // as RESOURCE/NAME
	Name          string
	Operations    []string // CREATE, UPDATE, DELETE or *
}

// Warning is an event in which KubeFed says what went wrong. It is the only place where it says so.
type Warning struct {
	Reason  string
	Cluster string // empty for an event about the object as a whole
	Text    string
	Last    metav1.Time
}

// Calls are the parts of commands that lead to where something is mended.
type Calls struct {
	// HostFlag leads kubectl to the host cluster: " --context X", or nothing.
	HostFlag string
	// KubeFedNamespace is the control plane's.
	KubeFedNamespace string
}
