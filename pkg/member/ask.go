package member

import (
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// conflictRetries is how often an object that is written in between is looked at again.
const conflictRetries = 5

// AskAll asks one member about every object, until it can't be asked any more.
func (h *Host) AskAll(ctx context.Context, m Member, objects []Federated) ([]drift.Result, error) {
	client, err := h.Dial(ctx, m)
	if err != nil {
		return nil, err
	}
	var results []drift.Result
	for _, object := range objects {
		result, err := h.Ask(ctx, client, m, object)
		if err != nil {
			return results, err
		}
		results = append(results, result)
	}
	return results, nil
}

// Ask finds out what KubeFed will do with one federated object in one member, and what that would change
// there. The member's own API server answers for what a write would come to: the object that KubeFed would
// POST or PUT is sent to it as a dry run. The error is nil unless the member can't be asked anything.
func (h *Host) Ask(ctx context.Context, c *Client, m Member, f Federated) (drift.Result, error) {
	target := within(c.Dynamic, f.Type.Target, f.Object.GetNamespace())
	for attempt := 0; ; attempt++ {
		live, err := target.Get(ctx, f.Object.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsUnexpectedServerError(err) && apierrors.IsNotFound(err):
			return notServed(m, f), nil
		case apierrors.IsNotFound(err):
			live = nil
		case isAnswer(err):
			return drift.Unreached(m.Name, err.Error()), nil
		case err != nil:
			return drift.Result{}, Plain(err)
		}
		decision := drift.Judge(h.input(m, f, live))
		answered, err := try(ctx, target, decision)
		if overtaken(err, decision) && attempt < conflictRetries {
			continue
		}
		return settle(decision, live, answered, err)
	}
}

// notServed is the member without the type. KubeFed then stops the type for all members.
func notServed(m Member, f Federated) drift.Result {
	cause := fmt.Sprintf("the cluster does not serve %s in version %s", f.Type.Target.Resource(), f.Type.Target.Version)
	return drift.Result{Cluster: m.Name, Verdict: drift.Blocked, Cause: cause}
}

// try sends what KubeFed would send, as a dry run; nothing where it would send nothing, or where what it sends
// holds no questions.
func try(ctx context.Context, target dynamic.ResourceInterface, d drift.Decision) (*unstructured.Unstructured, error) {
	dry := []string{metav1.DryRunAll}
	switch d.Action {
	case drift.Create:
		return target.Create(ctx, d.Desired, metav1.CreateOptions{DryRun: dry})
	case drift.Update, drift.Adopt:
		return target.Update(ctx, d.Desired, metav1.UpdateOptions{DryRun: dry})
	}
	return nil, nil
}

// overtaken tells whether the object was made, written or deleted since it was read.
func overtaken(err error, d drift.Decision) bool {
	if d.Action == drift.Create {
		return apierrors.IsAlreadyExists(err)
	}
	return apierrors.IsConflict(err) || apierrors.IsNotFound(err)
}

// settle makes the result of a decision and of what the member said to it. KubeFed would get the same answer
// with two exceptions: it has rights that the user may not have, and it does not send dry runs.
func settle(d drift.Decision, live, answered *unstructured.Unstructured, err error) (drift.Result, error) {
	switch {
	case err == nil:
		return drift.Settle(d, live, answered), nil
	case d.Action == drift.Create && apierrors.IsNotFound(err):
		r := drift.Settle(d, live, nil)
		r.Cause = "not tried: the namespace is not there yet"
		return r, nil
	case !isAnswer(err):
		return drift.Result{}, Plain(err)
	case isAboutUs(err):
		return drift.Unreached(d.Cluster, "can't be tried: "+err.Error()), nil
	}
	return drift.Refuse(d, err.Error()), nil
}

// isAnswer tells an API server's answer from a failure to get one.
func isAnswer(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && !apierrors.IsTimeout(err) && !apierrors.IsTooManyRequests(err)
}

// isAboutUs tells the refusals that KubeFed would not meet: of the user's rights, and of webhooks that don't
// take part in dry runs. A refusal by admission is Forbidden too, but does not speak of what the user can do.
func isAboutUs(err error) bool {
	text := err.Error()
	denied := apierrors.IsForbidden(err) && strings.Contains(text, " cannot ") && strings.Contains(text, " resource ")
	return denied || apierrors.IsUnauthorized(err) || strings.Contains(text, "does not support dry run")
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
