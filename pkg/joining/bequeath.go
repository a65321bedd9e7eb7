package joining

import (
	"context"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// bequeath clears a member that only KubeFed's own credentials reach, which are among what is to be removed: the
// first deletion may be the last thing that they can do. So everything is given to one owner, and the owner is
// deleted: the member's garbage collector removes the rest.
func (r *removal) bequeath(ctx context.Context) error {
	owner, heirs := r.heirs()
	if owner == nil {
		return r.removeAll(ctx, r.client, heirs, false)
	}
	patch, err := ownedBy(owner)
	if err != nil {
		return err
	}
	for _, u := range heirs {
		options := metav1.PatchOptions{FieldManager: fieldManager, DryRun: r.dryRun()}
		if _, err := resource(r.client, u).Patch(ctx, u.GetName(), types.MergePatchType, patch, options); err != nil {
			return about(u, err)
		}
	}
	background := metav1.DeletePropagationBackground
	if err := remove(ctx, r.client, owner, metav1.DeleteOptions{PropagationPolicy: &background, DryRun: r.dryRun()}); err != nil {
		return err
	}
	for _, u := range append(heirs, owner) {
		r.note(u, false, "deleted")
	}
	return nil
}

// heirs chooses a ClusterRole as the owner: what lies in a namespace can be owned by what does not.
func (r *removal) heirs() (owner *unstructured.Unstructured, heirs []*unstructured.Unstructured) {
	for _, u := range r.Member {
		if u.GetKind() == "ClusterRole" && owner == nil {
			owner = u
			continue
		}
		heirs = append(heirs, u)
	}
	if r.Namespace != nil {
		heirs = append(heirs, r.Namespace)
	}
	return owner, heirs
}

func ownedBy(owner *unstructured.Unstructured) ([]byte, error) {
	reference := metav1.OwnerReference{APIVersion: owner.GetAPIVersion(), Kind: owner.GetKind(), Name: owner.GetName(), UID: owner.GetUID()}
	return json.Marshal(map[string]any{"metadata": map[string]any{"ownerReferences": []metav1.OwnerReference{reference}}})
}
