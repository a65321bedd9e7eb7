package controlplane

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// tries is how many objects are tried at the same time.
const tries = 8

// Try sends every object to the API server as a dry run, and writes nothing: the server says whether the user may
// write it, and what would come of it. Where the namespace or the API of an object is not there yet, only the
// user's rights can be asked for. Of several errors it returns that of the object that comes first.
func (p Plan) Try(ctx context.Context, h Host, found Found) ([]Step, error) {
	objects := p.Objects()
	steps, failed := make([]Step, len(objects)), make([]error, len(objects))
	var all errgroup.Group
	all.SetLimit(tries)
	for i, object := range objects {
		all.Go(func() error {
			steps[i], failed[i] = h.try(ctx, object, found)
			return nil
		})
	}
	_ = all.Wait() // each one's error is in failed
	for _, err := range failed {
		if err != nil {
			return nil, err
		}
	}
	return steps, nil
}

func (h Host) try(ctx context.Context, object *unstructured.Unstructured, found Found) (Step, error) {
	step := Step{Object: object, What: Created}
	to := resourceFor(h.Client, object)
	live, err := getIf(ctx, to, object.GetName())
	if err != nil {
		return step, about(object, err)
	}
	if live != nil {
		step.What, step.Helm = Configured, live.GetAnnotations()[releaseAnnotation]
		if object.GetKind() == "Namespace" || object.GetKind() == "FederatedTypeConfig" && found.Types[object.GetName()] {
			step.What = Unchanged
			return step, nil
		}
	}
	options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true, DryRun: []string{metav1.DryRunAll}}
	applied, err := to.Apply(ctx, object.GetName(), object, options)
	switch {
	case err == nil:
		if live != nil && step.Helm == "" && same(live, applied) {
			step.What = Unchanged
		}
		return step, nil
	case apierrors.IsNotFound(err), apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return step, h.mayWrite(ctx, object) // no namespace yet, no API, or for a binding no role
	case isCallFailure(err): // KubeFed's own webhook, perhaps, which is to be mended
		return step, nil
	}
	return step, about(object, err)
}

// same tells whether a write would change nothing.
func same(live, applied *unstructured.Unstructured) bool {
	return equality.Semantic.DeepEqual(content(live), content(applied))
}

// content is what a user sees of an object: without what the server notes about writes.
func content(u *unstructured.Unstructured) map[string]any {
	object := maps.Clone(u.Object)
	metadata, _ := object["metadata"].(map[string]any)
	metadata = maps.Clone(metadata)
	for _, noted := range []string{"managedFields", "resourceVersion", "generation"} {
		delete(metadata, noted)
	}
	object["metadata"] = metadata
	return object
}

var accessReviews = schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews"}

// mayWrite asks whether the user may apply an object that is not there: that takes the rights to create and to
// patch.
func (h Host) mayWrite(ctx context.Context, u *unstructured.Unstructured) error {
	for _, verb := range []string{"create", "patch"} {
		gvr, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind())
		review := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
			"spec": map[string]any{"resourceAttributes": map[string]any{
				"verb": verb, "group": gvr.Group, "resource": gvr.Resource, "namespace": u.GetNamespace(), "name": u.GetName(),
			}},
		}}
		answer, err := h.Client.Resource(accessReviews).Create(ctx, review, metav1.CreateOptions{})
		if err != nil {
			return fmt.Errorf("asking for the right to %s %s: %w", verb, gvr.Resource, member.Plain(err))
		}
		if allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed"); !allowed {
			return about(u, fmt.Errorf("you may not %s %s", verb, strings.TrimSuffix(gvr.Resource+"."+gvr.Group, ".")))
		}
	}
	return nil
}
