package member

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Proposed is a federated object that is to be applied.
type Proposed struct {
	Type   federation.Type
	Object *unstructured.Unstructured
}

// Propose works out what the host cluster would have if federated objects were applied as kubectl apply does it, and
// what it knows of them. Every object goes to the server as a dry run, so that what it refuses or drops comes out; only
// into a namespace that is not there yet nothing can be tried. Where a FederatedNamespace is among the objects, it
// counts for the others.
func (h *Host) Propose(ctx context.Context, proposed []Proposed, members []Member) ([]Federated, error) {
	applied := make([]Proposed, len(proposed))
	group, within := errgroup.WithContext(ctx)
	for i, p := range proposed {
		group.Go(func() error {
			object, err := h.tryApply(within, p.Type.Federated, p.Object)
			applied[i] = Proposed{p.Type, object}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return h.describeAll(ctx, applied, members)
}

func (h *Host) describeAll(ctx context.Context, applied []Proposed, members []Member) ([]Federated, error) {
	given := map[string]*unstructured.Unstructured{}
	for _, p := range applied {
		if p.Type.IsNamespace() && p.Object.GetName() == p.Object.GetNamespace() {
			given[p.Object.GetName()] = p.Object
		}
	}
	all := make([]Federated, len(applied))
	group, ctx := errgroup.WithContext(ctx)
	for i, p := range applied {
		group.Go(func() error {
			r := h.record([]Query{{Type: p.Type, Names: []string{p.Object.GetName()}}}, p.Object.GetNamespace())
			if err := r.fetch(ctx); err != nil {
				return err
			}
			if namespace := p.Object.GetNamespace(); given[namespace] != nil {
				r.federatedNamespaces[at{namespace, namespace}] = given[namespace]
			}
			all[i] = r.describe(p.Type, p.Object, members)
			return nil
		})
	}
	return all, group.Wait()
}

// tryApply is the object as the host cluster would have it.
func (h *Host) tryApply(ctx context.Context, api federation.API, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	client := h.in(api, object.GetNamespace())
	live, err := get(ctx, client, object.GetName())
	if err != nil {
		return nil, fmt.Errorf("%s: reading %s/%s: %w", h.Context, api.Resource(), object.GetName(), Plain(err))
	}
	var result *unstructured.Unstructured
	if live == nil {
		options := metav1.CreateOptions{DryRun: dry, FieldValidation: metav1.FieldValidationStrict, FieldManager: "kubectl-client-side-apply"}
		result, err = client.Create(ctx, object, options)
		if apierrors.IsNotFound(err) {
			return object, nil // its namespace is not there yet
		}
	} else {
		var patch []byte
		if patch, err = applyPatch(live, object); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", api.Resource(), object.GetName(), err)
		}
		options := metav1.PatchOptions{DryRun: dry, FieldValidation: metav1.FieldValidationStrict, FieldManager: "kubectl-client-side-apply"}
		result, err = client.Patch(ctx, object.GetName(), types.MergePatchType, patch, options)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: applying %s/%s would fail: %w", h.Context, api.Resource(), object.GetName(), Plain(err))
	}
	return result, nil
}

// applyPatch is the patch that kubectl apply sends for a custom resource: what is new in the file, and without what was
// in the file that was applied last and is not in it any more.
func applyPatch(live, object *unstructured.Unstructured) ([]byte, error) {
	modified, err := json.Marshal(object.Object)
	if err != nil {
		return nil, err
	}
	current, err := json.Marshal(live.Object)
	if err != nil {
		return nil, err
	}
	original := []byte(live.GetAnnotations()[corev1.LastAppliedConfigAnnotation])
	return jsonmergepatch.CreateThreeWayJSONMergePatch(original, modified, current)
}
