package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// failure is a kind of trouble, the graver the greater.
type failure int

const (
	noFailure failure = iota
	starting          // it may well come by itself
	unready           // it runs, and its probe fails
	unschedulable
	crashing
	misconfigured
	imageMissing
	otherFailure
)

// trouble is what keeps one pod from being ready.
type trouble struct {
	kind                    failure
	title, cause, container string
}

// own are the pods that a workload's selector takes, or that is itself, in the order of their names.
func (w workload) own(pods []corev1.Pod) []corev1.Pod {
	takes := w.selector()
	var own []corev1.Pod
	for _, p := range pods {
		if p.Namespace == w.GetNamespace() && p.DeletionTimestamp == nil && takes(p) {
			own = append(own, p)
		}
	}
	slices.SortFunc(own, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return own
}

func (w workload) selector() func(corev1.Pod) bool {
	if w.GetKind() == "Pod" {
		return func(p corev1.Pod) bool { return p.Name == w.GetName() }
	}
	var spec struct {
		Spec struct {
			Selector *metav1.LabelSelector `json:"selector"`
		} `json:"spec"`
	}
	none := func(corev1.Pod) bool { return false }
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(w.Object, &spec); err != nil || spec.Spec.Selector == nil {
		return none
	}
	selector, err := metav1.LabelSelectorAsSelector(spec.Spec.Selector)
	if err != nil {
		return none
	}
	return func(p corev1.Pod) bool { return selector.Matches(labels.Set(p.Labels)) }
}

func troubleOf(p corev1.Pod) trouble {
	if p.Status.Phase == corev1.PodSucceeded || isReady(p) {
		return trouble{}
	}
	worst := trouble{}
	for _, s := range append(slices.Clone(p.Status.InitContainerStatuses), p.Status.ContainerStatuses...) {
		if t := troubleIn(s); t.kind > worst.kind {
			worst = t
		}
	}
	if worst.kind > starting {
		return worst
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return trouble{kind: unschedulable, title: "no node takes it", cause: c.Message}
		}
	}
	if p.Status.Phase == corev1.PodFailed {
		return trouble{kind: crashing, title: "failed", cause: strings.TrimSpace(p.Status.Reason + " " + p.Status.Message)}
	}
	return worst
}

func isReady(p corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// waitingReasons are the kubelet's words for a container that waits.
var waitingReasons = map[string]trouble{
	"ErrImagePull":               {kind: imageMissing, title: "the image can't be pulled"},
	"ImagePullBackOff":           {kind: imageMissing, title: "the image can't be pulled"},
	"ErrImageNeverPull":          {kind: imageMissing, title: "the image is not there"},
	"InvalidImageName":           {kind: imageMissing, title: "the image's name is invalid"},
	"RegistryUnavailable":        {kind: imageMissing, title: "the image's registry does not answer"},
	"ImageInspectError":          {kind: imageMissing, title: "the image is broken"},
	"CreateContainerConfigError": {kind: misconfigured, title: "what the container needs is not there"},
	"CreateContainerError":       {kind: misconfigured, title: "the container can't be made"},
	"RunContainerError":          {kind: crashing, title: "the container can't be started"},
	"CrashLoopBackOff":           {kind: crashing, title: "crash looping"},
}

func troubleIn(s corev1.ContainerStatus) trouble {
	switch {
	case s.State.Waiting != nil:
		w := s.State.Waiting
		t, known := waitingReasons[w.Reason]
		if !known {
			return trouble{kind: starting, title: "starting", cause: strings.TrimSpace(w.Reason + " " + w.Message), container: s.Name}
		}
		t.container, t.cause = s.Name, strings.TrimSuffix(w.Reason+": "+w.Message, ": ")
		if last := s.LastTerminationState.Terminated; t.kind == crashing && last != nil {
			t.cause = fmt.Sprintf("%s: %s, restarted %d times", w.Reason, ended(last), s.RestartCount)
		}
		return t
	case s.State.Terminated != nil && s.State.Terminated.ExitCode != 0:
		return trouble{crashing, "crashed", ended(s.State.Terminated), s.Name}
	case s.State.Running != nil && !s.Ready && s.LastTerminationState.Terminated != nil:
		return trouble{crashing, "crashed and runs again", ended(s.LastTerminationState.Terminated), s.Name}
	case s.State.Running != nil && !s.Ready:
		return trouble{unready, "runs, and is not ready", "the readiness probe of " + s.Name + " does not succeed", s.Name}
	}
	return trouble{}
}

func ended(t *corev1.ContainerStateTerminated) string {
	reason := cmp.Or(t.Reason, "ended")
	if t.Message != "" {
		reason += " (" + strings.TrimSpace(t.Message) + ")"
	}
	return fmt.Sprintf("%s with exit code %d", reason, t.ExitCode)
}
