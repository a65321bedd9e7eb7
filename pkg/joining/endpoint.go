package joining

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Values of a wish for an endpoint that are no URL.
const (
	Internal   = "internal"   // where the cluster's own network reaches it
	Kubeconfig = "kubeconfig" // the kubeconfig's server
)

// endpoints are the URLs at which KubeFed's controllers may reach a cluster, the best first. Between kind
// clusters that is the node's name, which outlives a restart, and where names don't resolve its addresses;
// else it is the kubeconfig's server.
func (m *Met) endpoints(ctx context.Context, wish string, from Place) ([]string, error) {
	switch {
	case wish == "" && m.Kind != nil && from.Kind != nil, wish == Internal && m.Kind != nil:
		inner, err := m.Kind.InnerURL()
		return append([]string{inner}, m.Kind.AddressURLs()...), err
	case wish == Internal:
		return published(ctx, m.Client)
	case wish == "", wish == Kubeconfig:
		wish = m.Entry.Server
	}
	if isLoopback(wish) && !from.sharesLoopback() {
		err := fmt.Errorf("its server %s is on loopback, and means something else where KubeFed runs", wish)
		return nil, hint.Add(err, "kubectl fed fix-server %s", m.Name)
	}
	return []string{lowerHost(wish)}, nil
}

// published is the server that a cluster made by kubeadm says of itself to everybody.
func published(ctx context.Context, client dynamic.Interface) ([]string, error) {
	configMaps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	info, err := client.Resource(configMaps).Namespace("kube-public").Get(ctx, "cluster-info", metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("looking for its inner address in ConfigMap kube-public/cluster-info: %w", member.Plain(err))
	}
	text, _, _ := unstructured.NestedString(info.Object, "data", "kubeconfig")
	config, err := clientcmd.Load([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("reading ConfigMap kube-public/cluster-info: %w", err)
	}
	for _, cluster := range config.Clusters { // there is one
		return []string{lowerHost(cluster.Server)}, nil
	}
	return nil, fmt.Errorf("ConfigMap kube-public/cluster-info names no server")
}

// isLoopback tells the names and addresses that lead every machine and container to itself.
func isLoopback(server string) bool {
	parsed, err := url.Parse(server)
	if err != nil {
		return false
	}
	host := strings.ToLower(parsed.Hostname())
	ip := net.ParseIP(host)
	return host == "localhost" || host == "host.docker.internal" || (ip != nil && (ip.IsLoopback() || ip.IsUnspecified()))
}

// lowerHost writes the host of a URL in lower case, as certificates and KubeFed's validation have it, and leaves
// the path alone.
func lowerHost(server string) string {
	parsed, err := url.Parse(server)
	if err != nil {
		return server
	}
	parsed.Host = strings.ToLower(parsed.Host)
	return parsed.String()
}
