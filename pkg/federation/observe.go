package federation

import (
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Observe works out what a cluster has of a workload as the replica scheduler
// sees it (clustersReplicaState in schedulingtypes/replicascheduler.go). live
// is the workload in the cluster, nil where there is none that KubeFed manages;
// pods are those that its matchLabels select, and are asked for only where its
// ready replicas are not as many as it wants: see NeedsPods.
func Observe(live *unstructured.Unstructured, pods []corev1.Pod, now metav1.Time) (*Current, error) {
	if live == nil {
		return nil, nil
	}
	wanted, ready, err := counts(live)
	if err != nil {
		return nil, err
	}
	if wanted == ready {
		return &Current{Replicas: ready}, nil
	}
	if err := hasSelector(live); err != nil {
		return nil, err
	}
	running, unschedulable := countPods(pods, now)
	out := &Current{Replicas: running}
	if unschedulable > 0 {
		capacity := wanted - unschedulable
		out.Capacity = &capacity
	}
	return out, nil
}

// NeedsPods tells whether the scheduler looks at the pods of the workload:
// where it has as many ready replicas as it wants, it does not.
func NeedsPods(live *unstructured.Unstructured) (bool, error) {
	if live == nil {
		return false, nil
	}
	wanted, ready, err := counts(live)
	return wanted != ready, err
}

// counts are spec.replicas and status.readyReplicas; one that is missing is 0.
func counts(live *unstructured.Unstructured) (wanted, ready int64, err error) {
	if wanted, _, err = unstructured.NestedInt64(live.Object, "spec", "replicas"); err != nil {
		return 0, 0, fmt.Errorf("reading spec.replicas of %s: %w", describe(live), err)
	}
	if ready, _, err = unstructured.NestedInt64(live.Object, "status", "readyReplicas"); err != nil {
		return 0, 0, fmt.Errorf("reading status.readyReplicas of %s: %w", describe(live), err)
	}
	return wanted, ready, nil
}

// hasSelector is the scheduler's demand on a workload whose pods it counts. A
// selector of expressions alone stops the preference.
func hasSelector(live *unstructured.Unstructured) error {
	_, ok, err := unstructured.NestedStringMap(live.Object, "spec", "selector", "matchLabels")
	if err != nil || !ok {
		return fmt.Errorf("%s: %w", describe(live), errNoMatchLabels)
	}
	return nil
}

var errNoMatchLabels = errors.New("spec.selector has no matchLabels, by which KubeFed finds its pods")

// unschedulableAfter is how long a pod has to wait for a node, in nanoseconds,
// before KubeFed takes the cluster for full.
const unschedulableAfter = 60_000_000_000

// countPods counts as controller/util/podanalyzer does. A pod that runs counts
// as ready as soon as it has the condition Ready, whether that is true or not.
func countPods(pods []corev1.Pod, now metav1.Time) (running, unschedulable int64) {
	for _, pod := range pods {
		for _, c := range pod.Status.Conditions {
			switch {
			case pod.Status.Phase == corev1.PodRunning:
				if c.Type == corev1.PodReady {
					running++
				}
			case isStuck(c) && c.LastTransitionTime.Add(unschedulableAfter).Before(now.Time):
				unschedulable++
			}
		}
	}
	return running, unschedulable
}

// isStuck tells whether the scheduler of the cluster found no node for the pod.
func isStuck(c corev1.PodCondition) bool {
	return c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable
}
