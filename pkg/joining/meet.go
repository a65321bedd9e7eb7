package joining

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Met is a candidate that answers.
type Met struct {
	Candidate
	Kind    *kindnode.Cluster // nil when it is no kind cluster
	Client  dynamic.Interface
	UID     string // of its namespace kube-system
	Version string // of its API server
	CA      []byte // PEM; the entry's, else what the cluster says itself
	Proxy   string // for the controllers
	Note    string // on what of the kubeconfig's entry is not carried over
	URLs    []string

	settings clientcmdapi.Cluster // the kubeconfig's entry
}

// Meet finds the cluster that is to join under a name, reaches it through its context and finds out what it is.
// It writes nothing. context is "" unless the user named one.
func (s *Scene) Meet(ctx context.Context, name, context string, w Wishes) (*Met, error) {
	candidate, err := s.candidate(name, context)
	if err != nil {
		return nil, err
	}
	config, err := member.ConfigFor(s.Contexts, candidate.Context, s.Timeout)
	if err != nil {
		return nil, err
	}
	m := &Met{Candidate: candidate, settings: *s.Contexts.Clusters[candidate.Entry.Name]}
	if m.Client, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	if m.Proxy, m.Note, err = carry(m.settings, w); err != nil {
		return nil, err
	}
	if err := m.identify(ctx, config, s.Kinds); err != nil {
		return nil, err
	}
	m.URLs, err = m.endpoints(ctx, w.Endpoint, s.Place)
	return m, err
}

// candidate finds a cluster by its name or context. A member may be called in the kubeconfig whatever it likes:
// its CA leads to it.
func (s *Scene) candidate(name, context string) (Candidate, error) {
	found, err := FindCandidate(name, context, s.Contexts, s.Entries)
	if err == nil || context != "" {
		return found, err
	}
	if m, ok := s.Member(name); ok {
		if by := s.Host.ContextOf(m); by != "" {
			return FindCandidate(name, by, s.Contexts, s.Entries)
		}
	}
	if slices.ContainsFunc(s.Kinds, func(k kindnode.Cluster) bool { return k.Name == name }) && hint.Of(err) == noContextHint {
		return found, hint.Add(err, "kind export kubeconfig --name %s", name)
	}
	return found, err
}

// identify finds out which cluster answers: its CA, its kind name, its UID and version.
func (m *Met) identify(ctx context.Context, config *rest.Config, kinds []kindnode.Cluster) error {
	var err error
	if m.CA = m.Entry.CA; len(m.CA) == 0 {
		if m.CA, err = rootCA(ctx, m.Client); err != nil {
			return m.unreached(err)
		}
	}
	entry := m.Entry
	entry.CA = m.CA
	k, is, err := KindOf(ctx, m.Context, entry, kinds)
	if err != nil {
		return err
	}
	if is {
		m.Kind = &k
	}
	var both errgroup.Group
	both.Go(func() (err error) {
		m.UID, err = member.ClusterUID(ctx, m.Client)
		return err
	})
	both.Go(func() (err error) {
		m.Version, err = serverVersion(config)
		return err
	})
	if err := both.Wait(); err != nil {
		return m.unreached(err)
	}
	return nil
}

func (m *Met) unreached(err error) error {
	return fmt.Errorf("reaching it through the context %s: %w", m.Context, err)
}

// rootCA is the CA that a cluster gives to its pods, for a kubeconfig entry that has none.
func rootCA(ctx context.Context, client dynamic.Interface) ([]byte, error) {
	configMaps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	found, err := client.Resource(configMaps).Namespace(metav1.NamespaceSystem).Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("the kubeconfig has no certificate authority for it, and reading its own failed: %w", member.Plain(err))
	}
	text, _, _ := unstructured.NestedString(found.Object, "data", "ca.crt")
	if text == "" {
		return nil, errors.New("neither the kubeconfig nor the cluster itself has its certificate authority")
	}
	return []byte(text), nil
}

// oldest is the first version whose servers apply objects by themselves without a feature gate.
var oldest = version.MustParseGeneric("1.22.0")

// serverVersion asks for the version of the API server, which may be too old.
func serverVersion(config *rest.Config) (string, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return "", err
	}
	info, err := client.ServerVersion()
	if err != nil {
		return "", fmt.Errorf("asking for its version: %w", member.Plain(err))
	}
	parsed, err := version.ParseGeneric(info.GitVersion)
	if err == nil && parsed.LessThan(oldest) {
		return "", fmt.Errorf("its Kubernetes %s is too old: a join needs %s or newer", info.GitVersion, oldest)
	}
	return info.GitVersion, nil
}
