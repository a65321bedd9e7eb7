package drift_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// liveManaged was written by KubeFed at nine; then its replicas were changed through the subresource, the image by
// hand, a label by a controller, and an annotation by the controller of Deployments.
const liveManaged = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  generation: 4
  labels: {kubefed.io/managed: "true", team: x}
  annotations: {deployment.kubernetes.io/revision: "2"}
  finalizers: [a.b/c, d.e/f]
  managedFields:
  - manager: controller-manager
    operation: Update
    time: "2026-01-02T09:00:00Z"
    fieldsV1: {"f:metadata": {"f:labels": {".": {}, "f:kubefed.io/managed": {}}}, "f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}, "f:name": {}}}}}}}
  - manager: kubectl
    operation: Update
    subresource: scale
    fieldsV1: {"f:spec": {"f:replicas": {}}}
  - manager: kubectl-edit
    operation: Update
    time: "2026-01-02T10:00:00Z"
    fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}}}}
  - manager: labeller
    operation: Update
    time: "2026-01-02T11:00:00Z"
    fieldsV1: {"f:metadata": {"f:labels": {"f:team": {}}, "f:finalizers": {".": {}, 'v:"d.e/f"': {}}}}
  - manager: kube-controller-manager
    operation: Update
    time: "2026-01-02T11:00:00Z"
    fieldsV1: {"f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}}}}
spec:
  replicas: 5
  template: {spec: {containers: [{name: side, image: a}, {name: web, image: b}]}}
`

const fedOverridden = `
kind: FederatedDeployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {paused: false, template: {spec: {containers: [{name: side, image: a}, {name: web, image: a}]}}}
  overrides:
  - clusterName: c1
    clusterOverrides:
    - {path: /spec/replicas, value: 2}
    - {path: /spec/template/spec/containers/1, value: {name: web, image: c}}
`

func clock(hour, minute int) metav1.Time {
	return metav1.Date(2026, 1, 2, hour, minute, 0, 0, time.UTC)
}

// input is a placed object in the member c1, at noon.
func input(t *testing.T, fed, live string) drift.Input {
	return drift.Input{Type: deployments, Federated: object(t, fed), Live: object(t, live), Cluster: "c1", Placed: true, Now: clock(12, 0)}
}

func TestExplainOwnersAndOrigins(t *testing.T) {
	template, server := &drift.Origin{From: drift.FromTemplate}, &drift.Origin{From: drift.FromServer}
	nine, ten, eleven := clock(9, 0), clock(10, 0), clock(11, 0)
	for _, c := range []struct {
		change drift.Change
		owner  *drift.Owner
		origin *drift.Origin
	}{
		{drift.Change{Path: "/spec/replicas"}, &drift.Owner{Manager: "kubectl", Subresource: "scale"}, &drift.Origin{From: drift.FromOverride, Override: 1}},
		{drift.Change{Path: "/spec/template/spec/containers/1/image"}, &drift.Owner{Manager: "kubectl-edit", Time: &ten}, &drift.Origin{From: drift.FromOverride, Override: 2}},
		{drift.Change{Path: "/spec/template/spec/containers/1/name"}, &drift.Owner{Manager: "controller-manager", Time: &nine}, &drift.Origin{From: drift.FromOverride, Override: 2}},
		{drift.Change{Path: "/spec/template/spec/containers/0/image"}, nil, template},
		{drift.Change{Path: "/metadata/labels/team", Removed: true}, &drift.Owner{Manager: "labeller", Time: &eleven}, template},
		{drift.Change{Path: "/metadata/labels/app", Added: true}, nil, template},
		{drift.Change{Path: "/metadata/labels/kubefed.io~1managed", Added: true}, nil, &drift.Origin{From: drift.FromKubeFed}},
		{drift.Change{Path: "/metadata/finalizers/1"}, &drift.Owner{Manager: "labeller", Time: &eleven}, &drift.Origin{From: drift.FromRetained}},
		{drift.Change{Path: "/metadata/finalizers/0"}, nil, &drift.Origin{From: drift.FromRetained}},
		{drift.Change{Path: "/spec/paused"}, nil, template},
		{drift.Change{Path: "/spec/progressDeadlineSeconds"}, nil, server},
	} {
		got := drift.Explain(input(t, fedOverridden, liveManaged), drift.Result{Verdict: drift.WillUpdate, Changes: []drift.Change{c.change}}).Changes[0]
		if diff := cmp.Diff(c.owner, got.Owner); diff != "" {
			t.Errorf("%s: owner, -want +got\n%s", c.change.Path, diff)
		}
		if diff := cmp.Diff(c.origin, got.Origin); diff != "" {
			t.Errorf("%s: origin, -want +got\n%s", c.change.Path, diff)
		}
	}
}

// TestExplainPreference: replicas that a scheduling preference wrote are not said to be somebody's override.
func TestExplainPreference(t *testing.T) {
	in := input(t, fedOverridden, liveManaged)
	in.Preference = "web"
	got := drift.Explain(in, drift.Result{Verdict: drift.WillUpdate, Changes: []drift.Change{{Path: "/spec/replicas"}}})
	want := &drift.Origin{From: drift.FromPreference, Preference: "web", Override: 1}
	if diff := cmp.Diff(want, got.Changes[0].Origin); diff != "" {
		t.Error(diff)
	}
}

// TestExplainRetained: replicas are the member's with retainReplicas, and an override beats that.
func TestExplainRetained(t *testing.T) {
	fed := `{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {retainReplicas: true, template: {spec: {replicas: 1}}}}`
	replicas := drift.Result{Verdict: drift.WillUpdate, Changes: []drift.Change{{Path: "/spec/replicas"}}}
	if got := drift.Explain(input(t, fed, liveManaged), replicas).Changes[0].Origin.From; got != drift.FromRetained {
		t.Errorf("got %s", got)
	}
	fed = strings.Replace(fed, "retainReplicas: true", `retainReplicas: true, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 3}]}]`, 1)
	in := input(t, fed, liveManaged)
	if got := drift.Explain(in, replicas).Changes[0].Origin.From; got != drift.FromOverride {
		t.Errorf("got %s", got)
	}
	desired := drift.Judge(in).Desired
	if got, _, err := unstructured.NestedInt64(desired.Object, "spec", "replicas"); err != nil || got != 3 {
		t.Errorf("replicas are %d (%v), want the override's", got, err)
	}
}

const fedWiping = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {template: {}, overrides: [{clusterName: c1,
  clusterOverrides: [{path: /spec/replicas, value: 5}, {op: add, path: /metadata/annotations, value: {foo: bar}}]}]}}`

