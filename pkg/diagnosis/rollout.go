package diagnosis

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// RolloutState is what came of a workload in its cluster.
type RolloutState struct {
	// Counts says that the object is of a kind that runs something.
	Counts         bool
	Ready, Desired int64
	Images         []string
	// Done says that everything runs, in its newest form.
	Done bool
	// Failing says that it does not come to run by itself; Title and Cause say why it is not done.
	Failing      bool
	Title, Cause string
	// Pod and Container are where it was seen, empty where it lies with none.
	Pod, Container string
	// kind tells the failures apart for which there are different commands.
	kind failure
}

// RolloutOf judges a workload of one of Kubernetes' own kinds. pods are those of its namespace, or none where
// they were not read.
func RolloutOf(live *unstructured.Unstructured, pods []corev1.Pod) RolloutState {
	if live == nil {
		return RolloutState{}
	}
	judge := kinds[live.GroupVersionKind().Group+"/"+live.GetKind()]
	if judge == nil {
		return RolloutState{}
	}
	w := workload{live}
	r := judge(w)
	r.Counts, r.Images = true, w.images()
	if r.Done || r.Failing {
		return r
	}
	return r.because(w.own(pods))
}

// kinds are the judges of workloads, by group and kind. Each counts, and finds what the object itself says.
var kinds = map[string]func(workload) RolloutState{
	"apps/Deployment":  deployment,
	"apps/StatefulSet": statefulSet,
	"apps/DaemonSet":   daemonSet,
	"apps/ReplicaSet":  replicaSet,
	"batch/Job":        job,
	"/Pod":             pod,
	"/ReplicationController": func(w workload) RolloutState {
		return replicaSet(w)
	},
}

// Runs tells whether objects of the kind run something.
func Runs(group, kind string) bool { return kinds[group+"/"+kind] != nil }

func deployment(w workload) RolloutState {
	desired := w.number(1, "spec", "replicas")
	r := RolloutState{Ready: w.number(0, "status", "readyReplicas"), Desired: desired}
	r.Done = w.observed() && w.number(0, "status", "updatedReplicas") >= desired &&
		w.number(0, "status", "replicas") <= w.number(0, "status", "updatedReplicas") &&
		w.number(0, "status", "availableReplicas") >= desired
	if message, ok := w.condition("ReplicaFailure", "True"); ok {
		return r.failing("pods can't be made", message)
	}
	return r
}

func statefulSet(w workload) RolloutState {
	desired := w.number(1, "spec", "replicas")
	r := RolloutState{Ready: w.number(0, "status", "readyReplicas"), Desired: desired}
	current, updated := w.text("status", "currentRevision"), w.text("status", "updateRevision")
	onDelete := w.text("spec", "updateStrategy", "type") == "OnDelete" || w.number(0, "spec", "updateStrategy", "rollingUpdate", "partition") > 0
	r.Done = w.observed() && r.Ready >= desired && (onDelete || current == updated)
	return r
}

func daemonSet(w workload) RolloutState {
	desired := w.number(0, "status", "desiredNumberScheduled")
	r := RolloutState{Ready: w.number(0, "status", "numberReady"), Desired: desired}
	r.Done = w.observed() && r.Ready >= desired && w.number(0, "status", "updatedNumberScheduled") >= desired
	return r
}

func replicaSet(w workload) RolloutState {
	r := RolloutState{Ready: w.number(0, "status", "readyReplicas"), Desired: w.number(1, "spec", "replicas")}
	r.Done = w.observed() && r.Ready >= r.Desired
	if message, ok := w.condition("ReplicaFailure", "True"); ok {
		return r.failing("pods can't be made", message)
	}
	return r
}

// job is ready when it has completed.
func job(w workload) RolloutState {
	r := RolloutState{Ready: w.number(0, "status", "succeeded"), Desired: w.number(1, "spec", "completions")}
	if _, ok := w.condition("Complete", "True"); ok {
		r.Done = true
		return r
	}
	if message, ok := w.condition("Failed", "True"); ok {
		r = r.failing("failed", message)
		r.kind = crashing
		return r
	}
	if suspended, _, _ := unstructured.NestedBool(w.Object, "spec", "suspend"); suspended {
		r.Done, r.Title = true, "suspended"
		return r
	}
	r.Title = "not completed yet"
	return r
}

func pod(w workload) RolloutState {
	r := RolloutState{Desired: 1}
	_, ready := w.condition("Ready", "True")
	if r.Done = ready || w.text("status", "phase") == "Succeeded"; r.Done {
		r.Ready = 1
	}
	return r
}

func (r RolloutState) failing(title, cause string) RolloutState {
	r.Failing, r.Title, r.Cause, r.Done = true, title, cause, false
	r.kind = otherFailure
	return r
}

// because finds among a workload's pods why it is not done.
func (r RolloutState) because(pods []corev1.Pod) RolloutState {
	for _, p := range pods {
		if trouble := troubleOf(p); trouble.kind > r.kind {
			r.kind, r.Failing, r.Title, r.Cause, r.Container = trouble.kind, trouble.kind > starting, trouble.title, trouble.cause, trouble.container
			r.Pod = p.Name
		}
	}
	if r.Title == "" {
		r.Title = fmt.Sprintf("%d of %d ready", r.Ready, r.Desired)
		if r.Ready >= r.Desired {
			r.Title = "rolling out"
		}
	}
	return r
}

// workload is an object that runs pods.
type workload struct{ *unstructured.Unstructured }

func (w workload) number(otherwise int64, path ...string) int64 {
	value, found, err := unstructured.NestedFieldNoCopy(w.Object, path...)
	if err != nil || !found {
		return otherwise
	}
	switch n := value.(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return otherwise
}

func (w workload) text(path ...string) string {
	text, _, _ := unstructured.NestedString(w.Object, path...)
	return text
}

// observed tells whether its controller has seen it as it is now.
func (w workload) observed() bool {
	return w.number(0, "status", "observedGeneration") >= w.GetGeneration()
}

func (w workload) condition(kind, status string) (message string, found bool) {
	value, _, _ := unstructured.NestedFieldNoCopy(w.Object, "status", "conditions")
	conditions, _ := value.([]any)
	for _, one := range conditions {
		if c, ok := one.(map[string]any); ok && c["type"] == kind && c["status"] == status {
			message, _ = c["message"].(string)
			return message, true
		}
	}
	return "", false
}

func (w workload) images() []string {
	path := []string{"spec", "template", "spec", "containers"}
	if w.GetKind() == "Pod" {
		path = []string{"spec", "containers"}
	}
	value, _, _ := unstructured.NestedFieldNoCopy(w.Object, path...)
	containers, _ := value.([]any)
	var images []string
	for _, one := range containers {
		if c, ok := one.(map[string]any); ok {
			if image, _ := c["image"].(string); image != "" && !slices.Contains(images, image) {
				images = append(images, image)
			}
		}
	}
	return images
}
