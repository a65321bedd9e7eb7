//go:build kind

package e2e

import (
	"archive/tar"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// kindClusters are the clusters of the genuine walk; kind names nodes and contexts after them.
var kindClusters = []string{"e2e-master", "e2e-worker01", "e2e-worker02"}

// kubefedImage is the name under which KubeFed's image was published; here it is built from its module.
const kubefedImage = "quay.io/kubernetes-multicluster/kubefed:v0.10.0"

// TestKind is the walk on clusters that kind create cluster made, with KubeFed's controllers in a pod. The
// node image is KIND_NODE_IMAGE, by default kind's own; all other images are made here.
func TestKind(t *testing.T) {
	g := onKind(t)
	run(t, g, "testdata/walk")
	run(t, g, "testdata/kind")
}

// kindGround makes clusters, and controls what runs in them.
type kindGround struct {
	t          *testing.T
	kind       string
	kubectl    string
	kubeconfig string
}

func onKind(t *testing.T) ground {
	k := kindGround{t: t, kind: program(t, "kind"), kubectl: program(t, "kubectl"), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	k.create()
	k.loadKubeFed()
	images := k.loadProbe()
	k.install()
	return ground{
		clusters: kindClusters, names: hostAndWorkers, kind: k.kind, kubeconfig: k.kubeconfig, images: images,
		stop: k.stop, start: k.start, vars: k.charts(),
	}
}

func program(t *testing.T, name string) string {
	file, err := programs.Path(t.Context(), name, programs.Target{}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// keep is for working on a script: clusters take longer than it does.
var keep = flag.Bool("keep", false, "use the kind clusters of an earlier run, and leave them in the end")

// create makes the clusters anew, one after another as people do, and removes them in the end.
func (k kindGround) create() {
	if out, err := exec.Command(k.kind, "get", "clusters").Output(); *keep && err == nil && strings.Contains(string(out), kindClusters[2]) {
		for _, name := range kindClusters {
			k.must(k.kind, "export", "kubeconfig", "--name", name, "--kubeconfig", k.kubeconfig)
		}
		return
	}
	remove := append([]string{"delete", "clusters"}, kindClusters...)
	k.must(k.kind, remove...)
	k.t.Cleanup(func() {
		if *keep {
			return
		}
		if out, err := exec.Command(k.kind, append(remove, "--kubeconfig", k.kubeconfig)...).CombinedOutput(); err != nil {
			k.t.Errorf("removing the clusters: %v\n%s", err, out)
		}
	})
	for _, name := range kindClusters {
		args := []string{"create", "cluster", "--name", name, "--wait", "180s", "--kubeconfig", k.kubeconfig}
		if image := os.Getenv("KIND_NODE_IMAGE"); image != "" {
			args = append(args, "--image", image)
		}
		k.must(k.kind, args...)
	}
}

// loadKubeFed makes KubeFed's image from its module, and puts it on the host's node.
func (k kindGround) loadKubeFed() {
	k.makeImage(kubefedImage, "hyperfed", kubefedPlaces...)
	k.must(k.kind, "load", "docker-image", kubefedImage, "--name", kindClusters[0])
}

// kubefedPlaces are where KubeFed's image has its one program, which does what it is called.
var kubefedPlaces = []string{"hyperfed/controller-manager", "hyperfed/webhook"}

// makeImage makes an image of nothing but one of the bed's programs, which it starts by its first place.
func (k kindGround) makeImage(image, name string, places ...string) {
	program, err := programs.Path(k.t.Context(), name, programs.Linux, os.Stderr)
	if err != nil {
		k.t.Fatal(err)
	}
	root, err := rootFS(program, places)
	if err != nil {
		k.t.Fatal(err)
	}
	k.mustWith(root, "docker", "import", "--change", `ENTRYPOINT ["/`+places[0]+`"]`, "-", image)
}

// rootFS is a program at its places in an image, all but the first as links, and a /tmp, which KubeFed wants to write
// to.
func rootFS(program string, places []string) (io.Reader, error) {
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	out := tar.NewWriter(&archive)
	entries := []tar.Header{
		{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777},
		{Typeflag: tar.TypeDir, Name: path.Dir(places[0]) + "/", Mode: 0o755},
	}
	for _, link := range places[1:] {
		entries = append(entries, tar.Header{Typeflag: tar.TypeSymlink, Name: link, Linkname: path.Base(places[0]), Mode: 0o777})
	}
	entries = append(entries, tar.Header{Typeflag: tar.TypeReg, Name: places[0], Mode: 0o755, Size: int64(len(data))})
	for i := range entries {
		if err := out.WriteHeader(&entries[i]); err != nil {
			return nil, err
		}
	}
	if _, err := out.Write(data); err != nil {
		return nil, err
	}
	return &archive, out.Close()
}

// loadProbe puts an image that stays running onto every node, under two tags: the walk changes one for the
// other. kubectl create deployment calls the container probe.
func (k kindGround) loadProbe() [2]string {
	images := [2]string{"localhost/kubectl-fed/probe:one", "localhost/kubectl-fed/probe:two"}
	for _, image := range images {
		k.makeImage(image, "bednode", "bin/probe")
		for _, name := range kindClusters {
			k.must(k.kind, "load", "docker-image", image, "--name", name)
		}
	}
	return images
}

// install puts KubeFed into the host as its chart would, without the webhook, and waits until it runs.
func (k kindGround) install() {
	ctx, cancel := context.WithTimeout(k.t.Context(), patience)
	defer cancel()
	config := k.hostConfig()
	if err := bed.InstallKubeFedAPI(ctx, config); err != nil {
		k.t.Fatal(err)
	}
	if err := bed.Apply(ctx, config, "kube-federation-system", controllerManager); err != nil {
		k.t.Fatal(err)
	}
	if err := k.start(ctx); err != nil {
		k.t.Fatal(err)
	}
}

func (k kindGround) hostConfig() *rest.Config {
	loaded, err := clientcmd.LoadFromFile(k.kubeconfig)
	if err != nil {
		k.t.Fatal(err)
	}
	config, err := clientcmd.NewNonInteractiveClientConfig(*loaded, "kind-"+kindClusters[0], nil, nil).ClientConfig()
	if err != nil {
		k.t.Fatal(err)
	}
	return config
}

// controllerManager is the controller manager with the rights that it has by the chart.
const controllerManager = `apiVersion: v1
kind: ServiceAccount
metadata: {name: kubefed-controller}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kubefed-controller}
rules:
- {apiGroups: [scheduling.kubefed.io, types.kubefed.io], resources: ["*"], verbs: [get, watch, list, update, patch]}
- {apiGroups: [multiclusterdns.kubefed.io], resources: ["*"], verbs: [get, watch, list, create, update, patch, delete]}
- {apiGroups: [core.kubefed.io], resources: ["*"], verbs: [get, watch, list, create, update, patch]}
- {apiGroups: [""], resources: [namespaces], verbs: [get, watch, list]}
- {apiGroups: [""], resources: [events], verbs: [get, create, update, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: kubefed-controller}
rules:
- {apiGroups: [""], resources: [configmaps], verbs: [get, create, update, patch]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: kubefed-controller}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubefed-controller}
subjects:
- {kind: ServiceAccount, name: kubefed-controller, namespace: kube-federation-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kubefed-controller}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kubefed-controller}
subjects:
- {kind: ServiceAccount, name: kubefed-controller, namespace: kube-federation-system}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubefed-controller-manager}
spec:
  replicas: 0
  selector: {matchLabels: {kubefed-control-plane: controller-manager}}
  template:
    metadata: {labels: {kubefed-control-plane: controller-manager}}
    spec:
      serviceAccountName: kubefed-controller
      terminationGracePeriodSeconds: 10
      containers:
      - name: controller-manager
        image: ` + kubefedImage + `
        imagePullPolicy: Never
        command: [/hyperfed/controller-manager, --v=2]
        livenessProbe:
          httpGet: {path: /healthz, port: 8080}
          periodSeconds: 3
`

// start scales the controllers to one, and waits until it leads and runs every type's controller.
func (k kindGround) start(ctx context.Context) error {
	if err := k.scale(ctx, "1"); err != nil {
		return err
	}
	return bed.AwaitKubeFed(ctx, k.hostConfig())
}

// stop scales the controllers to none, and waits until the pod is gone.
func (k kindGround) stop(ctx context.Context) error {
	if err := k.scale(ctx, "0"); err != nil {
		return err
	}
	return k.run(ctx, k.kubectl, k.inHost("wait", "pods", "-l", "kubefed-control-plane=controller-manager", "--for=delete", "--timeout=60s")...)
}

func (k kindGround) scale(ctx context.Context, replicas string) error {
	return k.run(ctx, k.kubectl, k.inHost("scale", "deployment", "kubefed-controller-manager", "--replicas="+replicas)...)
}

func (k kindGround) inHost(args ...string) []string {
	return append([]string{"--kubeconfig", k.kubeconfig, "--context", "kind-" + kindClusters[0], "-n", "kube-federation-system"}, args...)
}

func (k kindGround) run(ctx context.Context, program string, args ...string) error {
	if out, err := exec.CommandContext(ctx, program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, out)
	}
	return nil
}

func (k kindGround) must(program string, args ...string) { k.mustWith(nil, program, args...) }

func (k kindGround) mustWith(stdin io.Reader, program string, args ...string) {
	k.t.Helper()
	k.t.Logf("%s %s", filepath.Base(program), strings.Join(args, " "))
	cmd := exec.CommandContext(k.t.Context(), program, args...)
	cmd.Stdin = stdin
	if out, err := cmd.CombinedOutput(); err != nil {
		k.t.Fatalf("%v\n%s", err, out)
	}
}
