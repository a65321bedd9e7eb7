package survey

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

const (
	// conflictRetries is how often an object that is written in between is looked at again.
	conflictRetries = 5
	// atOnce bounds the requests that one member has to answer at the same time.
	atOnce = 16
)

// asking is one member while it is asked.
type asking struct {
	host    *member.Host
	member  member.Member
	client  *member.Client
	options Options
}

// ask asks one member about all objects. With an error, the answers that are missing are zero.
func ask(ctx context.Context, host *member.Host, m member.Member, objects []member.Federated, o Options) ([]answer, error) {
	client, err := host.Dial(ctx, m)
	if err != nil {
		return nil, err
	}
	a := asking{host: host, member: m, client: client, options: o}
	there, err := a.look(ctx, objects)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, len(objects))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, object := range objects {
		group.Go(func() (err error) {
			answers[i], err = a.one(ctx, object, there[i])
			return err
		})
	}
	return answers, group.Wait()
}

// one finds out about one object. The error is nil unless the member can't be asked any more.
func (a asking) one(ctx context.Context, f member.Federated, first seen) (answer, error) {
	for attempt := 0; ; attempt++ {
		if first.result != nil {
			return answer{result: *first.result}, nil
		}
		if first.glanced {
			result, ok, err := a.glanced(ctx, f, &first)
			if ok || err != nil {
				return result, err
			}
			continue
		}
		in := a.input(f, first.live)
		d := drift.Judge(in)
		if a.options.Listed {
			return answer{in, drift.Settle(d, first.live, nil)}, nil
		}
		answered, err := a.try(ctx, f, d)
		if overtaken(err, d) && attempt < conflictRetries {
			if first, err = a.get(ctx, f); err != nil {
				return answer{}, err
			}
			continue
		}
		result, err := settle(d, first.live, answered, err)
		return answer{in, result}, err
	}
}

func (a asking) input(f member.Federated, live *unstructured.Unstructured) drift.Input {
	in := drift.Input{
		Type: f.Type, Federated: f.Object, Cluster: a.member.Name,
		Placed: f.Placement.Has(a.member.Name), Reason: f.Placement.Excluded[a.member.Name],
		Live: live, Recorded: f.Recorded[a.member.Name],
		NoAdoption: a.host.NoAdoption(), NotReady: !a.member.Ready, NotReadyCause: a.member.NotReady,
		Renderer: f.Renderer(), HostNamespace: f.HostNamespace, KubeFedNamespace: a.host.Namespace,
		Full: a.options.Full, Said: said(f.Object, a.member.Name),
	}
	if f.Unplaceable != nil {
		in.Unplaceable = f.Unplaceable.Error()
	}
	return in
}

// try sends what KubeFed would send, as a dry run; nothing where it would send nothing, or where what it sends holds no
// questions.
func (a asking) try(ctx context.Context, f member.Federated, d drift.Decision) (*unstructured.Unstructured, error) {
	switch d.Try() {
	case drift.Create:
		return a.client.TryCreate(ctx, f, d.Desired)
	case drift.Update:
		return a.client.TryUpdate(ctx, f, d.Desired)
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

// settle makes the result of a decision and of what the member said to it. KubeFed would get the same answer with two
// exceptions: it has rights that the user may not have, and it does not send dry runs.
func settle(d drift.Decision, live, answered *unstructured.Unstructured, err error) (drift.Result, error) {
	switch {
	case err == nil:
		return drift.Settle(d, live, answered), nil
	case d.Action == drift.Create && apierrors.IsNotFound(err):
		return drift.Untried(d, live, drift.NamespaceMissing), nil
	case !isAnswer(err):
		return drift.Result{}, member.Plain(err)
	case isOfDryRuns(err):
		return drift.Untried(d, live, "not tried: "+err.Error()), nil
	case isOfRights(err):
		return drift.Unreached(d.Cluster, "can't be tried: "+err.Error()), nil
	}
	return drift.Refuse(d, live, refusal(err)), nil
}

// notServed is the member without the type.
func (a asking) notServed(f member.Federated) seen {
	cause := fmt.Sprintf("the cluster does not serve %s in version %s, and KubeFed's controller for it may stand still for all clusters", f.Type.Target.Resource(), f.Type.Target.Version)
	return seen{result: &drift.Result{Cluster: a.member.Name, Verdict: drift.Blocked, Cause: cause}}
}

func (a asking) unknown(err error) seen {
	result := drift.Unreached(a.member.Name, err.Error())
	return seen{result: &result}
}
