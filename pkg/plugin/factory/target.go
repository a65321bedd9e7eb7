package factory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
)

// Target is the cluster that is meant as host, whether it has a KubeFed or not.
type Target struct {
	Context   string
	Namespace string // KubeFed's own
	Config    *rest.Config
	API       discovery.ServerResourcesInterface
	// Named says that the user typed --context, and Kinds are the contexts of kind clusters in the kubeconfig: with
	// several and none named, it is not plain that the current one is meant.
	Named bool
	Kinds []string
}

// KubefedNamespace is the namespace of the control plane, without looking at any kubeconfig.
func (f *Factory) KubefedNamespace() string { return f.kubefedNamespace }

// Target finds the cluster that is meant as host. Nobody is asked.
func (f *Factory) Target() (Target, error) {
	contexts, err := f.Contexts()
	if err != nil {
		return Target{}, err
	}
	t := Target{Namespace: f.kubefedNamespace, Named: *f.flags.Context != ""}
	if t.Context, err = f.hostContext(contexts); err != nil {
		return Target{}, err
	}
	for name := range contexts.Contexts {
		if strings.HasPrefix(name, "kind-") {
			t.Kinds = append(t.Kinds, name)
		}
	}
	slices.Sort(t.Kinds)
	if t.Config, err = f.flags.ToRESTConfig(); err != nil {
		return Target{}, err
	}
	t.API, err = f.flags.ToDiscoveryClient()
	return t, err
}

// HostKind is the kind cluster that is meant as host. It is an error when it is none.
func (f *Factory) HostKind(ctx context.Context) (kindnode.Cluster, error) {
	contexts, err := f.Contexts()
	if err != nil {
		return kindnode.Cluster{}, err
	}
	name, err := f.hostContext(contexts)
	if err != nil {
		return kindnode.Cluster{}, err
	}
	config, err := f.Kubeconfig()
	if err != nil {
		return kindnode.Cluster{}, err
	}
	kinds, err := f.Kinds(ctx)
	if err != nil {
		return kindnode.Cluster{}, err
	}
	candidate, err := joining.FindCandidate(name, name, contexts, config.Entries())
	if err != nil {
		return kindnode.Cluster{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, f.ClusterTimeout)
	defer cancel()
	cluster, is, err := joining.KindOf(ctx, name, candidate.Entry, kinds)
	if err == nil && !is {
		err = fmt.Errorf("%s is no kind cluster of this machine", name)
	}
	return cluster, err
}
