package federation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// preference is the ReplicaSchedulingPreference ns/n with a spec in YAML.
func preference(t testing.TB, spec string) *v1alpha1.ReplicaSchedulingPreference {
	t.Helper()
	rsp := &v1alpha1.ReplicaSchedulingPreference{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "n"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &rsp.Spec); err != nil {
		t.Fatal(err)
	}
	return rsp
}

// candidates are clusters A, B, C: each with its current replicas and its
// capacity, -1 for none.
func candidates(current, capacity []int64) []federation.Candidate {
	var out []federation.Candidate
	for i, name := range []string{"A", "B", "C"} {
		c := federation.Candidate{Name: name}
		if i < len(current) && current[i] >= 0 {
			c.Current = &federation.Current{Replicas: current[i]}
			if i < len(capacity) && capacity[i] >= 0 {
				c.Current.Capacity = &capacity[i]
			}
		}
		out = append(out, c)
	}
	return out
}

// TestPlan pins what people trip over, as measured on KubeFed.
func TestPlan(t *testing.T) {
	for _, c := range []struct {
		name, spec        string
		current, capacity []int64
		want              [3]int64
	}{
		{"nobody named", `totalReplicas: 9`, nil, nil, [3]int64{3, 3, 3}},
		{"shares are rounded up, in the order of a hash", `{totalReplicas: 10, clusters: {"*": {weight: 1}}}`, nil, nil, [3]int64{2, 4, 4}},
		{"one replica", `{totalReplicas: 1, clusters: {"*": {weight: 1}}}`, nil, nil, [3]int64{0, 1, 0}},
		{"a cluster without a preference gets none", `{totalReplicas: 9, clusters: {A: {weight: 1}, B: {weight: 2}}}`, nil, nil, [3]int64{3, 6, 0}},
		{"minima and maxima", `{totalReplicas: 9, clusters: {A: {weight: 1, minReplicas: 4, maxReplicas: 6}, B: {weight: 2, minReplicas: 4, maxReplicas: 8}}}`, nil, nil, [3]int64{4, 5, 0}},
		{"a maximum", `{totalReplicas: 50, clusters: {"*": {weight: 1}, C: {weight: 1, maxReplicas: 20}}}`, nil, nil, [3]int64{16, 17, 17}},
		{"a minimum above the maximum", `{totalReplicas: 10, clusters: {A: {minReplicas: 5, maxReplicas: 2}, B: {weight: 1}}}`, nil, nil, [3]int64{2, 8, 0}},
		{"no weights", `{totalReplicas: 10, clusters: {A: {minReplicas: 2}, B: {}}}`, nil, nil, [3]int64{2, 0, 0}},
		{"a full cluster", `{totalReplicas: 10, rebalance: true, clusters: {"*": {weight: 1}}}`, []int64{3, -1, -1}, []int64{2}, [3]int64{2, 4, 4}},
		{"more is asked of a full cluster than it has room for", `{totalReplicas: 10, rebalance: true, clusters: {A: {weight: 1}}}`, []int64{3, -1, -1}, []int64{2}, [3]int64{10, 0, 0}},
		{"no rebalancing, a full cluster", `{totalReplicas: 10, clusters: {"*": {weight: 1}}}`, []int64{6, 2, 2}, []int64{4}, [3]int64{4, 3, 3}},
		{"no rebalancing", `{totalReplicas: 9, clusters: {"*": {weight: 1}}}`, []int64{9, -1, -1}, nil, [3]int64{9, 0, 0}},
		{"a negative weight", `{totalReplicas: 6, clusters: {A: {weight: 2}, B: {weight: -1}, C: {weight: 1}}}`, nil, nil, [3]int64{6, 0, 0}},
		{"minima above the total", `{totalReplicas: 3, clusters: {A: {weight: 1, minReplicas: 2}, B: {weight: 2, minReplicas: 2}, C: {weight: 3, minReplicas: 2}}}`, nil, nil, [3]int64{0, 1, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := federation.Plan(preference(t, c.spec), candidates(c.current, c.capacity))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]int64{"A": c.want[0], "B": c.want[1], "C": c.want[2]}
			if diff := cmp.Diff(want, got.Replicas); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestPlanOfUsers pins what users took for a fault of the planner, or lost
// replicas by.
func TestPlanOfUsers(t *testing.T) {
	for _, c := range []struct {
		name, spec string
		clusters   []string
		want       map[string]int64
		placed     int64
	}{
		{"weights and minima share out 3 and 7, not 4 and 6", `{totalReplicas: 10, clusters: {alpha: {weight: 2, minReplicas: 2, maxReplicas: 6}, beta: {weight: 3, minReplicas: 4, maxReplicas: 8}}}`,
			[]string{"alpha", "beta"}, map[string]int64{"alpha": 3, "beta": 7}, 10},
		{"which cluster is short depends on a hash", `{totalReplicas: 50, clusters: {"*": {weight: 1}, gamma: {weight: 1, maxReplicas: 20}}}`,
			[]string{"alpha", "beta", "gamma"}, map[string]int64{"alpha": 17, "beta": 17, "gamma": 16}, 50},
		{"maxima drop the rest", `{totalReplicas: 50, clusters: {alpha: {weight: 1, maxReplicas: 5}, beta: {weight: 1, maxReplicas: 5}}}`,
			[]string{"alpha", "beta"}, map[string]int64{"alpha": 5, "beta": 5}, 10},
		{"minima starve the lighter cluster", `{totalReplicas: 3, clusters: {alpha: {weight: 2, minReplicas: 4}, beta: {weight: 1, minReplicas: 4}}}`,
			[]string{"alpha", "beta"}, map[string]int64{"alpha": 3, "beta": 0}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			rsp := preference(t, c.spec)
			rsp.Namespace, rsp.Name = "shop", "web"
			var clusters []federation.Candidate
			for _, name := range c.clusters {
				clusters = append(clusters, federation.Candidate{Name: name})
			}
			got, err := federation.Plan(rsp, clusters)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.Replicas); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got.Placed() != c.placed || got.Asked != int64(rsp.Spec.TotalReplicas) {
				t.Errorf("placed %d of %d", got.Placed(), got.Asked)
			}
		})
	}
}

func TestPlanWithoutClusters(t *testing.T) {
	got, err := federation.Plan(preference(t, `totalReplicas: 3`), nil)
	if err != nil || len(got.Replicas) > 0 || got.Asked != 3 || got.Placed() != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	fed := object(t, `{kind: FederatedDeployment, metadata: {name: web}, spec: {}}`)
	if after, err := federation.Reschedule(fed, got); err != nil || after != fed {
		t.Errorf("got %v, %v", after, err)
	}
}

func TestObserve(t *testing.T) {
	now := metav1.NewTime(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	pod := func(phase corev1.PodPhase, kind corev1.PodConditionType, status corev1.ConditionStatus, age time.Duration) corev1.Pod {
		c := corev1.PodCondition{Type: kind, Status: status, Reason: corev1.PodReasonUnschedulable, LastTransitionTime: metav1.NewTime(now.Add(-age))}
		return corev1.Pod{Status: corev1.PodStatus{Phase: phase, Conditions: []corev1.PodCondition{c}}}
	}
	pods := []corev1.Pod{
		pod(corev1.PodRunning, corev1.PodReady, corev1.ConditionTrue, 0),
		pod(corev1.PodRunning, corev1.PodReady, corev1.ConditionFalse, 0), // counts, too
		pod(corev1.PodPending, corev1.PodScheduled, corev1.ConditionFalse, time.Minute),
		pod(corev1.PodPending, corev1.PodScheduled, corev1.ConditionFalse, time.Minute+time.Second),
	}
	four := int64(4)
	for name, c := range map[string]struct {
		live  string
		want  *federation.Current
		needs bool
		err   string
	}{
		"no workload": {"", nil, false, ""},
		"all ready":   {`{spec: {replicas: 2}, status: {readyReplicas: 2}}`, &federation.Current{Replicas: 2}, false, ""},
		"some stuck": {`{spec: {replicas: 5, selector: {matchLabels: {a: b}}}, status: {readyReplicas: 1}}`,
			&federation.Current{Replicas: 2, Capacity: &four}, true, ""},
		"no matchLabels": {`{spec: {replicas: 5, selector: {}}}`, nil, true,
			"Deployment web: spec.selector has no matchLabels, by which KubeFed finds its pods"},
		"a fraction": {`{spec: {replicas: 5.5}}`, nil, false,
			"reading spec.replicas of Deployment web: .spec.replicas accessor error: 5.5 is of the type float64, expected int64"},
		"a word": {`{status: {readyReplicas: all}}`, nil, false,
			"reading status.readyReplicas of Deployment web: .status.readyReplicas accessor error: all is of the type string, expected int64"},
	} {
		t.Run(name, func(t *testing.T) {
			live := object(t, strings.Replace(c.live, "{", "{kind: Deployment, metadata: {name: web}, ", 1))
			got, err := federation.Observe(live, pods, now)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if needs, _ := federation.NeedsPods(live); needs != c.needs {
				t.Errorf("needs pods: %t", needs)
			}
		})
	}
}

func TestSchedulable(t *testing.T) {
	fed := placed(t, "FederatedDeployment", `{clusters: [{name: c2}], clusterSelector: {matchLabels: {env: prod}}}`)
	all := placed(t, "FederatedNamespace", `{clusterSelector: {}}`)
	byName := placed(t, "FederatedNamespace", `{clusters: [{name: c1}]}`)
	plain, intersecting := preference(t, `totalReplicas: 1`), preference(t, `{totalReplicas: 1, intersectWithClusterSelector: true}`)
	for name, c := range map[string]struct {
		rsp  *v1alpha1.ReplicaSchedulingPreference
		ns   string
		want []string
		err  string
	}{
		"all":                        {plain, "none", []string{"c1", "c2", "c3"}, ""},
		"those selected":             {intersecting, "all", []string{"c1"}, ""},
		"a namespace placed by name": {intersecting, "by name", []string{}, ""},
		"no namespace": {intersecting, "none", nil,
			"ReplicaSchedulingPreference ns/n: its namespace has no FederatedNamespace, without which KubeFed intersects nothing and schedules nothing"},
	} {
		ns := map[string]u{"all": all, "by name": byName}[c.ns]
		got, err := federation.Schedulable(c.rsp, fed, ns, members)
		wantError(t, err, c.err)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if _, err := federation.Schedulable(intersecting, placed(t, "FederatedDeployment", `[]`), all, members); err == nil {
		t.Error("a placement that is no object is read")
	}
}

func TestIsScheduled(t *testing.T) {
	for kind, want := range map[string]bool{"FederatedDeployment": true, "FederatedReplicaSet": true, "FederatedStatefulSet": false, "Deployment": false} {
		if got := federation.IsScheduled(kind); got != want {
			t.Errorf("%s: got %t", kind, got)
		}
	}
}

// TestReschedule shows what a preference does to a federated Deployment, and that
// it does nothing the second time.
func TestReschedule(t *testing.T) {
	fed := object(t, `{kind: FederatedDeployment, metadata: {name: web}, spec: {placement: {clusterSelector: {}}, overrides: [
		{clusterName: gone, clusterOverrides: [{path: /spec/replicas, value: 7}]},
		{clusterName: A, clusterOverrides: [{op: add, path: /spec/paused, value: true}]}]}}`)
	want := object(t, `{kind: FederatedDeployment, metadata: {name: web}, spec: {
		placement: {clusterSelector: {}, clusters: [{name: A}, {name: B}]}, overrides: [
		{clusterName: A, clusterOverrides: [{op: add, path: /spec/paused, value: true}, {path: /spec/replicas, value: 2}]},
		{clusterName: B, clusterOverrides: [{path: /spec/replicas, value: 0}]},
		{clusterName: gone, clusterOverrides: []}]}}`)
	before := fed.DeepCopy()
	schedule := federation.Schedule{Replicas: map[string]int64{"A": 2, "B": 0}, Asked: 2}
	got, err := federation.Reschedule(fed, schedule)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(before, fed); diff != "" {
		t.Errorf("the federated object was changed\n%s", diff)
	}
	if again, err := federation.Reschedule(got, schedule); err != nil || again != got {
		t.Errorf("the second time: %v, %v", again, err)
	}
}

func TestRescheduleErrors(t *testing.T) {
	schedule := federation.Schedule{Replicas: map[string]int64{"A": 1}}
	for spec, want := range map[string]string{
		`{placement: x}`: "reading spec.placement of FederatedDeployment web: spec.placement is a string, which does not belong there",
		`{overrides: [{clusterName: A}, {clusterName: A}]}`: `cluster "A" appears more than once in spec.overrides of FederatedDeployment web`,
	} {
		_, err := federation.Reschedule(object(t, "{kind: FederatedDeployment, metadata: {name: web}, spec: "+spec+"}"), schedule)
		wantError(t, err, want)
	}
}
