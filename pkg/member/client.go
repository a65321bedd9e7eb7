package member

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Client talks to one member.
type Client struct {
	Name    string
	Context string // the user's context that is used, "" for KubeFed's own credentials
	Config  *rest.Config
	Dynamic dynamic.Interface
}

// Dial finds the way to a member. No request is sent to it yet, but the certificate of a kind cluster may be
// looked at, to find an address of it that this machine reaches.
func (h *Host) Dial(ctx context.Context, m Member) (*Client, error) {
	config, name, err := h.way(ctx, m)
	if err != nil {
		return nil, err
	}
	Tune(config, h.Config.Timeout)
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Client{Name: m.Name, Context: name, Config: config, Dynamic: client}, nil
}

// way is the configuration for a member: the user's own context before KubeFed's credentials.
func (h *Host) way(ctx context.Context, m Member) (*rest.Config, string, error) {
	if name := h.ContextOf(m); name != "" {
		config, err := clientcmd.NewNonInteractiveClientConfig(h.contexts, name, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
		if err != nil {
			return nil, "", fmt.Errorf("context %s: %w", name, err)
		}
		return config, name, nil
	}
	config, err := h.credentials(ctx, m)
	return config, "", err
}

// ContextOf is the context whose cluster has the CA that the member was joined with, "" when there is none.
// Of several, the one that is called like the member, or as kind would call it, is the likelier meant.
func (h *Host) ContextOf(m Member) string {
	var found []string
	for _, entry := range h.entries {
		if SameCA(entry.CA, m.CA) {
			found = append(found, entry.Contexts...)
		}
	}
	for _, name := range []string{m.Name, "kind-" + m.Name} {
		if slices.Contains(found, name) {
			return name
		}
	}
	slices.Sort(found)
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// credentials are those that KubeFed's controllers use, which the host cluster holds.
func (h *Host) credentials(ctx context.Context, m Member) (*rest.Config, error) {
	secret, err := get(ctx, h.Client.Resource(secrets).Namespace(h.Namespace), m.Secret)
	if err != nil {
		return nil, fmt.Errorf("no context of the kubeconfig reaches it, and reading KubeFed's credentials failed: %w", Plain(err))
	}
	if secret == nil {
		return nil, fmt.Errorf("no context of the kubeconfig reaches it, and KubeFed's Secret %s is not there", m.Secret)
	}
	encoded, _, err := unstructured.NestedString(secret.Object, "data", "token")
	if err != nil {
		return nil, errors.New("KubeFed's Secret " + m.Secret + " has no token")
	}
	token, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(token) == 0 {
		return nil, errors.New("KubeFed's Secret " + m.Secret + " has no token")
	}
	config := &rest.Config{Host: m.Endpoint, BearerToken: string(token)}
	config.CAData, config.Insecure = m.CA, m.Insecure
	if m.Insecure {
		config.CAData = nil // client-go refuses both together
		return config, nil
	}
	h.fromHere(ctx, config)
	return config, nil
}

// Tune fits a configuration to a tool that asks many things at once, of servers that have priorities of
// their own for clients: no throttling here, and no warnings on the user's terminal about what KubeFed sends.
// No request takes longer than the timeout, unless the configuration has one of its own.
func Tune(config *rest.Config, timeout time.Duration) {
	if config.Timeout == 0 {
		config.Timeout = timeout
	}
	config.QPS, config.Burst = -1, -1
	config.WarningHandler = rest.NoWarnings{}
}

// ClusterUID is the UID of the namespace kube-system, which tells a cluster from every other, also from one
// that was made anew under the same name.
func ClusterUID(ctx context.Context, client dynamic.Interface) (string, error) {
	system, err := client.Resource(namespaces).Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
	if err != nil {
		return "", Plain(err)
	}
	return string(system.GetUID()), nil
}

// ConfigFor is the client configuration of one context of a kubeconfig.
func ConfigFor(contexts clientcmdapi.Config, name string, timeout time.Duration) (*rest.Config, error) {
	config, err := clientcmd.NewNonInteractiveClientConfig(contexts, name, &clientcmd.ConfigOverrides{}, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", name, err)
	}
	Tune(config, timeout)
	return config, nil
}
