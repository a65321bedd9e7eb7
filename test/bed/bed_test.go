package bed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// TestKindSees asks the real kind for the bed's clusters.
func TestKindSees(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 2, Docker: true})
	kind, err := programs.Path(t.Context(), "kind", programs.Target{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	clusters := output(t, kind, "get", "clusters")
	for _, c := range b.Clusters {
		if !slices.Contains(strings.Fields(clusters), c.Name) {
			t.Errorf("kind get clusters has no %s:\n%s", c.Name, clusters)
		}
		if nodes := output(t, kind, "get", "nodes", "--name", c.Name); strings.TrimSpace(nodes) != c.NodeName() {
			t.Errorf("kind get nodes --name %s: %q, want %q", c.Name, nodes, c.NodeName())
		}
	}
}

func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, problem.String())
	}
	return out.String()
}

// TestKubeconfig: the entries are those that kind writes, and lead to the clusters.
func TestKubeconfig(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 2})
	config, err := clientcmd.LoadFromFile(b.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Clusters {
		entry := config.Clusters["kind-"+c.Name]
		if entry == nil || !strings.HasPrefix(entry.Server, "https://127.0.0.1:") {
			t.Fatalf("the entry of %s: %+v", c.Name, entry)
		}
		if user := config.Contexts["kind-"+c.Name].AuthInfo; len(config.AuthInfos[user].ClientCertificateData) == 0 {
			t.Errorf("the user of %s has no client certificate", c.Name)
		}
		if err := kindnode.Prove(t.Context(), entry.Server, entry.CertificateAuthorityData); err != nil {
			t.Errorf("the server of %s: %v", c.Name, err)
		}
	}
	if bytes.Equal(config.Clusters["kind-"+b.Clusters[0].Name].CertificateAuthorityData, config.Clusters["kind-"+b.Clusters[1].Name].CertificateAuthorityData) {
		t.Error("two clusters share a CA")
	}
}

// TestWorkloads: a Deployment becomes ready, on either kind of machine.
func TestWorkloads(t *testing.T) {
	deploys(t, bed.Get(t, bed.Need{Clusters: 1}))
}

// TestProcesses: where no Docker engine answers, the same clusters run as processes, KubeFed too.
func TestProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("needs real clusters, and -short was given")
	}
	t.Setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
	name := bed.TestBed + "-processes"
	t.Cleanup(func() {
		if err := bed.Down(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	b, err := bed.Up(t.Context(), bed.Spec{Name: name, Clusters: []string{"process-master"}, KubeFed: true}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	deploys(t, b)
	if _, err := b.Host().Move(t.Context()); !errors.Is(err, bed.ErrNeedsDocker) {
		t.Errorf("moving a process: %v, want %v", err, bed.ErrNeedsDocker)
	}
	if err := b.Host().Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := bed.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := bed.Member{Bed: name, Container: "process-master", Cluster: "process-master", State: "running"}
	if !slices.Contains(found, want) {
		t.Errorf("status: %+v, want %+v among them", found, want)
	}
}

// deploys runs a Deployment of two replicas on the host until both are ready.
func deploys(t *testing.T, b *bed.Bed) {
	t.Helper()
	client, namespace := b.Host().Client(), b.NewNamespace(t, "bed")
	two, labels := int32(2), map[string]string{"app": "web"}
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &two, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "localhost/nothing:v1"}}},
			},
		},
	}
	if _, err := client.AppsV1().Deployments(namespace).Create(t.Context(), deployment, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	bed.Eventually(t, "two replicas are ready", func(ctx context.Context) error {
		got, err := client.AppsV1().Deployments(namespace).Get(ctx, "web", metav1.GetOptions{})
		if err == nil && got.Status.ReadyReplicas != two {
			err = fmt.Errorf("%d are ready", got.Status.ReadyReplicas)
		}
		return err
	})
}

// TestRestartAndMove: a restarted node keeps what it had and its published port; a moved one has another
// address, and a certificate that covers it.
func TestRestartAndMove(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 2, Docker: true, Alone: true})
	c := b.Clusters[1]
	before := c.Config()
	namespace, err := c.Client().CoreV1().Namespaces().Get(t.Context(), "kube-system", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.Config().Host != before.Host {
		t.Errorf("after a restart it is at %s, was at %s", c.Config().Host, before.Host)
	}
	was, err := c.Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	moved, err := c.Move(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if moved == was || moved == "" {
		t.Errorf("moved from %q to %q", was, moved)
	}
	if err := kindnode.Prove(t.Context(), "https://"+moved+":6443", before.CAData); err != nil {
		t.Error(err)
	}
	again, err := c.Client().CoreV1().Namespaces().Get(t.Context(), "kube-system", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if again.UID != namespace.UID {
		t.Error("it is another cluster now")
	}
}

// TestSecondNetwork: a node on two networks is what kind's own library stumbles over.
func TestSecondNetwork(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 1, Docker: true, Alone: true})
	first, err := b.Host().Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Host().Attach(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Host().Detach(context.Background()); err != nil {
			t.Error(err)
		}
	})
	clusters, err := kindnode.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(clusters, func(c kindnode.Cluster) bool { return c.Name == b.Host().Name })
	if i < 0 {
		t.Fatalf("%s is not among %+v", b.Host().Name, clusters)
	}
	want := []string{"https://" + first + ":6443", "https://" + second + ":6443"}
	for _, url := range want {
		if !slices.Contains(clusters[i].AddressURLs(), url) {
			t.Errorf("addresses %v, want %s among them", clusters[i].AddressURLs(), url)
		}
	}
}