func TestExplainLoops(t *testing.T) {
	wiped := drift.Change{Path: "/metadata/annotations/deployment.kubernetes.io~1revision", Before: "2", Removed: true}
	label := drift.Change{Path: "/metadata/labels/team", Before: "x", Removed: true}
	image := drift.Change{Path: "/spec/template/spec/containers/1/image"}
	often := drift.Updates{Count: 9, First: clock(11, 50), Last: clock(11, 57)}
	for _, c := range []struct {
		name    string
		fed     string
		verdict drift.Verdict
		changes []drift.Change
		updates drift.Updates
		want    string // the cause of a loop
	}{
		{"all annotations replaced", fedWiping, drift.WillUpdate, []drift.Change{wiped}, drift.Updates{},
			"KubeFed and kube-controller-manager undo each other: override 2 replaces all annotations and so removes deployment.kubernetes.io/revision, which is written again"},
		{"all annotations replaced, just now", fedWiping, drift.InSync, nil, drift.Updates{},
			"KubeFed and kube-controller-manager undo each other: override 2 replaces all annotations and so removes deployment.kubernetes.io/revision, which is written again"},
		{"a controller's label, again and again", fed, drift.WillUpdate, []drift.Change{label}, often,
			"KubeFed and labeller undo each other: KubeFed has updated it 9 times"},
		{"in sync, again and again", fed, drift.InSync, nil, drift.Updates{Count: 9, First: clock(11, 50), Last: clock(11, 59)},
			"KubeFed and something in the cluster undo each other: KubeFed has updated it 9 times"},
		{"in sync for a while", fed, drift.InSync, nil, often, ""},
		{"a controller's label, once", fed, drift.WillUpdate, []drift.Change{label}, drift.Updates{Count: 1, First: clock(11, 58), Last: clock(11, 58)}, ""},
		{"a controller's label, long ago", fed, drift.WillUpdate, []drift.Change{label}, drift.Updates{Count: 9, First: clock(9, 0), Last: clock(9, 9)}, ""},
		{"a controller's label, now and then", fed, drift.WillUpdate, []drift.Change{label}, drift.Updates{Count: 9, First: clock(9, 0), Last: clock(11, 58)}, ""},
		{"a person, again and again", fed, drift.WillUpdate, []drift.Change{image}, often, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := input(t, c.fed, liveManaged)
			in.Updates = c.updates
			got := drift.Explain(in, drift.Result{Verdict: c.verdict, Action: drift.Update, Changes: c.changes})
			want := drift.Looping
			if c.want == "" {
				want = c.verdict
			}
			if got.Verdict != want || got.Cause != c.want || got.Action != drift.Update {
				t.Errorf("got %s, %s, %q, want %s, %q", got.Verdict, got.Action, got.Cause, want, c.want)
			}
		})
	}
}

