package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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
)

// The size of the matrix, and what it may cost.
const (
	matrixObjects = 500
	matrixMembers = 10
	matrixTime    = 5 * time.Second
	matrixMemory  = 250 << 20
)

// matrixSpaces are the namespaces that the objects lie in.
const matrixSpaces = 5

// BenchmarkStatus draws the matrix of 500 objects by 10 members, half of them Deployments. The ten members are one
// cluster that is registered ten times: to the plugin they are ten, each with its own requests, and on one machine ten
// API servers would share the processor in the same way.
func BenchmarkStatus(b *testing.B) {
	up := clusters(b, 2, false)
	host, worker := up.Clusters[0], up.Clusters[1]
	if err := bed.InstallKubeFedAPI(b.Context(), host.Config()); err != nil {
		b.Fatal(err)
	}
	m := &matrix{b: b, host: dynamic.NewForConfigOrDie(host.Config()), worker: dynamic.NewForConfigOrDie(worker.Config())}
	m.register(worker.Config().CAData)
	m.fill()
	kubeconfig, proxies := throughProxies(b, up)
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		b.Run(latency.String(), func(b *testing.B) {
			for _, p := range proxies {
				p.SetLatency(latency / 2) // each way
			}
			drawn(b, kubeconfig)
		})
	}
}

// drawn draws the matrix as often as the benchmark says.
func drawn(b *testing.B, kubeconfig string) {
	program := filepath.Join(tools(b), "kubectl-fed")
	memory := int64(0)
	start := time.Now()
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), program, "status", "-A", "--kubeconfig", kubeconfig)
		cmd.Env = append(os.Environ(), "HOME="+b.TempDir())
		out, err := cmd.CombinedOutput()
		want := fmt.Sprintf("%d objects, %d members: ", matrixObjects+matrixSpaces, matrixMembers)
		if err != nil || !strings.Contains(string(out), want) {
			b.Fatalf("%v\n%s", err, out)
		}
		if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			memory = max(memory, used.Maxrss<<10)
		}
	}
	took := time.Since(start) / time.Duration(b.N)
	b.ReportMetric(took.Seconds(), "s/matrix")
	b.ReportMetric(float64(memory>>20), "MB")
	if took > matrixTime || memory > matrixMemory {
		b.Errorf("the matrix took %s and %d MB, and may take %s and %d MB", took, memory>>20, matrixTime, int64(matrixMemory)>>20)
	}
}

// throughProxies is a kubeconfig that leads through a proxy to each cluster.
func throughProxies(b *testing.B, up *bed.Bed) (string, []*bed.Proxy) {
	b.Helper()
	config, err := clientcmd.LoadFromFile(up.Kubeconfig())
	if err != nil {
		b.Fatal(err)
	}
	var proxies []*bed.Proxy
	for _, c := range up.Clusters {
		p, err := c.Proxy(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(p.Close)
		proxies = append(proxies, p)
		config.Clusters[c.Context()].Server = p.URL()
	}
	config.CurrentContext = up.Host().Context()
	file := filepath.Join(b.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		b.Fatal(err)
	}
	return file, proxies
}

// matrix is the clusters while they are filled.
type matrix struct {
	b            *testing.B
	host, worker dynamic.Interface
}

func (m *matrix) memberNames() (names []string) {
	for i := range matrixMembers {
		names = append(names, fmt.Sprintf("member%02d", i+1))
	}
	return names
}

// register makes ten members, which KubeFed calls ready.
func (m *matrix) register(ca []byte) {
	gvr := schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}
	now := time.Now().UTC().Format(time.RFC3339)
	for _, name := range m.memberNames() {
		obj := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "core.kubefed.io/v1beta1", "kind": "KubeFedCluster", "metadata": map[string]any{"name": name, "namespace": space},
			"spec": map[string]any{
				"apiEndpoint": "https://" + name + ":6443", "caBundle": base64.StdEncoding.EncodeToString(ca), "secretRef": map[string]any{"name": name},
			},
		}}
		created := m.create(m.host, gvr, space, obj)
		created.Object["status"] = map[string]any{"conditions": []any{map[string]any{
			"type": "Ready", "status": "True", "lastProbeTime": now, "lastTransitionTime": now, "reason": "ClusterReady", "message": "/healthz responded with ok",
		}}}
		m.status(gvr, space, created)
	}
}

