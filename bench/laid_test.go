package bench

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// laid is a federation as KubeFed would leave it, made without its controllers: many members, each with a proxy and an
// entry in the kubeconfig of its own, stand before a few clusters. Its objects are in sync, by KubeFed's own record.
type laid struct {
	b          *testing.B
	bed        *bed.Bed
	host       dynamic.Interface
	workers    []dynamic.Interface
	members    []string
	proxies    []*bed.Proxy // the host's first
	kubeconfig string
}

var (
	deploymentsGVR = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	namespacesGVR  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	clustersGVR    = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}
	recordsGVR     = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1alpha1", Resource: "propagatedversions"}
)

func federatedGVR(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: federation.FederatedGroup, Version: "v1beta1", Resource: plural}
}

func layOut(b *testing.B, members int) *laid {
	b.Helper()
	l := &laid{b: b, bed: clusters(b, 3, false)}
	l.must(bed.InstallKubeFedAPI(b.Context(), l.bed.Host().Config()))
	for i, c := range l.bed.Clusters {
		client, err := dynamic.NewForConfig(c.Config())
		l.must(err)
		if i == 0 {
			l.host = client
		} else {
			l.workers = append(l.workers, client)
		}
	}
	config, err := clientcmd.LoadFromFile(l.bed.Kubeconfig())
	l.must(err)
	host := l.bed.Host().Context()
	config.Clusters[host].Server = l.proxy(l.bed.Host())
	for i := range members {
		c := l.bed.Clusters[1+i%len(l.workers)]
		name := fmt.Sprintf("member%02d", i+1)
		entry := config.Clusters[c.Context()].DeepCopy()
		entry.Server = l.proxy(c)
		config.Clusters[name], config.Contexts[name] = entry, config.Contexts[c.Context()].DeepCopy()
		config.Contexts[name].Cluster = name
		l.members = append(l.members, name)
		l.register(name, entry.Server, entry.CertificateAuthorityData)
	}
	l.kubeconfig = filepath.Join(b.TempDir(), "kubeconfig")
	l.must(clientcmd.WriteToFile(*config, l.kubeconfig))
	return l
}

func (l *laid) must(err error) {
	l.b.Helper()
	if err != nil {
		l.b.Fatal(err)
	}
}

func (l *laid) proxy(c *bed.Cluster) string {
	p, err := c.Proxy(l.b.Context())
	l.must(err)
	l.b.Cleanup(p.Close)
	l.proxies = append(l.proxies, p)
	return p.URL()
}

// setLatency adds a delay to every round trip.
func (l *laid) setLatency(d time.Duration) {
	for _, p := range l.proxies {
		p.SetLatency(d / 2)
	}
}

// register makes a member that KubeFed holds for ready.
func (l *laid) register(name, server string, ca []byte) {
	client := l.host.Resource(clustersGVR).Namespace(space)
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"apiEndpoint": server, "caBundle": base64.StdEncoding.EncodeToString(ca), "secretRef": map[string]any{"name": name}},
	}}
	made, err := client.Create(l.b.Context(), object, metav1.CreateOptions{})
	l.must(err)
	now := metav1.Now().Format(time.RFC3339)
	made.Object["status"] = map[string]any{"conditions": []any{map[string]any{
		"type": "Ready", "status": "True", "reason": "ClusterReady", "lastProbeTime": now, "lastTransitionTime": now,
	}}}
	_, err = client.UpdateStatus(l.b.Context(), made, metav1.UpdateOptions{})
	l.must(err)
}

