//go:build unix

package bench

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

const (
	renderClusters = 50
	renderObjects  = 1000
	// renderTime is what a thousand objects for fifty clusters may take on two
	// idle cores. What is measured is the time of the processor, which other
	// programs on the machine don't add to.
	renderTime  = 2 * time.Second
	renderCores = 2
)

// BenchmarkRender renders federated Deployments, each with an override for every
// cluster, for all clusters. The cost of one object in one cluster has to stay
// the same however many objects there are.
func BenchmarkRender(b *testing.B) {
	for _, n := range []int{renderObjects / 4, renderObjects / 2, renderObjects} {
		b.Run(fmt.Sprintf("objects=%d/clusters=%d", n, renderClusters), func(b *testing.B) {
			objects := federatedDeployments(b, n)
			before := processorTime(b)
			for b.Loop() {
				if err := renderAll(objects); err != nil {
					b.Fatal(err)
				}
			}
			each := (processorTime(b) - before) / time.Duration(b.N)
			b.ReportMetric(float64(each.Nanoseconds())/float64(n*renderClusters), "cpu-ns/render")
			if onTwo := each / renderCores; n == renderObjects && onTwo > renderTime {
				b.Errorf("%d objects for %d clusters take %s on two cores, more than %s", n, renderClusters, onTwo, renderTime)
			}
		})
	}
}

// processorTime is what this process has used so far, by all its threads.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// renderAll uses all cores, an object at a time.
func renderAll(objects []*unstructured.Unstructured) error {
	typ := federation.TypeOf(corpus.Config("deployments.apps"))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, fed := range objects {
		group.Go(func() error {
			r := federation.NewRenderer(typ, fed)
			for c := range renderClusters {
				if _, err := r.ForCreate(cluster(c)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func cluster(i int) string { return fmt.Sprintf("worker%02d", i) }

// federatedDeployments are of the size of those that people write.
func federatedDeployments(b *testing.B, n int) []*unstructured.Unstructured {
	b.Helper()
	var out []*unstructured.Unstructured
	for i := range n {
		fed := federatedDeployment(b)
		fed.SetName(fmt.Sprintf("web-%d", i))
		all := map[string][]federation.Override{}
		for c := range renderClusters {
			all[cluster(c)] = []federation.Override{
				{Path: "/spec/replicas", Value: c},
				{Path: "/spec/template/spec/containers/0/image", Value: fmt.Sprintf("nginx:1.%d", c)},
			}
		}
		if err := federation.SetOverrides(fed, all); err != nil {
			b.Fatal(err)
		}
		out = append(out, fed)
	}
	return out
}

func federatedDeployment(b *testing.B) *unstructured.Unstructured {
	b.Helper()
	raw, err := yaml.YAMLToJSONStrict([]byte(`
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: shop}
spec:
  placement: {clusterSelector: {}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      replicas: 1
      selector: {matchLabels: {app: web}}
      strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
      template:
        metadata: {labels: {app: web, tier: front}}
        spec:
          containers:
          - name: web
            image: nginx:1.27
            ports: [{name: http, containerPort: 80}]
            env: [{name: MODE, value: production}, {name: LEVEL, value: "3"}]
            resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
            readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 5}
            volumeMounts: [{name: data, mountPath: /data}]
          volumes: [{name: data, emptyDir: {}}]
`))
	if err != nil {
		b.Fatal(err)
	}
	fed := &unstructured.Unstructured{}
	if err := fed.UnmarshalJSON(raw); err != nil {
		b.Fatal(err)
	}
	return fed
}
