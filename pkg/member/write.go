package member

import (
	"context"
	"fmt"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Object reads one object of the host cluster; the namespace is not looked at for a kind that has none. It is
// an error when it is not there.
func (h *Host) Object(ctx context.Context, api federation.API, namespace, name string) (*unstructured.Unstructured, error) {
	found, err := get(ctx, h.in(api, namespace), name)
	if err != nil {
		return nil, fmt.Errorf("%s: reading %s %s: %w", h.Context, api.Resource(), name, Plain(err))
	}
	if found == nil {
		return nil, h.missing(api, namespace, name)
	}
	return found, nil
}

func (h *Host) missing(api federation.API, namespace, name string) error {
	if !api.Namespaced {
		err := fmt.Errorf("%s has no %s %s", h.Context, api.Resource(), name)
		return hint.Add(err, "kubectl get %s --context %s", api.Resource(), h.Context)
	}
	err := fmt.Errorf("%s has no %s %s in the namespace %s", h.Context, api.Resource(), name, namespace)
	return hint.Add(err, "kubectl get %s -n %s --context %s", api.Resource(), namespace, h.Context)
}

// TryCreate asks the host cluster's server, by a dry run, whether it will take a federated object.
func (h *Host) TryCreate(ctx context.Context, api federation.API, object *unstructured.Unstructured) error {
	return h.create(ctx, api, object, []string{metav1.DryRunAll})
}

// Create makes a federated object in the host cluster. The server checks every field: an unknown one, which
// KubeFed would silently do without, is an error.
func (h *Host) Create(ctx context.Context, api federation.API, object *unstructured.Unstructured) error {
	return h.create(ctx, api, object, nil)
}

func (h *Host) create(ctx context.Context, api federation.API, object *unstructured.Unstructured, dryRun []string) error {
	options := metav1.CreateOptions{FieldManager: "kubectl-fed", FieldValidation: metav1.FieldValidationStrict, DryRun: dryRun}
	_, err := h.in(api, object.GetNamespace()).Create(ctx, object, options)
	if apierrors.IsAlreadyExists(err) {
		err := fmt.Errorf("%s: %s/%s is there already", h.Context, api.Resource(), object.GetName())
		return hint.Add(err, "kubectl edit %s %s%s --context %s", api.Resource(), object.GetName(), flagFor(object), h.Context)
	}
	if err != nil {
		return fmt.Errorf("%s: creating %s/%s: %w", h.Context, api.Resource(), object.GetName(), Plain(err))
	}
	return nil
}

// rebases is how often an update is put on top of what KubeFed wrote meanwhile.
const rebases = 5

// Update writes a federated object over the one that it was made from; a dry run only asks the server whether
// it would take it. The server checks every field, and refuses when somebody wrote in between. KubeFed writes
// its status and its finalizer at any moment; those are nobody's wishes, and don't stand in the way.
func (h *Host) Update(ctx context.Context, api federation.API, object *unstructured.Unstructured, dryRun bool) error {
	options := metav1.UpdateOptions{FieldManager: "kubectl-fed", FieldValidation: metav1.FieldValidationStrict}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	client := h.in(api, object.GetNamespace())
	_, err := client.Update(ctx, object, options)
	for range rebases {
		if !apierrors.IsConflict(err) {
			break
		}
		current, failed := client.Get(ctx, object.GetName(), metav1.GetOptions{})
		rebased := onto(current, object)
		if failed != nil || rebased == nil {
			break
		}
		_, err = client.Update(ctx, rebased, options)
	}
	if err != nil {
		return fmt.Errorf("%s: updating %s/%s: %w", h.Context, api.Resource(), object.GetName(), Plain(err))
	}
	return nil
}

// onto puts an edited spec into the object as it is now; nil where more was written meanwhile than status and
// finalizers. The generation counts what is written to the spec.
func onto(current, edited *unstructured.Unstructured) *unstructured.Unstructured {
	same := current != nil && current.GetUID() == edited.GetUID() && current.GetGeneration() == edited.GetGeneration() &&
		current.GetDeletionTimestamp() == nil &&
		maps.Equal(current.GetLabels(), edited.GetLabels()) && maps.Equal(current.GetAnnotations(), edited.GetAnnotations())
	if !same {
		return nil
	}
	rebased := current.DeepCopy()
	rebased.Object["spec"] = edited.Object["spec"]
	return rebased
}

// flagFor is the flag for the namespace of an object that has one.
func flagFor(object *unstructured.Unstructured) string {
	if object.GetNamespace() == "" {
		return ""
	}
	return " -n " + object.GetNamespace()
}

// NamespacePlacement is the members that a FederatedNamespace is placed on.
func (h *Host) NamespacePlacement(federatedNamespace *unstructured.Unstructured, members []Member) ([]string, error) {
	namespaceType := federation.Type{Target: federation.API{Version: "v1", Kind: "Namespace", Plural: "namespaces"}}
	placement, err := federation.Place(namespaceType, federatedNamespace, nil, Clusters(members), h.IsNamespaced())
	if err != nil {
		return nil, fmt.Errorf("FederatedNamespace %s: %w", federatedNamespace.GetName(), err)
	}
	return placement.Clusters, nil
}
