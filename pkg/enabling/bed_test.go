package enabling_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

const space = "kube-federation-system"

var (
	typeConfigs = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "federatedtypeconfigs"}
	definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	configs     = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedconfigs"}
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
)

// world is a bed with both workers joined, and the verbs as users run them.
type world struct {
	t       *testing.T
	bed     *bed.Bed
	clients map[string]dynamic.Interface
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, bed: bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Alone: true}), clients: map[string]dynamic.Interface{}}
	for _, c := range w.bed.Clusters {
		client, err := dynamic.NewForConfig(c.Config())
		if err != nil {
			t.Fatal(err)
		}
		w.clients[c.Name] = client
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBECONFIG", w.bed.Kubeconfig())
	w.fed(0, "join", w.worker(1).Name, w.worker(2).Name, "--wait")
	return w
}

func (w *world) worker(i int) *bed.Cluster { return w.bed.Clusters[i] }

func (w *world) host() dynamic.Interface { return w.clients[w.bed.Host().Name] }

// fed runs the plugin, which has to end with that exit code, and gives all that it printed.
func (w *world) fed(code int, args ...string) string {
	w.t.Helper()
	var out bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &out}
	got := plugin.Main(append(args, "--context", w.bed.Host().Context()), streams)
	w.t.Logf("kubectl fed %s\n%s", strings.Join(args, " "), out.String())
	if got != code {
		w.t.Fatalf("kubectl fed %s: exit code %d, want %d", strings.Join(args, " "), got, code)
	}
	return out.String()
}

// says fails the test unless every text is in what was printed.
func (w *world) says(printed string, texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		if !strings.Contains(printed, text) {
			w.t.Errorf("%q is not in:\n%s", text, printed)
		}
	}
}

// widgets is a custom resource whose first version has no schema.
const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]s.acme.io}
spec:
  group: acme.io
  names: {kind: %[2]s, plural: %[1]s, singular: %[3]s}
  scope: Namespaced
  versions:
  - {name: v1alpha1, served: true, storage: false, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {
      size: {type: string}, replicas: {type: integer, format: int32}}}}}}}
