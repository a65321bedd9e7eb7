package member

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// conflictRetries is how often an object that is written in between is looked at again.
const conflictRetries = 5

// Ask finds out what KubeFed will do with one federated object in one member, and what that would change
// there. The member's own API server answers for what a write would come to: the object that KubeFed would
// PUT is sent to it as a dry run. The error is nil unless the member can't be asked at all.
func (h *Host) Ask(ctx context.Context, c *Client, m Member, f Federated) (drift.Result, error) {
	target := within(c.Dynamic, f.Type.Target, f.Object.GetNamespace())
	for attempt := 0; ; attempt++ {
		live, err := get(ctx, target, f.Object.GetName())
		if err != nil {
			return drift.Result{}, fmt.Errorf("reading %s: %w", f.ID(), Plain(err))
		}
		decision := drift.Judge(h.input(m, f, live))
		if decision.Action != drift.Update && decision.Action != drift.Adopt {
			return drift.Settle(decision, live, nil), nil
		}
		answered, err := target.Update(ctx, decision.Desired, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
		switch {
		case err == nil:
			return drift.Settle(decision, live, answered), nil
		case (apierrors.IsConflict(err) || apierrors.IsNotFound(err)) && attempt < conflictRetries:
			continue // it was written or deleted since it was read
		case refuses(err):
			return drift.Refuse(decision, err.Error()), nil
		}
		return drift.Result{}, fmt.Errorf("trying the update of %s: %w", f.ID(), Plain(err))
	}
}

func (h *Host) input(m Member, f Federated, live *unstructured.Unstructured) drift.Input {
	return drift.Input{
		Type: f.Type, Federated: f.Object, Cluster: m.Name,
		Placed: f.Placement.Has(m.Name), Reason: f.Placement.Excluded[m.Name],
		Live: live, Recorded: f.Recorded[m.Name],
		NoAdoption: h.NoAdoption(), NotReady: !m.Ready,
		HostNamespace: f.HostNamespace, KubeFedNamespace: h.Namespace,
	}
}

// refuses tells the answers of a server that would meet KubeFed's write as well from those that are about
// this call: KubeFed has rights that the user may not have.
func refuses(err error) bool {
	return apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsConflict(err) ||
		apierrors.IsMethodNotSupported(err) || apierrors.IsRequestEntityTooLargeError(err)
}
