package bed

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const adminConf = "etc/kubernetes/admin.conf"

// Cluster is one of the bed's clusters.
type Cluster struct {
	Name  string // kind's name: fed-master
	bed   *Bed
	node  machine
	admin *clientcmdapi.Config

	fresh         bool       // made anew by this process: nothing of the one before is left
	second, front *container // the second control plane and the load balancer, where the shape has them
}

// NodeName is the name of the cluster's node, and of its container.
func (c *Cluster) NodeName() string { return c.Name + "-" + controlPlane }

// Context is the context that kind writes for the cluster: kind-fed-master.
func (c *Cluster) Context() string { return "kind-" + c.Name }

// up brings the cluster to run and waits until it is fit for use. One that was left broken, by a killed
// test perhaps, is made anew.
func (c *Cluster) up(ctx context.Context) error {
	start := time.Now()
	fresh, err := ensure(ctx, c.node)
	if err == nil && fresh {
		c.fresh = true
		err = c.removeBehind(ctx)
	}
	if err != nil {
		return err
	}
	if !fresh {
		quick, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New("30s"))
		defer cancel()
		if c.wait(quick) == nil {
			return nil
		}
		fmt.Fprintf(c.bed.log, "%s does not answer: made anew\n", c.Name)
		c.fresh = true
		if err := errors.Join(c.removeBehind(ctx), replace(ctx, c.node)); err != nil {
			return err
		}
	}
	slow, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("%s", readyTimeout))
	defer cancel()
	if err := c.wait(slow); err != nil {
		return err
	}
	fmt.Fprintf(c.bed.log, "%s is up after %.0fs\n", c.Name, time.Since(start).Seconds())
	return nil
}

// wait returns when the API server answers, pods can be made and the node takes them.
func (c *Cluster) wait(ctx context.Context) error {
	if err := until(ctx, "admin.conf is written", c.readAdmin); err != nil {
		return err
	}
	if err := c.upBehind(ctx); err != nil {
		return err
	}
	if c.front != nil {
		if err := c.readAdmin(ctx); err != nil { // again: by now the load balancer has its port
			return err
		}
	}
	return until(ctx, "the cluster is ready", c.usable)
}

// readAdmin reads the node's admin.conf, and points it at the address where this machine reaches the node.
func (c *Cluster) readAdmin(ctx context.Context) error {
	data, err := c.node.read(ctx, adminConf)
	if err != nil {
		return err
	}
	conf, err := clientcmd.Load(data)
	if err != nil {
		return err
	}
	port, err := c.port(ctx)
	if err != nil {
		return err
	}
	for _, cluster := range conf.Clusters {
		cluster.Server = fmt.Sprintf("https://127.0.0.1:%d", port)
	}
	c.admin = conf
	return nil
}

// port is that of 127.0.0.1 which leads to the cluster's API: its load balancer's, once that is there.
func (c *Cluster) port(ctx context.Context) (int, error) {
	if c.front != nil {
		if port, err := c.front.port(ctx); err == nil {
			return port, nil
		}
	}
	return c.node.port(ctx)
}

// usable is nil when the node is registered, Ready and free of taints, and the default service account,
// without which no pod can be made, is there.
func (c *Cluster) usable(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return err
	}
	node, err := client.CoreV1().Nodes().Get(ctx, c.NodeName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		_, err = client.CoreV1().Nodes().Create(ctx, c.newNode(), metav1.CreateOptions{})
		return errors.Join(errors.New("the node was just registered"), err)
	}
	if err != nil {
		return err
	}
	if len(node.Spec.Taints) > 0 || !nodeReady(node) {
		return errors.New("the node is not Ready")
	}
	_, err = client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
	return err
}

// newNode is the Node that kwok plays. It has no control plane taint, like the only node of a kind cluster.
func (c *Cluster) newNode() *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: c.NodeName(),
		Labels: map[string]string{
			"kubernetes.io/hostname":                c.NodeName(),
			"kubernetes.io/os":                      "linux",
			"node-role.kubernetes.io/control-plane": "",
		},
	}}
}

func nodeReady(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// Config reaches the cluster's API server from this machine, as its administrator. The audit log knows this
// client by the user kubernetes-admin, like everyone who uses the bed's kubeconfig.
func (c *Cluster) Config() *rest.Config {
	config, err := clientcmd.NewDefaultClientConfig(*c.admin, nil).ClientConfig()
	if err != nil {
		panic(err) // the bed wrote it itself
	}
	config.QPS, config.Burst = 500, 500
	return config
}

// Client is a typed client for the cluster.
func (c *Cluster) Client() kubernetes.Interface { return kubernetes.NewForConfigOrDie(c.Config()) }

// Stop stops the cluster's node, as docker stop does, and keeps what it wrote.
func (c *Cluster) Stop(ctx context.Context) error { return c.node.stop(ctx) }

// Start starts a stopped node and waits until the cluster is fit for use again.
func (c *Cluster) Start(ctx context.Context) error {
	if err := c.node.start(ctx); err != nil {
		return err
	}
	return c.up(ctx)
}

// Restart stops and starts the node.
func (c *Cluster) Restart(ctx context.Context) error {
	if err := c.Stop(ctx); err != nil {
		return err
	}
	return c.Start(ctx)
}

// Kubeconfig is the file with an entry for each of the bed's clusters, as kind would have written it. Tests
// copy it; they don't edit it.
func (b *Bed) Kubeconfig() string { return b.dir + "/kubeconfig" }

// writeKubeconfig writes the entries that kind create cluster writes: the published port for a server, and
// one name for cluster, context and user.
func (b *Bed) writeKubeconfig() error {
	all := clientcmdapi.NewConfig()
	for _, c := range b.Clusters {
		name := c.Context()
		for _, cluster := range c.admin.Clusters {
			all.Clusters[name] = cluster
		}
		for _, user := range c.admin.AuthInfos {
			all.AuthInfos[name] = user
		}
		all.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	}
	all.CurrentContext = b.Host().Context()
	return clientcmd.WriteToFile(*all, b.Kubeconfig())
}
