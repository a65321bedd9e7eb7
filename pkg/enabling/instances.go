package enabling

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/releasing"
)

// Doomed is one object that a member loses.
type Doomed struct{ Member, Object string }

// Doom says what the members lose when the instances are deleted: all that KubeFed has placed there, but for
// objects that are marked for orphaning.
func (r *Removal) Doom(ctx context.Context) ([]Doomed, error) {
	namespaces, err := r.scene.Host.FederatedNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	var members []member.Member
	for _, m := range r.scene.Members {
		members = append(members, m.Member)
	}
	var all []Doomed
	for _, o := range r.Instances() {
		if federation.IsOrphaning(o.Object) || federation.Ignored(o.Type, o.Object, r.scene.Host.Namespace) != "" {
			continue
		}
		placement, err := federation.Place(o.Type, o.Object, namespaces[o.Object.GetNamespace()], member.Clusters(members), r.scene.Host.IsNamespaced())
		if err != nil {
			return nil, err
		}
		for _, cluster := range placement.Clusters {
			all = append(all, Doomed{cluster, member.Federated{Type: o.Type, Object: o.Object}.ID()})
		}
	}
	return all, nil
}

// DeleteInstances deletes them all and waits until KubeFed has deleted what the members have of them. It returns
// those that are still there when ctx ends; gone is called for each that is not.
func (r *Removal) DeleteInstances(ctx context.Context, gone func(releasing.Object)) ([]releasing.Object, error) {
	var errs []error
	for _, o := range r.Instances() {
		uid := o.Object.GetUID()
		options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}}
		err := r.scene.at(o.Type.Federated, o.Object.GetNamespace()).Delete(ctx, o.Object.GetName(), options)
		if err != nil && !apierrors.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("%s: deleting %s: %w", r.scene.Host.Context, o.ID(), member.Plain(err)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return r.awaitGone(ctx, gone)
}

func (r *Removal) awaitGone(ctx context.Context, gone func(releasing.Object)) ([]releasing.Object, error) {
	rest := r.Instances()
	for {
		var still []releasing.Object
		for _, o := range rest {
			found, err := r.scene.read(ctx, o.Type.Federated, o.Object)
			if err != nil || found != nil && found.GetUID() == o.Object.GetUID() {
				still = append(still, o) // what can't be read is looked at again
				continue
			}
			gone(o)
		}
		if rest = still; len(rest) == 0 {
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return rest, nil
		case <-time.After(pause):
		}
	}
}

// LetGo does for instances what a KubeFed that does not answer would do: it takes its finalizer off them and its
// label off what the members have. Members that can't be asked come back as errors, and keep what they have.
func (r *Removal) LetGo(ctx context.Context, objects []releasing.Object) []error {
	var errs []error
	for _, o := range objects {
		at := r.scene.at(o.Type.Federated, o.Object.GetNamespace())
		if err := at.Delete(ctx, o.Object.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			errs = append(errs, fmt.Errorf("%s: %w", o.ID(), member.Plain(err)))
		} else if err := dropFinalizer(ctx, r.scene, o.Type.Federated, o.Object, federation.SyncFinalizer); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", o.ID(), err))
		}
	}
	var members []member.Member
	for _, m := range r.scene.Members {
		members = append(members, m.Member)
	}
	for _, out := range member.Each(ctx, members, r.scene.timeout, func(ctx context.Context, m member.Member) (struct{}, error) {
		return struct{}{}, r.unlabel(ctx, m, objects)
	}) {
		if out.Err != nil {
			errs = append(errs, fmt.Errorf("%s: it may still have KubeFed's label on what it runs: %w", out.Member.Name, out.Err))
		}
	}
	return errs
}

// unlabel takes KubeFed's label off what one member has of the objects.
func (r *Removal) unlabel(ctx context.Context, m member.Member, objects []releasing.Object) error {
	client, err := r.scene.Host.Dial(ctx, m)
	if err != nil {
		return err
	}
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:null}}}`, federation.ManagedLabel)
	for _, o := range objects {
		f := member.Federated{Type: o.Type, Object: o.Object}
		live, err := client.Live(ctx, f)
		if err != nil {
			return err
		}
		if live == nil || !federation.IsManaged(live) {
			continue
		}
		at := client.Dynamic.Resource(o.Type.Target.GVR())
		if o.Type.Target.Namespaced {
			_, err = at.Namespace(live.GetNamespace()).Patch(ctx, live.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
		} else {
			_, err = at.Patch(ctx, live.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
		}
		if err != nil {
			return member.Plain(err)
		}
	}
	return nil
}
