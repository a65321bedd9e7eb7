package joining

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Try sends the plan's objects to both servers as dry runs, all at once, and writes nothing: the servers say
// whether the user may make them, and whether names, fields and webhooks are to their liking. Where the member
// has no namespace for them yet, only the user's rights can be asked for. Of several errors it returns that of
// the object that comes first in the plan.
func (p Plan) Try(ctx context.Context, s Sides) error {
	objects := append(append([]runtime.Object{}, p.Member...), p.HostObjects(Placeholder(p.account()))...)
	failed := make([]error, len(objects))
	var all errgroup.Group
	for i, object := range objects {
		side, client := "in the member", s.Member
		if i >= len(p.Member) {
			side, client = "in the host", s.Host
		}
		all.Go(func() error {
			if err := try(ctx, client, object); err != nil {
				failed[i] = fmt.Errorf("%s: %w", side, err)
			}
			return nil
		})
	}
	_ = all.Wait() // each one's error is in failed
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

// try finds out whether a server would take an object.
func try(ctx context.Context, client dynamic.Interface, object runtime.Object) error {
	u, err := Unstructured(object)
	if err != nil {
		return err
	}
	if u.GetKind() == "Namespace" {
		_, err := resource(client, u).Create(ctx, u, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return about(u, err)
	}
	err = send(ctx, client, u, []string{metav1.DryRunAll})
	switch {
	case apierrors.IsNotFound(err), apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return mayWrite(ctx, client, u) // no namespace yet, or for a binding no role
	case err != nil && strings.Contains(err.Error(), "does not support dry run"): // a webhook's own fault
		return nil
	}
	return err
}

var accessReviews = schema.GroupVersionResource{Group: "authorization.k8s.io", Version: "v1", Resource: "selfsubjectaccessreviews"}

// mayWrite asks whether the user may apply an object that is not there: that takes the rights to patch and to
// create.
func mayWrite(ctx context.Context, client dynamic.Interface, u *unstructured.Unstructured) error {
	var both errgroup.Group
	for _, verb := range []string{"create", "patch"} {
		both.Go(func() error { return may(ctx, client, verb, u) })
	}
	return both.Wait()
}

// may asks for one right. It is an error not to have it.
func may(ctx context.Context, client dynamic.Interface, verb string, u *unstructured.Unstructured) error {
	gvr, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind())
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
		"spec": map[string]any{"resourceAttributes": map[string]any{
			"verb": verb, "group": gvr.Group, "resource": gvr.Resource, "namespace": u.GetNamespace(), "name": u.GetName(),
		}},
	}}
	answer, err := client.Resource(accessReviews).Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("asking for the right to %s %s: %w", verb, gvr.Resource, member.Plain(err))
	}
	if allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed"); !allowed {
		return about(u, fmt.Errorf("you may not %s it", verb))
	}
	return nil
}
