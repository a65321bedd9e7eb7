package member

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
)

// Host is the cluster that KubeFed's control plane runs in.
type Host struct {
	Context   string // the kubeconfig context that reaches it
	Namespace string // KubeFed's own namespace
	Config    *rest.Config
	Client    dynamic.Interface
	Mapper    meta.RESTMapper
	Kubefed   v1beta1.KubeFedConfig // how the control plane is configured
	// Kinds finds the kind clusters of this machine, for members that no context reaches; it may be nil.
	Kinds func(context.Context) ([]kindnode.Cluster, error)

	contexts clientcmdapi.Config // the user's kubeconfig, in which members are looked for
	entries  []kubeconfig.Entry
}

// NoKubeFedError says that a cluster that answers has no KubeFed control plane.
type NoKubeFedError struct{ Context, Namespace string }

// Error names the context and the namespace that was looked into.
func (e *NoKubeFedError) Error() string {
	return fmt.Sprintf("%s has no KubeFed: no KubeFedConfig %s in the namespace %s", e.Context, ConfigName, e.Namespace)
}

// Connect reaches the host cluster and reads KubeFed's configuration there. It is a *NoKubeFedError where
// there is none. The Host needs its Context, Namespace, Config, Mapper set.
func Connect(ctx context.Context, h Host, contexts clientcmdapi.Config, entries []kubeconfig.Entry) (*Host, error) {
	h.contexts, h.entries = contexts, entries
	var err error
	if h.Client, err = dynamic.NewForConfig(h.Config); err != nil {
		return nil, fmt.Errorf("%s: %w", h.Context, err)
	}
	config, err := h.Client.Resource(kubefedConfigs).Namespace(h.Namespace).Get(ctx, ConfigName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, &NoKubeFedError{Context: h.Context, Namespace: h.Namespace}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: reading KubeFed's configuration: %w", h.Context, Plain(err))
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(config.Object, &h.Kubefed); err != nil {
		return nil, fmt.Errorf("%s: reading KubeFedConfig %s: %w", h.Context, ConfigName, err)
	}
	return &h, nil
}

// IsNamespaced tells whether the control plane is limited to its own namespace.
func (h *Host) IsNamespaced() bool { return string(h.Kubefed.Spec.Scope) == "Namespaced" }

// NoAdoption tells whether KubeFed leaves alone what is in a member already.
func (h *Host) NoAdoption() bool {
	sync := h.Kubefed.Spec.SyncController
	return sync != nil && sync.AdoptResources != nil && *sync.AdoptResources == v1beta1.AdoptResourcesDisabled
}

// Plain takes from the error of a request what Go's HTTP client puts around it: the verb and the whole URL,
// which nobody asked about. It is called where the request is made: what is wrapped around it later stays.
func Plain(err error) error {
	var request *url.Error
	switch {
	case !errors.As(err, &request):
		return err
	case request.Timeout():
		return errTimeout
	}
	return request.Err
}

// errTimeout says that a request was given up.
var errTimeout = errors.New("no answer in time (--cluster-timeout)")

// get reads one object; nil and no error when it is not there, or its kind isn't served.
func get(ctx context.Context, from dynamic.ResourceInterface, name string) (*unstructured.Unstructured, error) {
	found, err := from.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}
