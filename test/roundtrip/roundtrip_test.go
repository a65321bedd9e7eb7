// Package roundtrip takes live objects of every kind that people federate to copies in the members and back, on
// the bed with the real controllers, and looks whether anything that ran was disturbed.
package roundtrip

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// world is a bed with both workers joined.
type world struct {
	t       *testing.T
	bed     *bed.Bed
	kubectl string
	clients []dynamic.Interface // of the members
	host    dynamic.Interface
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, bed: bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Alone: true})}
	var err error
	if w.kubectl, err = programs.Path(t.Context(), "kubectl", programs.Target{}, os.Stderr); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.bed.Clusters {
		client, err := dynamic.NewForConfig(c.Config())
		if err != nil {
			t.Fatal(err)
		}
		w.clients = append(w.clients, client)
	}
	w.host, w.clients = w.clients[0], w.clients[1:]
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBECONFIG", w.bed.Kubeconfig())
	args := []string{"join", "--wait"}
	for _, c := range w.bed.Clusters[1:] {
		args = append(args, c.Name)
	}
	w.fed(args...)
	return w
}

// try runs the plugin, and gives its exit code with all that it printed.
func (w *world) try(args ...string) (int, string) {
	w.t.Helper()
	var out bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &out}
	args = append(args, "--context", w.bed.Host().Context())
	code := plugin.Main(args, streams)
	w.t.Logf("kubectl fed %s\n%s", strings.Join(args, " "), out.String())
	return code, out.String()
}

// fed runs the plugin, which has to succeed.
func (w *world) fed(args ...string) string {
	w.t.Helper()
	code, out := w.try(args...)
	if code != 0 {
		w.t.Fatalf("kubectl fed %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// apply makes objects of YAML in a cluster, as users do.
func (w *world) apply(c *bed.Cluster, namespace, text string) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), w.kubectl, "--kubeconfig", w.bed.Kubeconfig(), "--context", c.Context(), "apply", "-n", namespace, "-f", "-")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("kubectl apply: %v\n%s", err, out)
	}
}