func (m *matrix) create(client dynamic.Interface, gvr schema.GroupVersionResource, namespace string, obj *unstructured.Unstructured) *unstructured.Unstructured {
	var at dynamic.ResourceInterface = client.Resource(gvr)
	if namespace != "" {
		at = client.Resource(gvr).Namespace(namespace)
	}
	created, err := at.Create(m.b.Context(), obj, metav1.CreateOptions{})
	if err != nil {
		m.b.Fatal(err)
	}
	return created
}

func (m *matrix) status(gvr schema.GroupVersionResource, namespace string, obj *unstructured.Unstructured) {
	if _, err := m.host.Resource(gvr).Namespace(namespace).UpdateStatus(context.Background(), obj, metav1.UpdateOptions{}); err != nil {
		m.b.Fatal(err)
	}
}

// fill makes the objects as KubeFed leaves them: federated, in the member, and on record.
func (m *matrix) fill() {
	namespaces, _ := federation.WellKnown("Namespace")
	deployments, _ := federation.WellKnown("Deployment")
	configMaps, _ := federation.WellKnown("ConfigMap")
	for i := range matrixSpaces {
		name := fmt.Sprintf("space%d", i)
		m.create(m.host, namespaces.Target.GVR(), "", objectOf(namespaces.Target, "", name, nil))
		m.propagated(namespaces, name, name, map[string]any{})
	}
	var all errgroup.Group
	all.SetLimit(8)
	for i := range matrixObjects {
		namespace, name := fmt.Sprintf("space%d", i%matrixSpaces), fmt.Sprintf("object-%03d", i)
		all.Go(func() error {
			if i%2 == 0 {
				m.propagated(configMaps, namespace, name, map[string]any{"data": map[string]any{"key": strings.Repeat("value ", 40)}})
			} else {
				m.propagated(deployments, namespace, name, deploymentSpec(name))
			}
			return nil
		})
	}
	_ = all.Wait() // what fails ends the benchmark
}

func deploymentSpec(name string) map[string]any {
	labels := map[string]any{"app": name}
	return map[string]any{"spec": map[string]any{
		"replicas": int64(0), "selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{
			"containers": []any{map[string]any{"name": "probe", "image": "localhost/kubectl-fed/probe:one", "env": []any{map[string]any{"name": "A", "value": "b"}}}},
		}},
	}}
}

func objectOf(api federation.API, namespace, name string, content map[string]any) *unstructured.Unstructured {
	obj := &unstructured.Unstructured{Object: map[string]any{}}
	for key, value := range content {
		obj.Object[key] = value
	}
	obj.SetGroupVersionKind(api.GVK())
	obj.SetName(name)
	obj.SetNamespace(namespace)
	return obj
}

// propagated makes one object that KubeFed would leave as it is.
func (m *matrix) propagated(t federation.Type, namespace, name string, template map[string]any) {
	var refs, versions []any
	for _, member := range m.memberNames() {
		refs = append(refs, map[string]any{"name": member})
	}
	fed := m.create(m.host, t.Federated.GVR(), namespace, objectOf(t.Federated, namespace, name, map[string]any{
		"spec": map[string]any{"template": template, "placement": map[string]any{"clusters": refs}},
	}))
	target := objectOf(t.Target, namespace, name, template)
	target.SetLabels(map[string]string{federation.ManagedLabel: "true"})
	if t.IsNamespace() {
		target.SetNamespace("")
		namespace = name
	}
	live := m.create(m.worker, t.Target.GVR(), target.GetNamespace(), target)
	for _, member := range m.memberNames() {
		versions = append(versions, map[string]any{"clusterName": member, "version": federation.VersionOf(live)})
	}
	templateHash, err := federation.TemplateHash(fed)
	if err != nil {
		m.b.Fatal(err)
	}
	overridesHash, err := federation.OverridesHash(fed)
	if err != nil {
		m.b.Fatal(err)
	}
	gvr := schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1alpha1", Resource: "propagatedversions"}
	record := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "core.kubefed.io/v1alpha1", "kind": "PropagatedVersion"}}
	record.SetName(federation.PropagatedVersionName(t.Target.Kind, name))
	record.SetNamespace(namespace)
	record = m.create(m.host, gvr, namespace, record)
	record.Object["status"] = map[string]any{"templateVersion": templateHash, "overridesVersion": overridesHash, "clusterVersions": versions}
	m.status(gvr, namespace, record)
}