// TestReplacesBroken: what a killed run left in no fit state does not get in the next one's way, and a cluster that
// is made anew is not taken for the member that the one before was.
func TestReplacesBroken(t *testing.T) {
	before := bed.Get(t, bed.Need{Clusters: 2, KubeFed: true, Docker: true, Alone: true})
	node := bed.TestClusters(2)[1] + "-control-plane"
	registered := "apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: " + bed.TestClusters(2)[1] +
		"}\nspec: {apiEndpoint: \"https://" + node + ":6443\", secretRef: {name: none}}\n"
	if err := bed.Apply(t.Context(), before.Host().Config(), "kube-federation-system", registered); err != nil {
		t.Fatal(err)
	}
	image := strings.TrimSpace(output(t, "docker", "inspect", "--format", "{{.Config.Image}}", node))
	output(t, "docker", "rm", "--force", "--volumes", node)
	output(t, "docker", "create", "--name", node, "--net", "kind", "--label", "kubectl-fed.io/bed="+bed.TestBed,
		"--label", "io.x-k8s.kind.cluster="+bed.TestClusters(2)[1], image) // killed before it was started
	b, err := bed.Up(t.Context(), bed.Spec{Name: bed.TestBed, Clusters: bed.TestClusters(2)}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Clusters[1].Client().CoreV1().Nodes().Get(t.Context(), node, metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	left, err := b.Host().Client().CoreV1().RESTClient().Get().
		AbsPath("/apis/core.kubefed.io/v1beta1/namespaces/kube-federation-system/kubefedclusters/" + b.Clusters[1].Name).DoRaw(t.Context())
	if !apierrors.IsNotFound(err) {
		t.Errorf("the member before is still registered: %s %v", left, err)
	}
}

// TestForeignContainer: a container that is not the bed's is never touched.
func TestForeignContainer(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 1, Docker: true})
	image := strings.TrimSpace(output(t, "docker", "inspect", "--format", "{{.Config.Image}}", b.Host().NodeName()))
	node := bed.TestBed + "-foreign-control-plane"
	output(t, "docker", "create", "--name", node, image)
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "--force", "--volumes", node).Run() })
	_, err := bed.Up(t.Context(), bed.Spec{Name: bed.TestBed, Clusters: []string{bed.TestBed + "-foreign"}}, t.Output())
	if err == nil || !strings.Contains(err.Error(), "is not of the bed") {
		t.Errorf("got %v, want a refusal", err)
	}
	output(t, "docker", "inspect", node) // it is still there
}

// TestKubernetes: a version that no programs are pinned for is refused, and a bed keeps the one it was made with.
func TestKubernetes(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	cache, err := programs.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(cache, "beds", "old")
	if err := errors.Join(os.MkdirAll(old, 0o755), os.WriteFile(filepath.Join(old, "kubernetes"), []byte("1.34"), 0o644)); err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{
		"1.20": "there is no Kubernetes 1.20 for a bed, only 1.37 and 1.34",
		"1.37": `the bed "old" has Kubernetes 1.34: take it down first, or choose other names`,
	} {
		_, err := bed.Up(t.Context(), bed.Spec{Name: "old", Clusters: []string{"old-master"}, Kubernetes: asked}, t.Output())
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", asked, err, want)
		}
	}
}

// TestKubeFedStops: stopped controllers renew no lock, started ones work again.
func TestKubeFedStops(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 1, KubeFed: true, Docker: true, Alone: true})
	if err := b.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := bed.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := bed.Member{Bed: bed.TestBed, Container: b.Host().Name + "-kubefed", State: "exited"}
	if !slices.Contains(found, want) {
		t.Errorf("status: %+v, want %+v among them", found, want)
	}
	if err := b.StartKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestProxy: latency is added in both directions, and dropped connections are errors that pass.
func TestProxy(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 1})
	p, err := b.Host().Proxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	config := p.Through(b.Host().Config())
	config.Timeout = 3 * time.Second // client-go tries again until then
	client := kubernetes.NewForConfigOrDie(config)
	get := func() error {
		_, err := client.CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{})
		return err
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	const latency = 100 * time.Millisecond
	p.SetLatency(latency)
	start := time.Now()
	if err := get(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < 2*latency {
		t.Errorf("a request took %s with %s in each direction", took, latency)
	}
	p.SetLatency(0)
	p.SetDrop(true)
	if err := get(); err == nil {
		t.Error("with every connection cut a request came through")
	}
	p.SetDrop(false)
	if err := get(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestAudit finds a write by user and namespace, and nothing of another namespace.
func TestAudit(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 1})
	namespace := b.NewNamespace(t, "bed")
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "seen"}}
	if _, err := b.Host().Client().CoreV1().ConfigMaps(namespace).Create(t.Context(), config, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	bed.Eventually(t, "the write is in the audit log", func(ctx context.Context) error {
		events, err := b.Host().Audit(ctx, bed.AuditQuery{User: "kubernetes-admin", Namespace: namespace, Verb: "create"})
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Object.Resource == "configmaps" && e.Object.Name == "seen" && e.Response.Code == 201 {
				return nil
			}
		}
		return fmt.Errorf("not among %d events", len(events))
	})
	events, err := b.Host().Audit(t.Context(), bed.AuditQuery{Namespace: namespace})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Object.Namespace != namespace {
			t.Errorf("an event of another namespace: %+v", e)
		}
	}
}
