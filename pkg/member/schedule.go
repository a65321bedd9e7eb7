package member

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Preference reads the scheduling preference of that name; nil where there is none.
func (h *Host) Preference(ctx context.Context, namespace, name string) (*unstructured.Unstructured, error) {
	found, err := get(ctx, h.in(preferenceAPI, namespace), name)
	if err != nil {
		return nil, fmt.Errorf("%s: reading %s %s: %w", h.Context, preferenceAPI.Kind, name, Plain(err))
	}
	return found, nil
}

// CreatePreference makes a scheduling preference; a dry run only asks the server whether it would take it.
func (h *Host) CreatePreference(ctx context.Context, object *unstructured.Unstructured, dryRun bool) error {
	if dryRun {
		return h.TryCreate(ctx, preferenceAPI, object)
	}
	return h.Create(ctx, preferenceAPI, object)
}

// UpdatePreference writes a scheduling preference over the one that it was made from.
func (h *Host) UpdatePreference(ctx context.Context, object *unstructured.Unstructured, dryRun bool) error {
	return h.Update(ctx, preferenceAPI, object, dryRun)
}

// Observe looks at what a member has of a workload, as the replica scheduler does: only at what KubeFed manages, and
// at pods only where not all replicas are ready.
func (c *Client) Observe(ctx context.Context, t federation.Type, namespace, name string) (*federation.Current, error) {
	live, err := get(ctx, within(c.Dynamic, t.Target, namespace), name)
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", t.Target.Resource(), name, Plain(err))
	}
	if live == nil || live.GetLabels()[federation.ManagedLabel] != "true" {
		return nil, nil
	}
	needs, err := federation.NeedsPods(live)
	if err != nil {
		return nil, err
	}
	var pods []corev1.Pod
	if needs {
		if pods, err = c.podsOf(ctx, live); err != nil {
			return nil, err
		}
	}
	return federation.Observe(live, pods, metav1.Now())
}

// podsOf are the pods that the matchLabels of a workload select. Without any, Observe says what is wrong.
func (c *Client) podsOf(ctx context.Context, live *unstructured.Unstructured) ([]corev1.Pod, error) {
	selector, ok, err := unstructured.NestedStringMap(live.Object, "spec", "selector", "matchLabels")
	if err != nil || !ok {
		return nil, nil
	}
	pods := federation.API{Version: "v1", Kind: "Pod", Plural: "pods", Namespaced: true}
	objects, err := c.Objects(ctx, ObjectQuery{API: pods, Namespace: live.GetNamespace(), Labels: labels.SelectorFromSet(selector).String()})
	if err != nil {
		return nil, fmt.Errorf("listing the pods of %s: %w", live.GetName(), err)
	}
	var out []corev1.Pod
	for _, object := range objects {
		var pod corev1.Pod
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &pod); err != nil {
			return nil, fmt.Errorf("reading the pod %s: %w", object.GetName(), err)
		}
		out = append(out, pod)
	}
	return out, nil
}

// SchedulesReplicas tells whether the control plane follows scheduling preferences at all.
func (h *Host) SchedulesReplicas() bool {
	for _, gate := range h.Kubefed.Spec.FeatureGates {
		if gate.Name == "SchedulerPreferences" {
			return gate.Configuration != "Disabled"
		}
	}
	return true
}