// namespace makes a federated namespace with as many Deployments on all members. No pods run: nothing is to be
// measured of them.
func (l *laid) namespace(name string, objects int) {
	ctx := l.b.Context()
	placed := map[string]any{"placement": map[string]any{"clusterSelector": map[string]any{}}}
	_, err := l.host.Resource(namespacesGVR).Create(ctx, object("v1", "Namespace", "", name, nil), metav1.CreateOptions{})
	l.must(err)
	var versions []string
	for _, client := range l.workers {
		target := object("v1", "Namespace", "", name, nil)
		target.SetLabels(map[string]string{federation.ManagedLabel: "true", "kubernetes.io/metadata.name": name})
		made, err := client.Resource(namespacesGVR).Create(ctx, target, metav1.CreateOptions{})
		l.must(err)
		versions = append(versions, federation.VersionOf(made))
	}
	fed := object(federation.FederatedGroup+"/v1beta1", "FederatedNamespace", name, name, placed)
	fed, err = l.host.Resource(federatedGVR("federatednamespaces")).Namespace(name).Create(ctx, fed, metav1.CreateOptions{})
	l.must(err)
	l.must(l.record(ctx, "Namespace", fed, versions))
	var group errgroup.Group
	group.SetLimit(8)
	for i := range objects {
		group.Go(func() error { return l.deployment(ctx, name, fmt.Sprintf("web-%03d", i)) })
	}
	l.must(group.Wait())
}

func object(apiVersion, kind, namespace, name string, spec map[string]any) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}}}
	if namespace != "" {
		out.SetNamespace(namespace)
	}
	if spec != nil {
		out.Object["spec"] = spec
	}
	return out
}

// federated is the federated Deployment of the other benchmarks, under another name.
func (l *laid) federated(namespace, name string) *unstructured.Unstructured {
	fed := federatedDeployment(l.b)
	fed.SetNamespace(namespace)
	fed.SetName(name)
	l.must(unstructured.SetNestedField(fed.Object, int64(0), "spec", "template", "spec", "replicas"))
	return fed
}

// deployment makes a federated Deployment, its targets, and the record that KubeFed would keep of them once the
// controllers of Deployments have left their mark.
func (l *laid) deployment(ctx context.Context, namespace, name string) error {
	fed := l.federated(namespace, name)
	made, err := l.host.Resource(federatedGVR("federateddeployments")).Namespace(namespace).Create(ctx, fed, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	typ := federation.TypeOf(corpus.Config("deployments.apps"))
	var versions []string
	for _, client := range l.workers {
		target, err := federation.ForCreate(typ, fed, l.members[0])
		if err != nil {
			return err
		}
		if _, err := client.Resource(deploymentsGVR).Namespace(namespace).Create(ctx, target, metav1.CreateOptions{}); err != nil {
			return err
		}
		version, err := settledVersion(ctx, client, namespace, name)
		if err != nil {
			return err
		}
		versions = append(versions, version)
	}
	return l.record(ctx, "Deployment", made, versions)
}

// settledVersion waits until the Deployment has its revision.
func settledVersion(ctx context.Context, client dynamic.Interface, namespace, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		live, err := client.Resource(deploymentsGVR).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
		switch {
		case err != nil:
			return "", err
		case live.GetAnnotations()["deployment.kubernetes.io/revision"] != "":
			return federation.VersionOf(live), nil
		}
		select {
		case <-ctx.Done():
			return "", errors.New(name + " gets no revision")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (l *laid) record(ctx context.Context, kind string, fed *unstructured.Unstructured, versions []string) error {
	template, err := federation.TemplateHash(fed)
	if err != nil {
		return err
	}
	overrides, err := federation.OverridesHash(fed)
	if err != nil {
		return err
	}
	var clusters []any
	for i, name := range l.members {
		clusters = append(clusters, map[string]any{"clusterName": name, "version": versions[i%len(versions)]})
	}
	record := object("core.kubefed.io/v1alpha1", "PropagatedVersion", fed.GetNamespace(), federation.PropagatedVersionName(kind, fed.GetName()), nil)
	client := l.host.Resource(recordsGVR).Namespace(fed.GetNamespace())
	made, err := client.Create(ctx, record, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	made.Object["status"] = map[string]any{"templateVersion": template, "overridesVersion": overrides, "clusterVersions": clusters}
	_, err = client.UpdateStatus(ctx, made, metav1.UpdateOptions{})
	return err
}
