//go:build long

package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

const (
	trials = 60
	// afterwards is how many of them come when a member is not ready any more.
	afterwards = 20
	patience   = 5 * time.Minute
	// label is on all members but the last.
	label = "preview.kubectl-fed.io/tier"
	space = "kube-federation-system"
)

var (
	clusters    = schema.GroupVersionResource{Group: "core.kubefed.io", Version: "v1beta1", Resource: "kubefedclusters"}
	preferences = schema.GroupVersionResource{Group: "scheduling.kubefed.io", Version: "v1alpha1", Resource: "replicaschedulingpreferences"}
	namespaces  = schema.GroupVersionResource{Group: "types.kubefed.io", Version: "v1beta1", Resource: "federatednamespaces"}
)

func (t trial) resource() schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "types.kubefed.io", Version: "v1beta1", Resource: "federated" + strings.ToLower(t.kind) + "s"}
}

// ground is the clusters, with the host as a member among them.
type ground struct {
	bed       *bed.Bed
	host      dynamic.Interface
	members   []string
	namespace string
}

// TestPreviewIsWhatKubeFedWrites previews every preference before it is there, and compares with the first thing
// that KubeFed writes when it is. What it writes later depends on what became of that.
func TestPreviewIsWhatKubeFedWrites(t *testing.T) {
	g := newGround(t)
	var all []trial
	for i := range trials {
		all = append(all, draw(i, g.members))
	}
	for _, one := range all {
		g.lay(t, one)
	}
	g.settle(t, all)

	g.compare(t, all[:trials-afterwards])

	last := g.bed.Clusters[len(g.bed.Clusters)-1]
	if err := last.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.startAgain(t, last) })
	g.await(t, last.Name+" is not ready", func(ctx context.Context) error { return g.readiness(ctx, last.Name, false) })
	g.compare(t, all[trials-afterwards:])
}

func newGround(t *testing.T) *ground {
	b := bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Docker: true, Alone: true})
	t.Setenv("KUBECONFIG", b.Kubeconfig())
	g := &ground{bed: b, host: dynamic.NewForConfigOrDie(b.Host().Config())}
	args := []string{"join", "--wait", "--context", b.Host().Context()}
	for _, c := range b.Clusters {
		g.members = append(g.members, c.Name)
		args = append(args, c.Name)
	}
	run(t, args...)
	t.Cleanup(func() {
		run(t, "unjoin", b.Host().Name, "--workloads=keep", "--yes", "--context", b.Host().Context())
	})
	for _, name := range g.members[:len(g.members)-1] {
		g.label(t, name, `"gold"`)
		t.Cleanup(func() { g.label(t, name, "null") })
	}
	g.namespace = b.NewNamespace(t, "preview")
	g.create(t, namespaces, map[string]any{
		"apiVersion": "types.kubefed.io/v1beta1", "kind": "FederatedNamespace",
		"metadata": map[string]any{"name": g.namespace, "namespace": g.namespace},
		"spec":     map[string]any{"placement": map[string]any{"clusterSelector": map[string]any{}}},
	})
	return g
}

// run runs the plugin, and fails the test where the plugin does.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut}
	if code := plugin.Main(args, streams); code != 0 {
		t.Fatalf("kubectl fed %s: exit code %d\n%s%s", strings.Join(args, " "), code, out.String(), errOut.String())
	}
	return out.String()
}

