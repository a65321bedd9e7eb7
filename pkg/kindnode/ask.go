package kindnode

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kind/pkg/cluster/constants"
)

var (
	configMaps     = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	endpoints      = schema.GroupVersionResource{Version: "v1", Resource: "endpoints"}
	endpointSlices = schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}
)

// Ask describes a cluster by what it says of itself, for where no container runtime
// can be asked: by the server that kubeadm noted in kube-public/cluster-info, which
// for kind is a node's name, and by the addresses behind the service kubernetes. The
// names of networks and the published ports are not known to it. The cluster is
// called by kind's name where its node's name tells it, else as given.
func Ask(ctx context.Context, name string, client dynamic.Interface) (Cluster, error) {
	inner, err := clusterInfo(ctx, client)
	if err != nil {
		return Cluster{}, err
	}
	addresses, err := serverAddresses(ctx, client)
	if err != nil {
		return Cluster{}, err
	}
	return asked(name, inner, addresses), nil
}

// asked makes a cluster of a node's name, which may be empty, and the addresses of
// its control planes.
func asked(name, inner string, addresses []string) Cluster {
	c := Cluster{Name: name}
	balancer := strings.HasSuffix(inner, balancerSuffix)
	if balancer {
		c.Name = strings.TrimSuffix(inner, balancerSuffix)
		c.Nodes = append(c.Nodes, c.running(inner, constants.ExternalLoadBalancerNodeRoleValue))
	} else if own, is := strings.CutSuffix(inner, controlPlaneSuffix); is {
		c.Name = own
	}
	for _, address := range addresses {
		node := c.running(address, constants.ControlPlaneNodeRoleValue) // which node has it is not known,
		if len(addresses) == 1 && !balancer && inner != "" {
			node.Name = inner // unless there is only one
		}
		node.Networks = []Network{networkOf(address)}
		c.Nodes = append(c.Nodes, node)
	}
	return c
}

// What kind puts behind a cluster's name.
const (
	controlPlaneSuffix = "-control-plane"
	balancerSuffix     = "-external-load-balancer"
)

func (c Cluster) running(name, role string) Node {
	return Node{Name: name, Cluster: c.Name, Role: role, State: "running", Running: true}
}

func networkOf(address string) Network {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() {
		return Network{IPv6: address}
	}
	return Network{IPv4: address}
}

// clusterInfo is the host of the server in kube-public/cluster-info; empty where a
// cluster has none, or shows it to nobody.
func clusterInfo(ctx context.Context, client dynamic.Interface) (string, error) {
	object, err := client.Resource(configMaps).Namespace(metav1.NamespacePublic).Get(ctx, "cluster-info", metav1.GetOptions{})
	if apierrors.IsNotFound(err) || apierrors.IsForbidden(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading kube-public/cluster-info: %w", err)
	}
	text, _, _ := unstructured.NestedString(object.Object, "data", "kubeconfig")
	config, err := clientcmd.Load([]byte(text))
	if err != nil {
		return "", errors.New("kube-public/cluster-info holds no kubeconfig")
	}
	for _, cluster := range config.Clusters { // kubeadm writes one
		if server, err := url.Parse(cluster.Server); err == nil {
			return server.Hostname(), nil
		}
	}
	return "", nil
}

// serverAddresses are those behind the service kubernetes, sorted.
func serverAddresses(ctx context.Context, client dynamic.Interface) ([]string, error) {
	found, err := client.Resource(endpointSlices).Namespace(metav1.NamespaceDefault).
		List(ctx, metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=kubernetes"})
	if apierrors.IsNotFound(err) { // before Kubernetes 1.21
		return legacyAddresses(ctx, client)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the endpoints of the service kubernetes: %w", err)
	}
	var addresses []string
	for _, slice := range found.Items {
		list, _, _ := unstructured.NestedSlice(slice.Object, "endpoints")
		for _, one := range list {
			own, _, _ := unstructured.NestedStringSlice(asMap(one), "addresses")
			addresses = append(addresses, own...)
		}
	}
	slices.Sort(addresses)
	return slices.Compact(addresses), nil
}

func legacyAddresses(ctx context.Context, client dynamic.Interface) ([]string, error) {
	object, err := client.Resource(endpoints).Namespace(metav1.NamespaceDefault).Get(ctx, "kubernetes", metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the endpoints of the service kubernetes: %w", err)
	}
	var addresses []string
	subsets, _, _ := unstructured.NestedSlice(object.Object, "subsets")
	for _, subset := range subsets {
		list, _, _ := unstructured.NestedSlice(asMap(subset), "addresses")
		for _, one := range list {
			if ip, _, _ := unstructured.NestedString(asMap(one), "ip"); ip != "" {
				addresses = append(addresses, ip)
			}
		}
	}
	slices.Sort(addresses)
	return addresses, nil
}

func asMap(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}
