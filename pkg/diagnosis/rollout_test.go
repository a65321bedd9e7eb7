package diagnosis

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestRolloutOf(t *testing.T) {
	tests := map[string]struct {
		live string
		want RolloutState
	}{
		"a Deployment that runs": {live, RolloutState{Counts: true, Ready: 2, Desired: 2, Done: true, Images: []string{"web:1"}}},
		"a Deployment that its controller has not seen": {
			"{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {replicas: 1}, status: {observedGeneration: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1}}",
			RolloutState{Counts: true, Ready: 1, Desired: 1, Title: "rolling out"},
		},
		"an old replica that is still there": {
			"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 1}, status: {replicas: 2, readyReplicas: 2, availableReplicas: 2, updatedReplicas: 1}}",
			RolloutState{Counts: true, Ready: 2, Desired: 1, Title: "rolling out"},
		},
		"a Deployment of none": {
			"{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 0}}", RolloutState{Counts: true, Done: true},
		},
		"a StatefulSet in the middle": {
			"{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2}, status: {readyReplicas: 2, currentRevision: a, updateRevision: b}}",
			RolloutState{Counts: true, Ready: 2, Desired: 2, Title: "rolling out"},
		},
		"a StatefulSet with a partition": {
			"{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 2, updateStrategy: {rollingUpdate: {partition: 1}}}, status: {readyReplicas: 2, currentRevision: a, updateRevision: b}}",
			RolloutState{Counts: true, Ready: 2, Desired: 2, Done: true},
		},
		"a DaemonSet": {
			"{apiVersion: apps/v1, kind: DaemonSet, status: {desiredNumberScheduled: 3, numberReady: 2, updatedNumberScheduled: 3}}",
			RolloutState{Counts: true, Ready: 2, Desired: 3, Title: "2 of 3 ready"},
		},
		"a Job that completed": {
			`{apiVersion: batch/v1, kind: Job, spec: {completions: 2}, status: {succeeded: 2, conditions: [{type: Complete, status: "True"}]}}`,
			RolloutState{Counts: true, Ready: 2, Desired: 2, Done: true},
		},
		"a Job that failed": {
			`{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Failed, status: "True", message: BackoffLimitExceeded}]}}`,
			RolloutState{Counts: true, Desired: 1, Failing: true, Title: "failed", Cause: "BackoffLimitExceeded", kind: crashing},
		},
		"a Job that is suspended": {
			"{apiVersion: batch/v1, kind: Job, spec: {suspend: true}}", RolloutState{Counts: true, Desired: 1, Done: true, Title: "suspended"},
		},
		"a ConfigMap":             {"{apiVersion: v1, kind: ConfigMap}", RolloutState{}},
		"a Deployment of another": {"{apiVersion: example.org/v1, kind: Deployment}", RolloutState{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := RolloutOf(object(t, test.live), nil)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(RolloutState{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestControlPlane(t *testing.T) {
	manager := func(replicas string) *unstructured.Unstructured {
		return object(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: kubefed-controller-manager}, spec: {replicas: "+replicas+
			", template: {spec: {containers: [{image: 'quay.io/kubefed:v0.10.0@sha256:00'}]}}}, status: {readyReplicas: "+replicas+", availableReplicas: "+replicas+", updatedReplicas: "+replicas+"}}")
	}
	now := metav1.Now()
	old := metav1.NewTime(now.Add(-60 * second))
	tests := map[string]struct {
		facts   ControlFacts
		working bool
		command string
	}{
		"working":        {ControlFacts{Renewed: now, LeaseSeconds: 15, Deployments: []*unstructured.Unstructured{manager("1")}}, true, ""},
		"scaled to none": {ControlFacts{Renewed: old, LeaseSeconds: 15, Deployments: []*unstructured.Unstructured{manager("0")}}, false, "kubectl scale deployment kubefed-controller-manager --replicas=1 -n k"},
		"hung":           {ControlFacts{Renewed: old, LeaseSeconds: 15, Deployments: []*unstructured.Unstructured{manager("1")}}, false, "kubectl rollout restart deployment kubefed-controller-manager -n k"},
		"elsewhere":      {ControlFacts{Renewed: old, LeaseSeconds: 15}, false, "kubectl get pods -n k"},
		"never":          {ControlFacts{}, false, "kubectl get pods -n k"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.facts.Now, test.facts.Namespace = now, "k"
			test.facts.Controllers = map[string]string{"b": "NotRunning", "a": "Running"}
			c := JudgeControl(test.facts)
			command := ""
			if len(c.Faults) > 0 {
				command = c.Faults[0].Command
			}
			if c.Working != test.working || command != test.command || !cmp.Equal(c.Stopped, []string{"b"}) {
				t.Errorf("%+v", c)
			}
			if len(test.facts.Deployments) > 0 && c.Version != "v0.10.0" {
				t.Errorf("version %q", c.Version)
			}
		})
	}
}