func (g *ground) label(t *testing.T, cluster, value string) {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"labels":{%q:%s}}}`, label, value)
	_, err := g.host.Resource(clusters).Namespace(space).Patch(context.WithoutCancel(t.Context()), cluster, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		t.Error(err)
	}
}

func (g *ground) create(t *testing.T, resource schema.GroupVersionResource, object map[string]any) {
	t.Helper()
	_, err := g.host.Resource(resource).Namespace(g.namespace).Create(t.Context(), &unstructured.Unstructured{Object: object}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// lay makes the federated workload of a trial, and gives the members as much room as the trial says: pods ask for a
// resource of the trial's own.
func (g *ground) lay(t *testing.T, one trial) {
	t.Helper()
	resource := "preview.kubectl-fed.io/" + one.name
	container := map[string]any{"name": "probe", "image": "localhost/kubectl-fed/probe:one"}
	if len(one.room) > 0 {
		container["resources"] = map[string]any{"limits": map[string]any{resource: "1"}}
		for _, c := range g.bed.Clusters {
			room, limited := one.room[c.Name]
			if !limited {
				room = 1000
			}
			patch := fmt.Sprintf(`{"status":{"capacity":{%q:"%d"},"allocatable":{%q:"%d"}}}`, resource, room, resource, room)
			_, err := c.Client().CoreV1().Nodes().Patch(t.Context(), c.NodeName(), types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var overrides []any
	for _, m := range g.members {
		overrides = append(overrides, map[string]any{"clusterName": m, "clusterOverrides": []any{map[string]any{"path": "/spec/replicas", "value": one.start[m]}}})
	}
	labels := map[string]any{"app": one.name}
	g.create(t, one.resource(), map[string]any{
		"apiVersion": "types.kubefed.io/v1beta1", "kind": "Federated" + one.kind, "metadata": map[string]any{"name": one.name},
		"spec": map[string]any{
			"placement": one.placement, "overrides": overrides,
			"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{
				"replicas": int64(1), "selector": map[string]any{"matchLabels": labels},
				"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{container}}},
			}},
		},
	})
}

// settle waits until every member has as many pods as it should, and those without room have waited so long that
// KubeFed holds the member for full.
func (g *ground) settle(t *testing.T, all []trial) {
	t.Helper()
	for _, c := range g.bed.Clusters {
		g.await(t, "the pods of "+c.Name+" are where they stay", func(ctx context.Context) error { return settled(ctx, c, g.namespace, all) })
	}
}

func settled(ctx context.Context, c *bed.Cluster, namespace string, all []trial) error {
	pods, err := c.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	got := map[string]int64{}
	for _, pod := range pods.Items {
		got[pod.Labels["app"]]++
		if !rests(pod) {
			return fmt.Errorf("%s does neither run nor wait for long enough", pod.Name)
		}
	}
	found := 0
	for _, one := range all {
		n := got[one.name]
		if n > 0 && n != one.start[c.Name] {
			return fmt.Errorf("%s has %d pods, want %d", one.name, n, one.start[c.Name])
		}
		if n > 0 {
			found++
		}
	}
	if found < len(all)/4 {
		return fmt.Errorf("only %d workloads have pods yet", found)
	}
	return nil
}

// rests tells whether KubeFed will say the same of a pod in a while.
func rests(pod corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return time.Since(condition.LastTransitionTime.Time) > 65*time.Second
		}
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

// compare previews all trials, then makes their preferences, and compares.
func (g *ground) compare(t *testing.T, all []trial) {
	t.Helper()
	plans := map[string]report.SchedulePlan{}
	for _, one := range all {
		plans[one.name] = g.preview(t, one)
	}
	w := g.watch(t, all)
	for _, one := range all {
		g.create(t, preferences, g.preference(t, one).Object)
	}
	writes := 0
	for _, one := range all {
		if plans[one.name].Changes {
			writes++
			g.await(t, "KubeFed schedules "+one.name, func(context.Context) error {
				if w.first(one.name) == nil {
					return errors.New("nothing is written")
				}
				return nil
			})
		}
	}
	t.Logf("%d of %d preferences change something", writes, len(all))
	g.tally(t, slices.Collect(maps.Values(plans)))
	for _, one := range all {
		plan, fed := plans[one.name], w.first(one.name)
		if fed == nil {
			continue // nothing was said to be written, or it is an error already
		}
		if !plan.Changes {
			t.Errorf("%s: KubeFed wrote %v, and nothing was said to change", one.name, fed.Object["spec"])
			continue
		}
		if diff := cmp.Diff(planned(plan), written(t, fed)); diff != "" {
			t.Errorf("%s: %+v: preview and what KubeFed wrote (-preview +written)\n%s\n%+v", one.name, one, diff, plan)
		}
	}
}

// tally shows what the plans have met, and wants everything to occur that a plan can meet.
func (g *ground) tally(t *testing.T, plans []report.SchedulePlan) {
	t.Helper()
	met := map[string]int{"full": 0, "beyond its room": 0, "left out": 0, "kept": 0, "minimum not met": 0, "maximum": 0, "unplaced": 0}
	for _, plan := range plans {
		if plan.Unplaced > 0 {
			met["unplaced"]++
		}
		for _, m := range plan.Members {
			for what, is := range map[string]bool{
				"full": m.Room != nil, "beyond its room": m.Overflow > 0, "left out": m.Planned == nil,
				"kept": strings.Contains(m.Why, "keeps"), "minimum not met": strings.Contains(m.Why, "not met"), "maximum": strings.Contains(m.Why, "at its maximum"),
			} {
				if is {
					met[what]++
				}
			}
		}
	}
	t.Logf("members that were met: %v", met)
	for what, n := range met {
		if n == 0 {
			t.Errorf("no preview has met: %s", what)
		}
	}
}

func (g *ground) preference(t *testing.T, one trial) *unstructured.Unstructured {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&v1alpha1.ReplicaSchedulingPreference{
		TypeMeta:   metav1.TypeMeta{APIVersion: "scheduling.kubefed.io/v1alpha1", Kind: "ReplicaSchedulingPreference"},
		ObjectMeta: metav1.ObjectMeta{Name: one.name, Namespace: g.namespace}, Spec: one.spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(content, "status")
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	return &unstructured.Unstructured{Object: content}
}

func (g *ground) preview(t *testing.T, one trial) (plan report.SchedulePlan) {
	t.Helper()
	text, err := yaml.Marshal(g.preference(t, one).Object)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "preference.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, "schedule", "-f", file, "--preview", "-o", "json", "--context", g.bed.Host().Context())
	if err := json.Unmarshal([]byte(out), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// planned are the replicas of each member that the plan has a part for.
func planned(plan report.SchedulePlan) map[string]int64 {
	all := map[string]int64{}
	for _, m := range plan.Members {
		if m.Planned != nil {
			all[m.Name] = *m.Planned
		}
	}
	return all
}

// written are the replicas that the overrides have, of exactly the members that the object is placed on.
func written(t *testing.T, fed *unstructured.Unstructured) map[string]int64 {
	t.Helper()
	overrides, err := federation.Overrides(fed)
	if err != nil {
		t.Fatal(err)
	}
	all := federation.WrittenReplicas(overrides)
	var placed []string
	refs, _, _ := unstructured.NestedSlice(fed.Object, "spec", "placement", "clusters")
	for _, ref := range refs {
		placed = append(placed, ref.(map[string]any)["name"].(string))
	}
	slices.Sort(placed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(all)), placed); diff != "" {
		t.Errorf("%s: overrides and placement differ (-overrides +placement)\n%s", fed.GetName(), diff)
	}
	return all
}

// writes are the first changes that were seen of each object.
type writes struct {
	mutex sync.Mutex
	seen  map[string]*unstructured.Unstructured
}

func (w *writes) first(name string) *unstructured.Unstructured {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.seen[name]
}

// watch follows the federated workloads, and keeps the first change of placement or overrides of each.
func (g *ground) watch(t *testing.T, all []trial) *writes {
	t.Helper()
	w := &writes{seen: map[string]*unstructured.Unstructured{}}
	before := map[string]*unstructured.Unstructured{}
	for _, kind := range []string{"Deployment", "ReplicaSet"} {
		client := g.host.Resource(trial{kind: kind}.resource()).Namespace(g.namespace)
		list, err := client.List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Items {
			before[list.Items[i].GetName()] = &list.Items[i]
		}
		stream, err := client.Watch(t.Context(), metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stream.Stop)
		go func() {
			for event := range stream.ResultChan() {
				if fed, ok := event.Object.(*unstructured.Unstructured); ok && before[fed.GetName()] != nil {
					w.see(before[fed.GetName()], fed)
				}
			}
		}()
	}
	for _, one := range all {
		if before[one.name] == nil {
			t.Fatalf("%s is not there", one.name)
		}
	}
	return w
}

func (w *writes) see(before, after *unstructured.Unstructured) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.seen[after.GetName()] == nil && before.GetGeneration() != after.GetGeneration() && !cmp.Equal(before.Object["spec"], after.Object["spec"]) {
		w.seen[after.GetName()] = after
	}
}

// readiness is nil when KubeFed holds a member for ready, or not.
func (g *ground) readiness(ctx context.Context, cluster string, want bool) error {
	found, err := g.host.Resource(clusters).Namespace(space).Get(ctx, cluster, metav1.GetOptions{})
	if err != nil {
		return err
	}
	conditions, _, _ := unstructured.NestedSlice(found.Object, "status", "conditions")
	ready := slices.ContainsFunc(conditions, func(c any) bool {
		m := c.(map[string]any)
		return m["type"] == "Ready" && m["status"] == "True"
	})
	if ready != want {
		return fmt.Errorf("ready: %v", ready)
	}
	return nil
}

// startAgain has all members ready, so that the namespace can go.
func (g *ground) startAgain(t *testing.T, c *bed.Cluster) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Start(ctx); err != nil {
		t.Error(err)
		return
	}
	err := wait.PollUntilContextCancel(ctx, time.Second, true, func(ctx context.Context) (bool, error) {
		return g.readiness(ctx, c.Name, true) == nil, nil
	})
	if err != nil {
		t.Errorf("%s does not become ready again: %v", c.Name, err)
	}
}

// await looks every second; what does not come true in time is an error.
func (g *ground) await(t *testing.T, what string, holds func(context.Context) error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), time.Second, patience, true, func(ctx context.Context) (bool, error) {
		last = holds(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("%s: not within %s: %v", what, patience, last)
	}
}
