package controlplane

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	endpoints   = schema.GroupVersionResource{Version: "v1", Resource: "endpoints"}
	replicaSets = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
)

// PodError says that a program of the control plane does not run, in the words of its pod.
type PodError struct {
	Deployment, Pod string
	Reason          string // the kubelet's, such as ImagePullBackOff
	Message         string
	Image           string // that could not be got, when that is the reason
}

// Error names the pod and why it does not run.
func (e *PodError) Error() string {
	return fmt.Sprintf("pod %s: %s", e.Pod, strings.Trim(e.Reason+": "+e.Message, ": "))
}

// What a pod may get over by itself is waited for, up to a point.
const (
	pullPatience  = 30 * time.Second
	crashPatience = 2 // restarts
)

// rollout waits until a Deployment's pods run as its template says, and no others.
func (i *installation) rollout(name string) waiter {
	var pulling time.Time // since when an image can't be got
	kicked := false
	return func(ctx context.Context) (string, error) {
		var d appsv1.Deployment
		if err := i.read(ctx, deployments, name, &d); err != nil {
			return "", err
		}
		current, err := i.currentPods(ctx, &d)
		if err != nil {
			return "", err
		}
		if !kicked { // pods that an earlier run left in a back-off try again at once
			kicked = true
			if again, err := i.kick(ctx, current); again || err != nil {
				return "pods start again", err
			}
		}
		if rolledOut(&d) {
			return "", nil
		}
		return i.verdict(ctx, &d, current, &pulling)
	}
}

func rolledOut(d *appsv1.Deployment) bool {
	s, want := d.Status, int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	return s.ObservedGeneration >= d.Generation && s.UpdatedReplicas == want && s.Replicas == want && s.AvailableReplicas == want
}

// read reads an object of KubeFed's namespace into a type.
func (i *installation) read(ctx context.Context, resource schema.GroupVersionResource, name string, into any) error {
	live, err := i.Client.Resource(resource).Namespace(i.Namespace).Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, into)
	}
	if err != nil {
		return failedRequest("reading "+name, err)
	}
	return nil
}

// currentPods are the pods of a Deployment's present template: those before it say nothing about it.
func (i *installation) currentPods(ctx context.Context, d *appsv1.Deployment) ([]corev1.Pod, error) {
	const revision = "deployment.kubernetes.io/revision"
	selector := metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)}
	sets, err := i.Client.Resource(replicaSets).Namespace(i.Namespace).List(ctx, selector)
	if err != nil {
		return nil, failedRequest("looking for the pods of "+d.Name, err)
	}
	for _, set := range sets.Items {
		if set.GetAnnotations()[revision] == d.Annotations[revision] && d.Annotations[revision] != "" {
			selector.LabelSelector += "," + appsv1.DefaultDeploymentUniqueLabelKey + "=" + set.GetLabels()[appsv1.DefaultDeploymentUniqueLabelKey]
			return i.podsBy(ctx, selector)
		}
	}
	return nil, nil
}

// podsBy lists pods, but for those on their way out.
func (i *installation) podsBy(ctx context.Context, selector metav1.ListOptions) ([]corev1.Pod, error) {
	list, err := i.Client.Resource(pods).Namespace(i.Namespace).List(ctx, selector)
	if err != nil {
		return nil, failedRequest("looking for pods", err)
	}
	var found []corev1.Pod
	for _, item := range list.Items {
		var pod corev1.Pod
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &pod); err != nil {
			return nil, fmt.Errorf("reading pod %s: %w", item.GetName(), err)
		}
		if pod.DeletionTimestamp == nil {
			found = append(found, pod)
		}
	}
	return found, nil
}

// kick deletes pods that wait before they try again what failed. They come back at once.
func (i *installation) kick(ctx context.Context, all []corev1.Pod) (kicked bool, err error) {
	for _, pod := range all {
		if w := waitingOf(pod); w == nil || !strings.HasSuffix(w.Reason, "BackOff") {
			continue
		}
		if err := i.Client.Resource(pods).Namespace(i.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{}); err != nil {
			return false, failedRequest("starting pod "+pod.Name+" again", err)
		}
		kicked = true
	}
	return kicked, nil
}

// waitingOf is what a pod's container waits for; nil when it runs.
func waitingOf(pod corev1.Pod) *corev1.ContainerStateWaiting {
	for _, status := range pod.Status.ContainerStatuses {
		if status.State.Waiting != nil {
			return status.State.Waiting
		}
	}
	return nil
}

// verdict says why a Deployment's pods don't run yet, as an error once they won't.
func (i *installation) verdict(ctx context.Context, d *appsv1.Deployment, current []corev1.Pod, pulling *time.Time) (string, error) {
	stuck := false
	for _, pod := range current {
		waiting := waitingOf(pod)
		if waiting == nil {
			continue
		}
		failure := &PodError{Deployment: d.Name, Pod: pod.Name, Reason: waiting.Reason, Message: waiting.Message}
		switch waiting.Reason {
		case "InvalidImageName", "ErrImageNeverPull":
			failure.Image = i.Image
			return "", failure
		case "ImagePullBackOff", "ErrImagePull":
			failure.Image, stuck = i.Image, true
			if pulling.IsZero() {
				*pulling = time.Now()
			}
			if time.Since(*pulling) > pullPatience {
				return "", failure
			}
		case "CrashLoopBackOff":
			failure.Message = cmp.Or(i.lastWords(ctx, pod), ended(pod), failure.Message)
			if pod.Status.ContainerStatuses[0].RestartCount >= crashPatience {
				return "", failure
			}
		}
		if waiting.Reason != "ContainerCreating" && waiting.Reason != "PodInitializing" || waiting.Message != "" {
			return failure.Error(), nil
		}
	}
	if !stuck {
		*pulling = time.Time{}
	}
	return waitingFor(d, current), nil
}

// waitingFor says what a Deployment lacks, when no container says anything.
func waitingFor(d *appsv1.Deployment, current []corev1.Pod) string {
	for _, c := range d.Status.Conditions {
		if c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue {
			return d.Name + ": " + c.Message
		}
	}
	for _, pod := range current {
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
				return "pod " + pod.Name + ": " + c.Message
			}
		}
	}
	return d.Name + "'s pods are not ready yet"
}

// ended is why a pod's container ended, in the words of who ran it.
func ended(pod corev1.Pod) string {
	for _, status := range pod.Status.ContainerStatuses {
		if last := status.LastTerminationState.Terminated; last != nil {
			return cmp.Or(last.Message, fmt.Sprintf("%s, exit code %d", last.Reason, last.ExitCode))
		}
	}
	return ""
}

// lastWords is the last line that a pod's container printed before it crashed; "" when nobody kept it.
func (i *installation) lastWords(ctx context.Context, pod corev1.Pod) string {
	if i.core == nil {
		return ""
	}
	lines := int64(10)
	options := &corev1.PodLogOptions{Previous: true, TailLines: &lines}
	text, err := i.core.Pods(pod.Namespace).GetLogs(pod.Name, options).DoRaw(ctx)
	if err != nil {
		return ""
	}
	printed := strings.Split(strings.TrimSpace(string(text)), "\n")
	for _, line := range printed { // klog's fatal line comes before the stacks
		if strings.HasPrefix(line, "F") {
			return line
		}
	}
	return printed[len(printed)-1]
}
