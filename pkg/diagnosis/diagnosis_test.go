package diagnosis

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// object reads an object that is written as YAML.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return obj
}

const fed = `
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: shop, generation: 2}
spec:
  placement: {clusters: [{name: a}, {name: b}]}
  template: {spec: {replicas: 2}}
status:
  observedGeneration: 2
  conditions: [{type: Propagation, status: "True"}]
  clusters: [{name: a}, {name: b}]
`

const live = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, generation: 1, labels: {kubefed.io/managed: "true"}}
spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {spec: {containers: [{name: c, image: "web:1"}]}}}
status: {observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2}
`

const fedNamespace = `
apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: {name: shop, namespace: shop}
spec: {placement: {clusters: [{name: a}, {name: b}]}}
`

// healthy is an object that runs on two members. Tests break one thing of it.
func healthy(t *testing.T) Facts {
	typ, _ := federation.WellKnown("Deployment")
	f := Facts{
		ID: "shop/deployments/web", Type: typ, Federated: object(t, fed), Namespace: object(t, fedNamespace),
		Control: &Control{Working: true}, Calls: Calls{HostFlag: " --context h", KubeFedNamespace: "kube-federation-system"}, Now: metav1.Now(),
	}
	for _, name := range []string{"a", "b"} {
		f.Members = append(f.Members, Member{
			Name: name, Context: "kind-" + name, Ready: true,
			Result: drift.Result{Cluster: name, Verdict: drift.InSync, Live: object(t, live)},
		})
	}
	return placed(t, f)
}

// placed computes the placement anew.
func placed(t *testing.T, f Facts) Facts {
	t.Helper()
	p, err := federation.Place(f.Type, f.Federated, f.Namespace, []federation.Cluster{{Name: "a"}, {Name: "b"}}, false)
	if err != nil {
		f.Unplaceable = err.Error()
	}
	f.Placement = p
	return f
}

// set replaces the federated object by one with a change in its text.
func set(t *testing.T, f *Facts, old, replacement string) {
	t.Helper()
	if !strings.Contains(fed, old) {
		t.Fatalf("no %q", old)
	}
	f.Federated = object(t, strings.Replace(fed, old, replacement, 1))
	*f = placed(t, *f)
}

func (f *Facts) result(name string) *drift.Result {
	i := slices.IndexFunc(f.Members, func(m Member) bool { return m.Name == name })
	return &f.Members[i].Result
}

// warn adds an event of KubeFed's.
func (f *Facts) warn(cluster, reason, text string) {
	f.Warnings = append(f.Warnings, Warning{
		Cluster: cluster, Reason: reason, Last: f.Now, Text: `Failed to do Deployment "shop/web" in cluster "` + cluster + `": ` + text,
	})
}

// said gives member a a status.
func (f *Facts) said(t *testing.T, status string) {
	set(t, f, "clusters: [{name: a}, {name: b}]\n", "clusters: [{name: a, status: "+status+"}, {name: b}]\n")
}

func TestHealthyObjectHasNoFault(t *testing.T) {
	d := Diagnose(healthy(t))
	if b := d.Broken(); b != nil || !d.Propagated() || !d.Ready() || d.Worst() != InSync {
		t.Errorf("worst %q, propagated %t, ready %t, broken %+v", d.Worst(), d.Propagated(), d.Ready(), b)
	}
	var links []Link
	for _, step := range d.Chain {
		links = append(links, step.Link)
		if step.State != InSync {
			t.Errorf("%s is %s", step.Link, step.State)
		}
	}
	if diff := cmp.Diff(Links, links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// broken has one thing broken in each case, and what is said of it.
var broken = map[string]struct {
	make    func(*testing.T, *Facts)
	link    Link
	text    string // in title or cause
	command string
	state   State // of member a
	waiting bool
	settled bool
}{
	"propagation disabled": {
		make: func(_ *testing.T, f *Facts) { f.Type.PropagationEnabled = false },
		link: Type, text: "propagation of deployments.apps is disabled", state: InSync,
		command: `kubectl patch federatedtypeconfig deployments.apps --type=merge -p '{"spec":{"propagation":"Enabled"}}' -n kube-federation-system --context h`,
	},
	"controllers stopped": {
		make: func(_ *testing.T, f *Facts) {
			f.Control = &Control{Faults: []Fault{{Link: Type, Title: "KubeFed's controllers do not run", Command: "start"}}}
		},
		link: Type, text: "do not run", command: "start", state: InSync,
	},
	"controller of the type stopped": {
		make: func(_ *testing.T, f *Facts) { f.Control.Stopped = []string{"deployments.apps"} },
		link: Type, text: "controller of deployments.apps", state: InSync,
		command: "kubectl rollout restart deployment kubefed-controller-manager -n kube-federation-system --context h",
	},
	"not served": {
		make: func(_ *testing.T, f *Facts) {
			f.Members[0].NotServed, f.Members[0].Result = true, drift.Result{Cluster: "a", Verdict: drift.Blocked}
		},
		link: Type, text: "does not serve deployments.apps in version v1", command: `kubectl api-resources --api-group="apps" --context kind-a`, state: Blocked,
	},
	"namespace not federated": {
		make: func(t *testing.T, f *Facts) { f.Namespace = nil; *f = placed(t, *f); f.untargeted() },
		link: Namespace, text: "not federated", command: "kubectl fed federate namespace shop --context h", state: NotTargeted,
	},
	"namespace federated in the wrong place": {
		make: func(t *testing.T, f *Facts) {
			f.Namespace, f.Misplaced = nil, "default"
			*f = placed(t, *f)
			f.untargeted()
		},
		link: Namespace, text: "there is one in the namespace default", state: NotTargeted,
		command: "kubectl fed federate namespace shop --context h && kubectl delete federatednamespace shop -n default --context h",
	},
	"namespace leaves a cluster out": {
		make: func(t *testing.T, f *Facts) {
			f.Namespace = object(t, strings.Replace(fedNamespace, "{name: a}, ", "", 1))
			*f = placed(t, *f)
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.NotTargeted}
		},
		link: Namespace, text: "KubeFed calls that propagated", state: NotTargeted, settled: true,
		command: `kubectl patch federatednamespace shop --type=merge -p '{"spec":{"placement":{"clusters":[{"name":"b"},{"name":"a"}]}}}' -n shop --context h`,
	},
	"placement can't be read": {
		make: func(t *testing.T, f *Facts) {
			set(t, f, "placement: {clusters: [{name: a}, {name: b}]}", "placement: {clusterSelector: {matchExpressions: [{key: x, operator: Sometimes}]}}")
			f.untargeted()
		},
		link: Placement, text: "Sometimes", command: "kubectl edit federateddeployment web -n shop --context h", state: NotTargeted,
	},
	"placed nowhere": {
		make: func(t *testing.T, f *Facts) {
			set(t, f, "placement: {clusters: [{name: a}, {name: b}]}", "placement: {}")
			f.untargeted()
		},
		link: Placement, text: "neither clusters nor clusterSelector", state: NotTargeted, settled: true,
		command: `kubectl patch federateddeployment web --type=merge -p '{"spec":{"placement":{"clusters":[{"name":"a"},{"name":"b"}]}}}' -n shop --context h`,
	},
	"a cluster that is none": {
		make: func(t *testing.T, f *Facts) { set(t, f, "{name: b}]}", "{name: b}, {name: z}]}") },
		link: Placement, text: "z is not a member", command: "kubectl fed join z --context h", state: InSync, settled: true,
	},
	"not ready": {
		make: func(_ *testing.T, f *Facts) {
			f.Members[0].Ready, f.Members[0].NotReady = false, "dial tcp: connection refused"
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Unknown}
		},
		link: MemberReady, text: "connection refused", command: "kubectl fed fix-server a --context h", state: Unreachable,
	},
	"not ready for want of a token": {
		make: func(_ *testing.T, f *Facts) {
			f.Members[0].Ready, f.Members[0].NotReady = false, `secrets "a-x" not found`
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Unknown}
		},
		link: MemberReady, text: "not found", command: "kubectl fed join a --refresh --context h", state: Unreachable,
	},
	"not reached from here": {
		make: func(_ *testing.T, f *Facts) {
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Unknown, Cause: "no route to host"}
		},
		link: MemberReady, text: "no route to host", command: "kubectl fed fix-server a --context h", state: Unreachable, settled: true,
	},
	"an override without a parent": {
		make: func(t *testing.T, f *Facts) {
			set(t, f, "  template:", "  overrides: [{clusterName: a, clusterOverrides: [{path: /spec/replicas, value: 1}, {path: /no/where, value: 1}]}]\n  template:")
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Blocked, Live: f.result("a").Live}
		},
		link: Override, text: "/no/where", command: "kubectl fed override deployment web --clusters a --unset /no/where -n shop --context h", state: Blocked,
	},
	"overrides that fail all clusters": {
		make: func(t *testing.T, f *Facts) {
			set(t, f, "  template:", "  overrides: [{clusterName: a}, {clusterName: a}]\n  template:")
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Blocked}
		},
		link: Override, text: "more than once", command: "kubectl edit federateddeployment web -n shop --context h", state: Blocked,
	},
	"not handled yet": {
		make: func(t *testing.T, f *Facts) {
			set(t, f, "observedGeneration: 2", "observedGeneration: 1")
			f.result("a").Verdict = drift.WillUpdate
		},
		link: Propagation, text: "will be updated", state: Pending, waiting: true,
	},
	"the namespace is to come": {
		make: func(t *testing.T, f *Facts) {
			f.said(t, "CreationFailed")
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.WillCreate}
			f.warn("a", "CreateInClusterFailed", `namespaces "shop" not found`)
		},
		link: Namespace, text: "not there yet", command: "kubectl fed status namespace shop --context h", state: Pending, waiting: true,
	},
	"the cause is the newest event of the kind": {
		make: func(t *testing.T, f *Facts) {
			f.said(t, "CreationFailed")
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.WillCreate}
			f.warn("a", "CreateInClusterFailed", "exceeded quota: few, requested: pods=1")
			f.warn("b", "CreateInClusterFailed", "of another cluster")
			f.warn("a", "UpdateInClusterFailed", "of another kind")
			f.warn("a", "CreateInClusterFailed", tried+" due to an existing resource")
			f.Warnings[0].Last = metav1.NewTime(f.Now.Add(-1))
		},
		link: Propagation, text: "exceeded quota: few", command: "kubectl edit resourcequota few -n shop --context kind-a", state: Blocked,
	},
	"no right": {
		make: func(t *testing.T, f *Facts) {
			f.said(t, "UpdateFailed")
			f.result("a").Verdict = drift.WillUpdate
			f.warn("a", "UpdateInClusterFailed", `deployments.apps is forbidden: User "system:serviceaccount:x:y" cannot update resource "deployments"`)
		},
		link: Propagation, text: "cannot update", command: "kubectl fed join a --context h", state: Blocked,
	},
	"immutable": {
		make: func(t *testing.T, f *Facts) {
			f.said(t, "UpdateFailed")
			f.result("a").Verdict, f.result("a").Cause = drift.Blocked, "spec.selector: field is immutable"
		},
		link: Propagation, text: "field is immutable", command: "kubectl delete deployment web -n shop --context kind-a", state: Blocked,
	},
	"kept away": {
		make: func(t *testing.T, f *Facts) {
			f.said(t, "ManagedLabelFalse")
			f.result("a").Verdict, f.result("a").Cause = drift.Blocked, "labelled"
			f.result("a").Live.SetLabels(map[string]string{federation.ManagedLabel: "false"})
		},
		link: Propagation, text: "labelled not to be managed", state: Blocked,
		command: "kubectl label deployment web kubefed.io/managed=true --overwrite -n shop --context kind-a",
	},
	"not tried again": {
		make: func(t *testing.T, f *Facts) { f.said(t, "AlreadyExists"); f.result("a").Verdict = drift.WillAdopt },
		link: Propagation, text: "KubeFed does not try again", state: Blocked,
		command: "kubectl annotate federateddeployment web kubectl-fed.io/retry=$(date +%s) --overwrite -n shop --context h",
	},
	"no answer": {
		make: func(t *testing.T, f *Facts) {
			f.said(t, "UpdateTimedOut")
			*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Unknown}
			f.Members[0].Webhooks = []Webhook{{Configuration: "mutatingwebhookconfigurations/new", Operations: []string{"CREATE"}}, {Configuration: "mutatingwebhookconfigurations/slow", Operations: []string{"UPDATE"}}}
		},
		link: Propagation, text: "did not answer", command: "kubectl delete mutatingwebhookconfigurations/slow --context kind-a", state: Blocked,
	},
	"a loop with an autoscaler": {
		make: func(_ *testing.T, f *Facts) {
			f.result("a").Verdict, f.result("a").Cause = drift.Looping, "undo each other"
			f.result("a").Changes = []drift.Change{{Path: "/spec/replicas"}}
		},
		link: Propagation, text: "undo each other", state: Looping,
		command: `kubectl patch federateddeployment web --type=merge -p '{"spec":{"retainReplicas":true}}' -n shop --context h`,
	},
	"left alone": {
		make: func(_ *testing.T, f *Facts) { f.result("a").Verdict = drift.LeftAlone },
		link: Propagation, text: "leaves it alone", command: "kubectl fed diff deployment web --clusters a -n shop --context h", state: Differs, settled: true,
	},
	"a finalizer": {
		make: func(_ *testing.T, f *Facts) {
			now := metav1.Now()
			f.result("a").Verdict, f.result("a").Cause = drift.Blocked, "held up by the finalizer x/y"
			f.result("a").Live.SetDeletionTimestamp(&now)
		},
		link: Propagation, text: "held up", state: Blocked,
		command: `kubectl patch deployment web --type=merge -p '{"metadata":{"finalizers":null}}' -n shop --context kind-a`,
	},
	"an image that is not there": {
		make: func(t *testing.T, f *Facts) {
			f.unready(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: "manifest unknown"}})
		},
		link: Rollout, text: "ErrImagePull: manifest unknown (web-1)", command: "kubectl edit federateddeployment web -n shop --context h", state: NotReady,
	},
	"an image that an override sets": {
		make: func(t *testing.T, f *Facts) {
			set(t, f, "  template: {spec: {replicas: 2}}", "  overrides: [{clusterName: a, clusterOverrides: [{path: /spec/template/spec/containers/0/image, value: no}]}]\n  template: {spec: {template: {spec: {containers: [{name: c, image: yes}]}}}}")
			f.unready(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}})
		},
		link: Rollout, text: "the image can't be pulled", state: NotReady,
		command: "kubectl fed override deployment web --clusters a --unset /spec/template/spec/containers/0/image -n shop --context h",
	},
	"crash looping": {
		make: func(_ *testing.T, f *Facts) {
			f.unready(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}})
			f.Members[0].Pods[0].Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: 3, Reason: "Error"}
		},
		link: Rollout, text: "crash looping: CrashLoopBackOff: Error with exit code 3", command: "kubectl logs web-1 -c c --previous -n shop --context kind-a", state: NotReady,
	},
	"a ConfigMap that was not federated": {
		make: func(_ *testing.T, f *Facts) {
			f.unready(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CreateContainerConfigError", Message: `configmap "settings" not found`}})
		},
		link: Rollout, text: "settings", command: "kubectl fed federate configmap settings -n shop --context h", state: NotReady,
	},
	"starting": {
		make: func(_ *testing.T, f *Facts) {
			f.unready(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}})
		},
		link: Rollout, text: "starting", state: NotReady, waiting: true,
	},
	"pods that a quota forbids": {
		make: func(t *testing.T, f *Facts) {
			f.unready(corev1.ContainerState{})
			f.result("a").Live = object(t, strings.Replace(live, "readyReplicas: 2, availableReplicas: 2", `conditions: [{type: ReplicaFailure, status: "True", message: "exceeded quota: pods, requested"}]`, 1))
		},
		link: Rollout, text: "pods can't be made", command: "kubectl edit resourcequota pods -n shop --context kind-a", state: NotReady,
	},
}

// untargeted has nothing in any member.
func (f *Facts) untargeted() {
	for i, m := range f.Members {
		f.Members[i].Result = drift.Result{Cluster: m.Name, Verdict: drift.NotTargeted}
	}
}

// unready has one pod of member a in a state.
func (f *Facts) unready(state corev1.ContainerState) {
	status := f.result("a").Live.Object["status"].(map[string]any)
	status["readyReplicas"], status["availableReplicas"] = int64(1), int64(1)
	f.Members[0].Pods = []corev1.Pod{{
		ObjectMeta: metav1.ObjectMeta{Name: "web-1", Namespace: "shop", Labels: map[string]string{"app": "web"}},
		Status:     corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{Name: "c", State: state}}},
	}}
}

func TestBrokenLinkIsNamedWithCauseAndMend(t *testing.T) {
	for name, test := range broken {
		t.Run(name, func(t *testing.T) {
			f := healthy(t)
			test.make(t, &f)
			d := Diagnose(f)
			b := d.Broken()
			if b == nil {
				t.Fatalf("nothing is broken: %+v", d.Cells)
			}
			if b.Link != test.link || !strings.Contains(b.Title+": "+b.Cause, test.text) || b.Waiting != test.waiting || b.Settled != test.settled {
				t.Errorf("got %+v\nwant the link %s, %q, waiting %t, settled %t", *b, test.link, test.text, test.waiting, test.settled)
			}
			if b.Command != test.command {
				t.Errorf("the command is\n%s\nand not\n%s", b.Command, test.command)
			}
			if d.Cells[0].State != test.state {
				t.Errorf("member a is %s, not %s", d.Cells[0].State, test.state)
			}
			if d.Ready() && !test.settled {
				t.Error("it passes for ready")
			}
			if got, want := d.Propagated(), test.settled && test.state != Differs && test.state != Unreachable || test.link == Rollout; got != want {
				t.Errorf("propagated: %t", got)
			}
		})
	}
}

func TestFaultsOfSeveralMembersAreOne(t *testing.T) {
	f := healthy(t)
	for i := range f.Members {
		f.Members[i].Result.Verdict, f.Members[i].Result.Cause = drift.Blocked, "spec.selector: field is immutable"
	}
	d := Diagnose(f)
	if len(d.Faults) != 1 || !slices.Equal(d.Faults[0].Clusters, []string{"a", "b"}) {
		t.Fatalf("%+v", d.Faults)
	}
	want := "kubectl delete deployment web -n shop --context kind-a && kubectl delete deployment web -n shop --context kind-b"
	if d.Faults[0].Command != want {
		t.Errorf("the command is %s", d.Faults[0].Command)
	}
}

func TestDeletionThatWaits(t *testing.T) {
	f := healthy(t)
	deleted := metav1.NewTime(f.Now.Add(-5 * 60 * second))
	f.Federated.SetDeletionTimestamp(&deleted)
	f.Federated.SetFinalizers([]string{"kubefed.io/sync-controller"})
	f.Members[0].Ready, f.Members[0].NotReady = false, "dial tcp: timeout"
	*f.result("a") = drift.Result{Cluster: "a", Verdict: drift.Unknown}
	f.result("b").Verdict = drift.WillDelete
	d := Diagnose(f)
	b := d.Broken()
	if b == nil || b.Title != "the cluster is not ready, and the deletion waits for it" || !d.Deleting || d.Propagated() {
		t.Errorf("%+v", b)
	}
	if !slices.ContainsFunc(d.Faults, func(f Fault) bool { return f.Title == "it is being deleted, for 5m" && f.Cause == "still in b" }) {
		t.Errorf("%+v", d.Faults)
	}
}