`

// define makes a custom resource in clusters, and takes it away when the test ends, with all that was made of it.
func (w *world) define(kind string, clusters ...*bed.Cluster) (plural string) {
	w.t.Helper()
	singular := strings.ToLower(kind)
	plural = singular + "s"
	for _, c := range clusters {
		if err := bed.Apply(w.t.Context(), c.Config(), space, fmt.Sprintf(widgets, plural, kind, singular)); err != nil {
			w.t.Fatal(err)
		}
		w.served(c, plural)
	}
	w.t.Cleanup(func() {
		w.forget(plural + ".acme.io")
		for _, c := range w.bed.Clusters {
			w.gone(w.clients[c.Name].Resource(definitions).Delete(context.Background(), plural+".acme.io", metav1.DeleteOptions{}))
		}
	})
	return plural
}

func (w *world) served(c *bed.Cluster, plural string) {
	w.t.Helper()
	bed.Eventually(w.t, plural+" are served by "+c.Name, func(ctx context.Context) error {
		lists, err := c.Client().Discovery().ServerResourcesForGroupVersion("acme.io/v1")
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(lists.APIResources, func(r metav1.APIResource) bool { return r.Name == plural }) {
			return fmt.Errorf("not yet")
		}
		return nil
	})
}

// forget removes a type that a test enabled.
func (w *world) forget(name string) {
	w.gone(w.host().Resource(typeConfigs).Namespace(space).Delete(context.Background(), name, metav1.DeleteOptions{}))
	plural, _, _ := strings.Cut(name, ".")
	w.gone(w.host().Resource(definitions).Delete(context.Background(), "federated"+plural+".types.kubefed.io", metav1.DeleteOptions{}))
}

func (w *world) gone(err error) {
	if err != nil && !apierrors.IsNotFound(err) {
		w.t.Error(err)
	}
}

func (w *world) config(name string) *unstructured.Unstructured {
	w.t.Helper()
	found, err := w.host().Resource(typeConfigs).Namespace(space).Get(w.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// TestMemberLacksType: a member that does not serve the type stops it before anything is written; the state is
// named by types when it was forced, and disable takes it back.
func TestMemberLacksType(t *testing.T) {
	w := newWorld(t)
	plural := w.define("Widget", w.bed.Host(), w.worker(1))
	out := w.fed(1, "enable", plural)
	w.says(out, "widgets.acme.io/v1 is not served by "+w.worker(2).Name+": KubeFed would propagate it to no member, and stop altogether after 5m",
		"hint: kubectl get crd widgets.acme.io -o yaml --context "+w.bed.Host().Context()+" | kubectl apply -f - --context "+w.worker(2).Context())
	_, err := w.host().Resource(definitions).Get(t.Context(), "federatedwidgets.types.kubefed.io", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("something was written: %v", err)
	}
	w.says(w.fed(0, "enable", plural, "--force"), "warning: widgets.acme.io/v1 is not served by "+w.worker(2).Name, "enabled: widgets.acme.io")
	w.says(w.fed(0, "types", plural), "widgets.acme.io: widgets.acme.io/v1 is not served by "+w.worker(2).Name)
	w.says(w.fed(0, "types", plural, "-o", `jsonpath={.items[?(@.notServedBy)].metadata.name}`), "widgets.acme.io")
	w.fed(0, "disable", plural, "--delete-crd")
	w.says(w.fed(0, "disable", plural, "--delete-crd"), "widgets.acme.io is not enabled")
}

// TestTwoTypes: two at once, served and taken up when the command ends: federated objects can be made at once.
func TestTwoTypes(t *testing.T) {
	w := newWorld(t)
	first, second := w.define("Widget", w.bed.Clusters...), w.define("Gadget", w.bed.Clusters...)
	out := w.fed(0, "enable", first, "Gadget", "gadget") // the second by two names
	w.says(out, "federatedtypeconfig.core.kubefed.io/widgets.acme.io created", "federatedtypeconfig.core.kubefed.io/gadgets.acme.io created",
		"enabled: widgets.acme.io, gadgets.acme.io")
	for _, name := range []string{first, second} {
		config := w.config(name + ".acme.io")
		if status, _, _ := unstructured.NestedString(config.Object, "status", "propagationController"); status != "Running" {
			t.Errorf("%s: its controller is %q", name, status)
		}
		made := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "types.kubefed.io/v1beta1", "kind": config.Object["spec"].(map[string]any)["federatedType"].(map[string]any)["kind"],
			"metadata": map[string]any{"name": "first", "namespace": "default"}, "spec": map[string]any{},
		}}
		federated := schema.GroupVersionResource{Group: "types.kubefed.io", Version: "v1beta1", Resource: "federated" + name}
		if _, err := w.host().Resource(federated).Namespace("default").Create(t.Context(), made, metav1.CreateOptions{}); err != nil {
			t.Error(err)
		}
	}
	out = w.fed(0, "enable", first, second)
	if strings.Contains(out, "created") || strings.Contains(out, "configured") || strings.Count(out, "unchanged") != 4 {
		t.Errorf("the second time:\n%s", out)
	}
	w.fed(0, "disable", first, second, "--instances=orphan", "--delete-crd")
}

// TestDisableWithInstances: they are named and nothing is done, until it is said what shall become of them.
func TestDisableWithInstances(t *testing.T) {
	w := newWorld(t)
	t.Cleanup(func() { w.fed(0, "enable", "deploy") })
	namespace := w.bed.NewNamespace(t, "types")
	deployment := `{apiVersion: apps/v1, kind: Deployment, metadata: {name: %s}, spec: {selector: {matchLabels: {a: b}},
      template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}}`
	for _, name := range []string{"keeps", "goes"} {
		if err := bed.Apply(t.Context(), w.bed.Host().Config(), namespace, fmt.Sprintf(deployment, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.fed(0, "federate", "deploy", "keeps", "-n", namespace, "--federate-namespace")
	w.awaitMember("keeps", namespace, true)
	id := namespace + "/deployments/keeps"
	w.says(w.fed(1, "disable", "deploy"), "deployments.apps has:\n  "+id+"\n", "error: deployments.apps has 1 federated object in the way",
		"hint: kubectl fed disable deploy --context "+w.bed.Host().Context()+" --instances=orphan")
	w.says(w.fed(0, "disable", "deploy", "--instances=delete", "--dry-run=server"), w.worker(1).Name+": "+id,
		"federatedtypeconfig.core.kubefed.io/deployments.apps deleted (server dry run)")
	w.says(w.fed(0, "types", "deploy"), "deployments.apps   running   1 ")
	w.says(w.fed(1, "disable", "deploy", "--instances=delete"), "nobody is here to be asked", "--yes")
	w.fed(0, "disable", "deploy", "--instances=orphan")
	if live := w.awaitMember("keeps", namespace, true); federation.IsManaged(live) {
		t.Error("what was let go of has KubeFed's label")
	}
	w.fed(0, "enable", "deploy")
	w.fed(0, "federate", "deploy", "goes", "-n", namespace)
	w.awaitMember("goes", namespace, true)
	w.fed(0, "disable", "deploy", "--instances=delete", "--yes")
	w.awaitMember("goes", namespace, false)
}

// awaitMember waits until the first worker has a Deployment, or has it no more.
func (w *world) awaitMember(name, namespace string, there bool) (live *unstructured.Unstructured) {
	w.t.Helper()
	bed.Eventually(w.t, fmt.Sprintf("%s is there: %v", name, there), func(ctx context.Context) (err error) {
		live, err = w.clients[w.worker(1).Name].Resource(deployments).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) && !there {
			return nil
		}
		if err == nil && !there {
			return fmt.Errorf("it is there")
		}
		return err
	})
	return live
}

// TestServedVersions: the schema is that of the version that is federated, whichever comes first in the definition.
func TestServedVersions(t *testing.T) {
	w := newWorld(t)
	plural := w.define("Widget", w.bed.Clusters...)
	for version, retains := range map[string]bool{"v1": true, "v1alpha1": false} {
		out := w.fed(0, "enable", plural+"."+version+".acme.io", "-o", "json")
		w.says(out, `"version": "`+version+`"`, `"template"`)
		if got := strings.Contains(out, "retainReplicas"); got != retains {
			t.Errorf("%s: retainReplicas is there: %v", version, got)
		}
	}
	w.fed(0, "enable", "widgets.v1alpha1.acme.io")
	w.says(w.fed(0, "types", plural, "-o", "wide"), "v1alpha1")
	w.says(w.fed(0, "enable", plural), "federatedtypeconfig.core.kubefed.io/widgets.acme.io unchanged")
	w.says(w.fed(0, "enable", plural, "--version", "v1"), "federatedtypeconfig.core.kubefed.io/widgets.acme.io configured")
	w.says(w.fed(1, "enable", plural, "--version", "v7"), "it has the versions v1, v1alpha1 of it")
}

// TestStatusCollection: it is switched on in the FederatedTypeConfig and, but for Services, by the feature gate.
func TestStatusCollection(t *testing.T) {
	w := newWorld(t)
	before, err := w.host().Resource(configs).Namespace(space).Get(t.Context(), "kubefed", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.fed(0, "enable", "svc", "deploy", "--status-collection=false")
		gates, _, _ := unstructured.NestedSlice(before.Object, "spec", "featureGates")
		patch, _ := json.Marshal(map[string]any{"spec": map[string]any{"featureGates": gates}})
		if _, err := w.host().Resource(configs).Namespace(space).Patch(context.Background(), "kubefed", "application/merge-patch+json", patch, metav1.PatchOptions{}); err != nil {
			t.Error(err)
		}
	})
	out := w.fed(0, "enable", "svc", "--status-collection")
	if strings.Contains(out, "kubefedconfig") {
		t.Errorf("Services need no gate:\n%s", out)
	}
	bed.Eventually(t, "the status controller of Services runs", func(context.Context) error {
		status, _, _ := unstructured.NestedString(w.config("services").Object, "status", "statusController")
		if status != "Running" {
			return fmt.Errorf("it is %q", status)
		}
		return nil
	})
	w.says(w.fed(0, "enable", "deploy", "--status-collection"), "kubefedconfig.core.kubefed.io/kubefed configured",
		"federatedtypeconfig.core.kubefed.io/deployments.apps configured")
	w.says(w.fed(0, "enable", "deploy"), "federatedtypeconfig.core.kubefed.io/deployments.apps unchanged")
	w.says(w.fed(0, "types", "deploy", "-o", "wide"), "collected")
}

// TestOwnGroup: rights that KubeFed lacks on a group of one's own are found out, printed, and given when asked.
func TestOwnGroup(t *testing.T) {
	w := newWorld(t)
	plural := w.define("Widget", w.bed.Clusters...)
	roles := schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}
	bindings := schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}
	t.Cleanup(func() {
		w.gone(w.host().Resource(definitions).Delete(context.Background(), "federatedwidgets.fed.acme.io", metav1.DeleteOptions{}))
		w.gone(w.host().Resource(roles).Delete(context.Background(), "kubefed-controller:fed.acme.io", metav1.DeleteOptions{}))
		w.gone(w.host().Resource(bindings).Delete(context.Background(), "kubefed-controller:fed.acme.io", metav1.DeleteOptions{}))
	})
	w.says(w.fed(1, "enable", plural, "--federated-group", "fed.acme.io"),
		"KubeFed's account kubefed-controller may not get, watch, list, update, patch federatedwidgets.fed.acme.io", "--grant")
	w.says(w.fed(0, "enable", plural, "--federated-group", "fed.acme.io", "-o", "yaml"), "kind: ClusterRoleBinding", "- fed.acme.io", "name: kubefed-controller:fed.acme.io")
	w.says(w.fed(0, "enable", plural, "--federated-group", "fed.acme.io", "--grant"), "clusterrole.rbac.authorization.k8s.io/kubefed-controller:fed.acme.io created")
	w.says(w.fed(0, "enable", plural), "customresourcedefinition.apiextensions.k8s.io/federatedwidgets.fed.acme.io unchanged") // as it is, by default
	w.says(w.fed(1, "enable", plural, "--federated-group", "fed.example.com"), "can't become")
	w.fed(0, "disable", plural)
}

// TestBrokenAPI: an aggregated API that is down keeps no other type from being enabled.
func TestBrokenAPI(t *testing.T) {
	w := newWorld(t)
	services := schema.GroupVersionResource{Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}
	broken := `{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1beta1.metrics.k8s.io}, spec: {
      group: metrics.k8s.io, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100, insecureSkipTLSVerify: true,
      service: {name: nobody, namespace: default}}}`
	if err := bed.Apply(t.Context(), w.bed.Host().Config(), space, broken); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.gone(w.host().Resource(services).Delete(context.Background(), "v1beta1.metrics.k8s.io", metav1.DeleteOptions{}))
	})
	w.says(w.fed(0, "enable", "clusterrole"), "enabled: clusterroles.rbac.authorization.k8s.io")
	w.says(w.fed(0, "enable", "pods", "--dry-run"), "federatedtypeconfig.core.kubefed.io/pods created (dry run)")
}

// TestKubeFedDoesNotAnswer: a type that KubeFed does not let go of in time stays as it was, and no finalizer hangs;
// with --force it goes without KubeFed, and members keep what they have, without the label.
func TestKubeFedDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	plural := w.define("Widget", w.bed.Clusters...)
	namespace := w.bed.NewNamespace(t, "types")
	w.fed(0, "enable", plural)
	if err := bed.Apply(t.Context(), w.bed.Host().Config(), namespace, `{apiVersion: acme.io/v1, kind: Widget, metadata: {name: one}, spec: {size: s}}`); err != nil {
		t.Fatal(err)
	}
	w.fed(0, "federate", plural, "one", "-n", namespace, "--federate-namespace")
	target := schema.GroupVersionResource{Group: "acme.io", Version: "v1", Resource: plural}
	live := func(ctx context.Context) (*unstructured.Unstructured, error) {
		return w.clients[w.worker(2).Name].Resource(target).Namespace(namespace).Get(ctx, "one", metav1.GetOptions{})
	}
	bed.Eventually(t, "the member has it", func(ctx context.Context) error { _, err := live(ctx); return err })
	if err := w.bed.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.bed.StartKubeFed(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w.says(w.fed(124, "disable", "cm", "--timeout", "1s"), "KubeFed's controller manager has not looked at configmaps yet; the type stays enabled", "--force")
	if config := w.config("configmaps"); config.GetDeletionTimestamp() != nil || config.Object["spec"].(map[string]any)["propagation"] != "Enabled" {
		t.Errorf("the type is not as it was: %v", config.Object)
	}
	w.says(w.fed(124, "enable", plural, "--version", "v1alpha1", "--timeout", "1s"), "not done within 1s: ", "has not looked at widgets.acme.io yet")
	w.says(w.fed(0, "disable", plural, "--instances=orphan", "--delete-crd", "--force", "--timeout", "2s"), "deleted without KubeFed, and kept by the members",
		"customresourcedefinition.apiextensions.k8s.io/federatedwidgets.types.kubefed.io deleted")
	if kept, err := live(t.Context()); err != nil || federation.IsManaged(kept) {
		t.Errorf("the member's own: %v, %v", kept, err)
	}
}
