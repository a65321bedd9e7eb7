package bench

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// joining is how many clusters join: kubefedctl one after another, since it takes one at a time.
const joining = 10

const space = "kube-federation-system"

// ground is a host with KubeFed's API, and clusters to join. KubeFed's controllers don't run: neither side waits
// for them, and they would take the processor from both.
type ground struct {
	b          *testing.B
	bed        *bed.Bed
	proxies    []*bed.Proxy // one before each cluster, the host first
	kubeconfig string       // that leads through the proxies
	ours       string       // programs
	theirs     string
}

// BenchmarkJoin joins ten clusters with all checks, and with ten calls of kubefedctl. The ratio of both times may
// not be above what is promised. The latency is added to every request to an API server; the handshakes by which
// kind clusters are recognised at their published ports have none.
func BenchmarkJoin(b *testing.B) {
	g := newGround(b)
	for _, test := range []struct {
		name    string
		latency time.Duration // of a round trip
		most    float64
	}{
		{"local", 0, 1},
		{"50ms", 50 * time.Millisecond, 1.0 / 3},
	} {
		b.Run(test.name, func(b *testing.B) {
			for _, p := range g.proxies {
				p.SetLatency(test.latency / 2) // each way
			}
			var ours, theirs time.Duration
			for range b.N {
				b.StopTimer()
				g.reset()
				b.StartTimer()
				ours += g.timed(g.join)
				b.StopTimer()
				g.reset()
				theirs += g.timed(g.kubefedctlJoin)
				b.StartTimer()
			}
			ratio := ours.Seconds() / theirs.Seconds()
			b.ReportMetric(ours.Seconds()/float64(b.N), "s/ours")
			b.ReportMetric(theirs.Seconds()/float64(b.N), "s/kubefedctl")
			b.ReportMetric(ratio, "ours/kubefedctl")
			if ratio > test.most {
				b.Errorf("the join took %.2f of what kubefedctl took, want at most %.2f", ratio, test.most)
			}
		})
	}
}

// newGround brings up clusters of its own, and removes them in the end.
func newGround(b *testing.B) *ground {
	b.Helper()
	if !bed.HasDocker(b.Context()) {
		b.Skip(bed.ErrNeedsDocker)
	}
	spec := bed.Spec{Name: bed.TestBed + "-bench", Clusters: []string{bed.TestBed + "-bench-master"}}
	for i := range joining {
		spec.Clusters = append(spec.Clusters, fmt.Sprintf("%s-bench-worker%02d", bed.TestBed, i+1))
	}
	b.Cleanup(func() {
		if err := bed.Down(context.Background(), spec.Name); err != nil {
			b.Error(err)
		}
	})
	up, err := bed.Up(b.Context(), spec, b.Output())
	if err != nil {
		b.Fatal(err)
	}
	if err := bed.InstallKubeFedAPI(b.Context(), up.Host().Config()); err != nil {
		b.Fatal(err)
	}
	g := &ground{b: b, bed: up, ours: program(b, "kubectl-fed"), theirs: program(b, "kubefedctl")}
	g.addProxies()
	return g
}

func program(b *testing.B, name string) string {
	b.Helper()
	file, err := programs.Path(b.Context(), name, programs.Target{}, b.Output())
	if err != nil {
		b.Fatal(err)
	}
	return file
}

// addProxies puts one before each cluster, and into a kubeconfig of the benchmark's own.
func (g *ground) addProxies() {
	g.b.Helper()
	config, err := clientcmd.LoadFromFile(g.bed.Kubeconfig())
	if err != nil {
		g.b.Fatal(err)
	}
	for _, c := range g.bed.Clusters {
		p, err := c.Proxy(g.b.Context())
		if err != nil {
			g.b.Fatal(err)
		}
		g.b.Cleanup(p.Close)
		g.proxies = append(g.proxies, p)
		config.Clusters[c.Context()].Server = p.URL()
	}
	g.kubeconfig = filepath.Join(g.b.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, g.kubeconfig); err != nil {
		g.b.Fatal(err)
	}
}

func (g *ground) timed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func (g *ground) run(program string, args ...string) {
	g.b.Helper()
	args = append(args, "--kubeconfig", g.kubeconfig)
	if out, err := exec.CommandContext(g.b.Context(), program, args...).CombinedOutput(); err != nil {
		g.b.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
}

func (g *ground) join() {
	args := []string{"join", "--context", g.bed.Host().Context()}
	for _, c := range g.bed.Clusters[1:] {
		args = append(args, c.Name)
	}
	g.run(g.ours, args...)
}

func (g *ground) kubefedctlJoin() {
	for _, c := range g.bed.Clusters[1:] {
		g.run(g.theirs, "join", c.Name, "--cluster-context", c.Context(), "--host-cluster-context", g.bed.Host().Context())
	}
}

// reset removes what either has made, by the clusters' own addresses.
func (g *ground) reset() {
	g.b.Helper()
	var all errgroup.Group
	for _, c := range g.bed.Clusters[1:] {
		all.Go(func() error { return g.clear(c) })
	}
	host := g.bed.Host()
	all.Go(func() error {
		raw := host.Client().CoreV1().RESTClient().Delete().AbsPath("/apis/core.kubefed.io/v1beta1/namespaces/" + space + "/kubefedclusters")
		return errors.Join(raw.Do(g.b.Context()).Error(),
			host.Client().CoreV1().Secrets(space).DeleteCollection(g.b.Context(), metav1.DeleteOptions{}, metav1.ListOptions{}))
	})
	if err := all.Wait(); err != nil {
		g.b.Fatal(err)
	}
}

// clear removes a join from a member, and waits until KubeFed's namespace is gone.
func (g *ground) clear(c *bed.Cluster) error {
	client := c.Client()
	role := "kubefed-controller-manager:" + c.Name + "-" + g.bed.Host().Context()
	err := errors.Join(
		present(client.RbacV1().ClusterRoleBindings().Delete(g.b.Context(), role, metav1.DeleteOptions{})),
		present(client.RbacV1().ClusterRoles().Delete(g.b.Context(), role, metav1.DeleteOptions{})),
		present(client.CoreV1().Namespaces().Delete(g.b.Context(), space, metav1.DeleteOptions{})))
	if err != nil {
		return err
	}
	bed.Eventually(g.b, "KubeFed's namespace is gone from "+c.Name, func(ctx context.Context) error {
		_, err := client.CoreV1().Namespaces().Get(ctx, space, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(errors.New("it is there"), err)
	})
	return nil
}

// present takes "it is not there" for no error.
func present(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