func (w *world) fixture(name string) string {
	w.t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// target is one object of a member.
type target struct {
	resource        schema.GroupVersionResource
	namespace, name string
}

func (o target) String() string { return o.resource.Resource + "/" + o.name }

func (o target) in(client dynamic.Interface) dynamic.ResourceInterface {
	if o.namespace != "" {
		return client.Resource(o.resource).Namespace(o.namespace)
	}
	return client.Resource(o.resource)
}

// kinds are the resources of what the fixtures have.
var kinds = map[string]schema.GroupVersionResource{
	"Deployment": {Group: "apps", Version: "v1", Resource: "deployments"}, "StatefulSet": {Group: "apps", Version: "v1", Resource: "statefulsets"},
	"DaemonSet": {Group: "apps", Version: "v1", Resource: "daemonsets"}, "Job": {Group: "batch", Version: "v1", Resource: "jobs"},
	"CronJob": {Group: "batch", Version: "v1", Resource: "cronjobs"}, "Service": {Version: "v1", Resource: "services"},
	"Ingress":   {Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"},
	"ConfigMap": {Version: "v1", Resource: "configmaps"}, "Secret": {Version: "v1", Resource: "secrets"},
	"ServiceAccount": {Version: "v1", Resource: "serviceaccounts"}, "PersistentVolumeClaim": {Version: "v1", Resource: "persistentvolumeclaims"},
	"HorizontalPodAutoscaler": {Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"},
	"PodDisruptionBudget":     {Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
	"NetworkPolicy":           {Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"},
	"Role":                    {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	"RoleBinding":             {Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
}

// trace is what of an object would show that it was disturbed.
type trace struct {
	UID, Template string
	Pods          map[string]string // by name, the UID and how often its containers restarted
	Labelled      bool
}

// traces looks at targets in every member.
func (w *world) traces(targets []target) []map[string]trace {
	w.t.Helper()
	var all []map[string]trace
	for i, client := range w.clients {
		found := map[string]trace{}
		for _, o := range targets {
			live, err := o.in(client).Get(w.t.Context(), o.name, metav1.GetOptions{})
			if err != nil {
				w.t.Fatalf("member %d: %s: %v", i+1, o, err)
			}
			found[o.String()] = w.trace(client, live)
		}
		all = append(all, found)
	}
	return all
}

func (w *world) trace(client dynamic.Interface, live *unstructured.Unstructured) trace {
	w.t.Helper()
	template, _, _ := unstructured.NestedMap(live.Object, "spec", "template")
	text, err := json.Marshal(template)
	if err != nil {
		w.t.Fatal(err)
	}
	tr := trace{UID: string(live.GetUID()), Template: string(text), Pods: map[string]string{}, Labelled: live.GetLabels()["kubefed.io/managed"] != ""}
	labels, _, _ := unstructured.NestedStringMap(live.Object, "spec", "selector", "matchLabels")
	if len(labels) == 0 || len(template) == 0 {
		return tr
	}
	pods, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(live.GetNamespace()).
		List(w.t.Context(), metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: labels})})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, pod := range pods.Items {
		restarts := ""
		statuses, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
		for _, s := range statuses {
			restarts += fmt.Sprint(s.(map[string]any)["restartCount"], " ")
		}
		tr.Pods[pod.GetName()] = fmt.Sprint(pod.GetUID(), " ", pod.GetLabels()["pod-template-hash"], " ", restarts)
	}
	return tr
}

// settled waits until every workload of the members has its pods running.
func (w *world) settled(namespace string) {
	w.t.Helper()
	bed.Eventually(w.t, "the workloads run", func(ctx context.Context) error {
		for i, client := range w.clients {
			for name, want := range map[string]int64{"deployments/web": 2, "statefulsets/db": 1} {
				resource, name, _ := strings.Cut(name, "/")
				live, err := client.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: resource}).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
				if err != nil {
					return err
				}
				if ready, _, _ := unstructured.NestedInt64(live.Object, "status", "replicas"); ready != want {
					return fmt.Errorf("member %d: %s has %d of %d", i+1, name, ready, want)
				}
			}
		}
		return nil
	})
}

// parse gives the targets of a fixture.
func parse(t *testing.T, text, namespace string) (targets []target, names []string) {
	t.Helper()
	for _, document := range strings.Split(text, "\n---\n") {
		var kind, name string
		for line := range strings.Lines(document) {
			if rest, ok := strings.CutPrefix(line, "kind: "); ok {
				kind = strings.TrimSpace(rest)
			}
			if rest, ok := strings.CutPrefix(line, "metadata: {name: "); ok {
				name = strings.TrimRight(strings.Split(rest, ",")[0], "}\n")
			}
		}
		resource, known := kinds[kind]
		if !known || name == "" {
			t.Fatalf("no kind or name in\n%s", document)
		}
		targets = append(targets, target{resource, namespace, name})
		names = append(names, schema.GroupResource{Group: resource.Group, Resource: resource.Resource}.String()+"/"+name)
	}
	return targets, names
}

// TestRoundTrip federates an object of every kind, unattended, and lets go of all of them.
func TestRoundTrip(t *testing.T) {
	w := newWorld(t)
	namespace := w.bed.NewNamespace(t, "kinds")
	text := w.fixture("namespaced.yaml")
	w.apply(w.bed.Host(), namespace, text)
	targets, names := parse(t, text, namespace)
	suffix := rand.String(5)
	w.apply(w.bed.Host(), namespace, clusterWide(suffix))
	t.Cleanup(func() { w.removeClusterWide(suffix) })
	w.waitForCRD(suffix)

	w.fed("federate", "clusterrole/roundtrip-"+suffix, "crd/widgets."+suffix+".example.com", "--enable-type", "--wait")
	w.apply(w.bed.Host(), namespace, widget(suffix))
	args := append([]string{"federate"}, names...)
	args = append(args, "widgets."+suffix+".example.com/one", "-n", namespace, "--federate-namespace", "--enable-type", "--wait")
	w.fed(args...)
	targets = append(targets, target{schema.GroupVersionResource{Group: suffix + ".example.com", Version: "v1", Resource: "widgets"}, namespace, "one"},
		target{schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "", namespace},
		target{schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}, "", "roundtrip-" + suffix},
		target{schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}, "", "widgets." + suffix + ".example.com"})
	w.headless(namespace)
	w.refusesToken(namespace)
	w.settled(namespace)
	before := w.traces(targets)
	for i, member := range before {
		for name, tr := range member {
			if !tr.Labelled {
				t.Errorf("member %d: %s is not KubeFed's", i+1, name)
			}
		}
	}
	again := w.fed(args...)
	if strings.Contains(again, " created") || strings.Contains(again, " configured") {
		t.Errorf("a second time something changed:\n%s", again)
	}

	w.fed("unfederate", "namespace", namespace, "--contents")
	w.fed("unfederate", "clusterrole/roundtrip-"+suffix, "crd/widgets."+suffix+".example.com")
	after := w.traces(targets)
	for i := range before {
		for name, tr := range before[i] {
			tr.Labelled = false
			if diff := cmp.Diff(tr, after[i][name]); diff != "" {
				t.Errorf("member %d: %s, before and after:\n%s", i+1, name, diff)
			}
		}
	}
}