// TestExplainFailures: what KubeFed said of its last try is told where the same write is to come; a lack of rights is
// what no dry run by the user can show.
func TestExplainFailures(t *testing.T) {
	for _, c := range []struct {
		said    drift.Said
		event   string
		action  drift.Action
		verdict drift.Verdict
		cause   string
	}{
		{"CreationFailed", "no room", drift.Create, drift.WillCreate, "KubeFed's last try failed (CreationFailed): no room"},
		{"CreationFailed", `deployments.apps is forbidden`, drift.Create, drift.Blocked, "KubeFed's last try failed (CreationFailed): deployments.apps is forbidden"},
		{"UpdateFailed", "no room", drift.Create, drift.WillCreate, ""},
		{"UpdateFailed", "no room", drift.Adopt, drift.WillCreate, "KubeFed's last try failed (UpdateFailed): no room"},
		{"DeletionFailed", "no room", drift.Delete, drift.WillCreate, "KubeFed's last try failed (DeletionFailed): no room"},
		{"LabelRemovalFailed", "no room", drift.Release, drift.WillCreate, "KubeFed's last try failed (LabelRemovalFailed): no room"},
		{"ClientRetrievalFailed", "no room", drift.Update, drift.WillCreate, "KubeFed's last try failed (ClientRetrievalFailed): no room"},
		{"", "no room", drift.Create, drift.WillCreate, ""},
	} {
		in := input(t, fed, live)
		in.Said, in.SaidCause = c.said, c.event
		got := drift.Explain(in, drift.Result{Verdict: drift.WillCreate, Action: c.action})
		if got.Verdict != c.verdict || got.Cause != c.cause {
			t.Errorf("%s, %s: got %s, %q", c.said, c.action, got.Verdict, got.Cause)
		}
	}
}

func TestCompareAlike(t *testing.T) {
	a := object(t, `{kind: X, metadata: {finalizers: [a, b]}, spec: {resources: {requests: {cpu: 1000m, memory: 1Gi}, limits: {cpu: 1}}, sizeLimit: 1Ki, verbs: [get, list], args: [a, b], n: 2}}`)
	b := object(t, `{kind: X, metadata: {finalizers: [b, a]}, spec: {resources: {requests: {cpu: 1, memory: 1024Mi}, limits: {cpu: "2"}}, sizeLimit: "1024", verbs: [list, get], args: [b, a], n: 2.0, gone: null}}`)
	var paths []string
	for _, c := range drift.CompareAlike(a, b) {
		paths = append(paths, c.Path)
	}
	if diff := cmp.Diff([]string{"/spec/args/0", "/spec/args/1", "/spec/resources/limits/cpu"}, paths); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestBetween(t *testing.T) {
	a := object(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, uid: a, annotations: {deployment.kubernetes.io/revision: "1"}}, spec: {replicas: 1}, status: {readyReplicas: 1}}`)
	b := object(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, uid: b, annotations: {deployment.kubernetes.io/revision: "2"}}, spec: {replicas: 1}}`)
	if got := drift.Between(deployments, "a", "b", a, b); got.Verdict != drift.Same || got.Cluster != "b" {
		t.Errorf("got %v", got)
	}
	if err := unstructured.SetNestedField(b.Object, int64(2), "spec", "replicas"); err != nil {
		t.Fatal(err)
	}
	got := drift.Between(deployments, "a", "b", a, b)
	if diff := cmp.Diff([]drift.Change{{Path: "/spec/replicas", Before: int64(1), After: int64(2)}}, got.Changes); diff != "" || got.Verdict != drift.Different {
		t.Errorf("%s: %s", got.Verdict, diff)
	}
	for _, c := range []struct {
		a, b  *unstructured.Unstructured
		want  drift.Verdict
		cause string
	}{{a, nil, drift.Different, "only a has it"}, {nil, b, drift.Different, "only b has it"}, {nil, nil, drift.NotTargeted, "neither has it"}} {
		if got := drift.Between(deployments, "a", "b", c.a, c.b); got.Verdict != c.want || got.Cause != c.cause {
			t.Errorf("got %s, %s", got.Verdict, got.Cause)
		}
	}
}

func TestAgainstTemplate(t *testing.T) {
	got := drift.AgainstTemplate(input(t, fedOverridden, live))
	if got.Verdict != drift.Different || len(got.Changes) != 2 || got.Changes[0].Origin.Override != 1 || got.Changes[1].Path != "/spec/template/spec/containers/1/image" {
		t.Errorf("got %+v", got)
	}
	for _, c := range []struct {
		fed, cluster string
		placed       bool
		want         drift.Verdict
	}{{fedOverridden, "c2", true, drift.Same}, {fedOverridden, "c1", false, drift.NotTargeted}, {fedBroken, "c1", true, drift.Blocked}} {
		in := input(t, c.fed, live)
		in.Cluster, in.Placed = c.cluster, c.placed
		if got := drift.AgainstTemplate(in); got.Verdict != c.want {
			t.Errorf("%s on %s: got %s", c.fed, c.cluster, got.Verdict)
		}
	}
}
