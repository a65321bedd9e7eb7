package controlplane

import (
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// waits is a pod whose container waits.
func waits(reason, message string, restarts int32) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "webhook-1"},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			RestartCount: restarts, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}},
		}}},
	}
}

func TestVerdict(t *testing.T) {
	unscheduled := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "webhook-1"}, Status: corev1.PodStatus{Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/1 nodes are available: insufficient cpu"},
	}}}
	crashed := waits("CrashLoopBackOff", "back-off 10s", 2)
	crashed.Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 255}
	refused := appsv1.Deployment{Status: appsv1.DeploymentStatus{Conditions: []appsv1.DeploymentCondition{
		{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota"},
	}}}
	refused.Name = "webhook"
	tests := map[string]struct {
		deployment appsv1.Deployment
		pods       []corev1.Pod
		pulling    time.Duration // ago
		why, err   string
	}{
		"nothing yet":                  {why: "'s pods are not ready yet"},
		"starting":                     {pods: []corev1.Pod{waits("ContainerCreating", "", 0)}, why: "'s pods are not ready yet"},
		"no volume":                    {pods: []corev1.Pod{waits("ContainerCreating", "secret not found", 0)}, why: "pod webhook-1: ContainerCreating: secret not found"},
		"no node":                      {pods: []corev1.Pod{unscheduled}, why: "pod webhook-1: 0/1 nodes are available"},
		"no quota":                     {deployment: refused, why: "webhook: exceeded quota"},
		"an image that may come":       {pods: []corev1.Pod{waits("ErrImagePull", "not found", 0)}, why: "pod webhook-1: ErrImagePull: not found"},
		"an image that does not come":  {pods: []corev1.Pod{waits("ImagePullBackOff", "not found", 0)}, pulling: time.Minute, err: "pod webhook-1: ImagePullBackOff: not found"},
		"an image that can't be named": {pods: []corev1.Pod{waits("InvalidImageName", "couldn't parse", 0)}, err: "InvalidImageName"},
		"one crash":                    {pods: []corev1.Pod{waits("CrashLoopBackOff", "back-off 10s", 1)}, why: "CrashLoopBackOff: back-off 10s"},
		"crashes":                      {pods: []corev1.Pod{crashed}, err: "pod webhook-1: CrashLoopBackOff: Error, exit code 255"},
		"another's trouble":            {pods: []corev1.Pod{{}, crashed}, err: "exit code 255"},
	}
	for name, test := range tests {
		i := &installation{Plan: Plan{Request: Request{Image: "kubefed:v1"}}}
		var since time.Time
		if test.pulling > 0 {
			since = time.Now().Add(-test.pulling)
		}
		why, err := i.verdict(t.Context(), &test.deployment, test.pods, &since)
		if !strings.Contains(why, test.why) || (why == "") != (test.why == "") || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: got %q, %v", name, why, err)
		}
		var pod *PodError
		if errors.As(err, &pod) && strings.Contains(pod.Reason, "Image") != (pod.Image != "") {
			t.Errorf("%s: the image is %q", name, pod.Image)
		}
	}
}

func TestRolledOut(t *testing.T) {
	one := int32(1)
	done := appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1}
	d := appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Spec: appsv1.DeploymentSpec{Replicas: &one}, Status: done}
	if !rolledOut(&d) {
		t.Error("it is")
	}
	for what, spoil := range map[string]func(*appsv1.DeploymentStatus){
		"not noticed":     func(s *appsv1.DeploymentStatus) { s.ObservedGeneration = 1 },
		"an old pod runs": func(s *appsv1.DeploymentStatus) { s.Replicas = 2 },
		"none is new":     func(s *appsv1.DeploymentStatus) { s.UpdatedReplicas = 0 },
		"none is ready":   func(s *appsv1.DeploymentStatus) { s.AvailableReplicas = 0 },
	} {
		d.Status = done
		if spoil(&d.Status); rolledOut(&d) {
			t.Errorf("%s: it is not", what)
		}
	}
}