func clusterWide(suffix string) string {
	return strings.ReplaceAll(`apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: roundtrip-SUFFIX}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.SUFFIX.example.com}
spec:
  group: SUFFIX.example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
`, "SUFFIX", suffix)
}

func widget(suffix string) string {
	return "apiVersion: " + suffix + ".example.com/v1\nkind: Widget\nmetadata: {name: one}\nspec: {size: 3}\n"
}

func (w *world) waitForCRD(suffix string) {
	w.t.Helper()
	bed.Eventually(w.t, "the CRD is served", func(ctx context.Context) error {
		_, err := w.host.Resource(schema.GroupVersionResource{Group: suffix + ".example.com", Version: "v1", Resource: "widgets"}).List(ctx, metav1.ListOptions{})
		return err
	})
}

// removeClusterWide removes what lies in no namespace, and the type of the CRD, which KubeFed must not miss.
func (w *world) removeClusterWide(suffix string) {
	ctx := context.Background()
	config := schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "federatedtypeconfigs"}
	crds := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	roles := schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}
	remove := func(client dynamic.ResourceInterface, name string) {
		if err := client.Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			w.t.Errorf("removing %s: %v", name, err)
		}
	}
	remove(w.host.Resource(config).Namespace("kube-federation-system"), "widgets."+suffix+".example.com")
	for _, client := range append(slices.Clone(w.clients), w.host) {
		remove(client.Resource(roles), "roundtrip-"+suffix)
		remove(client.Resource(crds), "widgets."+suffix+".example.com")
	}
	remove(w.host.Resource(crds), "federatedwidgets.types.kubefed.io")
}

// headless: a Service without an address stays one.
func (w *world) headless(namespace string) {
	w.t.Helper()
	for i, client := range w.clients {
		live, err := client.Resource(kinds["Service"]).Namespace(namespace).Get(w.t.Context(), "headless", metav1.GetOptions{})
		if err != nil {
			w.t.Fatal(err)
		}
		if ip, _, _ := unstructured.NestedString(live.Object, "spec", "clusterIP"); ip != "None" {
			w.t.Errorf("member %d: the headless Service has the address %s", i+1, ip)
		}
	}
}

// refusesToken: a token of a service account is of no use anywhere else.
func (w *world) refusesToken(namespace string) {
	w.t.Helper()
	w.apply(w.bed.Host(), namespace, `apiVersion: v1
kind: Secret
metadata: {name: robot-token, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
`)
	code, out := w.try("federate", "secret", "robot-token", "-n", namespace)
	if code != 1 || !strings.Contains(out, "a service account's token is of no use in another cluster") {
		w.t.Errorf("exit code %d, %s", code, out)
	}
}

// TestBoundClaim: what is said of a claim that a member binds is what KubeFed then does.
func TestBoundClaim(t *testing.T) {
	w := newWorld(t)
	namespace := w.bed.NewNamespace(t, "claim")
	w.apply(w.bed.Host(), namespace, `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Mi}}}
`)
	// before the claim, so that it is bound as soon as it is there
	volume := "claim-" + rand.String(5)
	w.apply(w.bed.Clusters[1], namespace, `apiVersion: v1
kind: PersistentVolume
metadata: {name: `+volume+`}
spec:
  accessModes: [ReadWriteOnce]
  capacity: {storage: 1Mi}
  storageClassName: none
  hostPath: {path: /tmp}
  claimRef: {namespace: `+namespace+`, name: data}
`)
	t.Cleanup(func() {
		volumes := w.clients[0].Resource(schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"})
		if err := volumes.Delete(context.Background(), volume, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	out := w.fed("federate", "pvc", "data", "-n", namespace, "--federate-namespace", "--enable-type")
	if !strings.Contains(out, "once a member has bound the claim") {
		t.Errorf("nothing is said of bound claims:\n%s", out)
	}
	federated := schema.GroupVersionResource{Group: "types.kubefed.io", Version: "v1beta1", Resource: "federatedpersistentvolumeclaims"}
	bed.Eventually(t, "KubeFed can't write the claim any more", func(ctx context.Context) error {
		found, err := w.host.Resource(federated).Namespace(namespace).Get(ctx, "data", metav1.GetOptions{})
		if err != nil {
			return err
		}
		clusters, _, _ := unstructured.NestedSlice(found.Object, "status", "clusters")
		for _, c := range clusters {
			if cluster := c.(map[string]any); cluster["name"] == w.bed.Clusters[1].Name && cluster["status"] == "UpdateFailed" {
				return nil
			}
		}
		return errors.New(fmt.Sprint("the status is ", found.Object["status"]))
	})
	w.fed("unfederate", "namespace", namespace, "--contents")
}
