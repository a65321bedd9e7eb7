package joining

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Step is one write of an unjoin.
type Step struct {
	Object *unstructured.Unstructured
	InHost bool
	What   string // deleted, released
}

// Leaving are the user's decisions about an unjoin.
type Leaving struct {
	Workloads string // Keep, Orphan or Delete
	DryRun    bool   // the servers are to check every write and make none
}

func (l Leaving) dryRun() []string {
	if l.DryRun {
		return []string{metav1.DryRunAll}
	}
	return nil
}

// Check refuses what can't be done: with the credentials of KubeFed's controllers nothing can be done in the
// member that they would not undo.
func (d *Departure) Check(l Leaving) error {
	if l.Workloads == Keep || d.direct || d.Unreached != nil || len(d.Workloads) == 0 {
		return nil
	}
	err := fmt.Errorf("--workloads=%s needs a context of the kubeconfig that reaches the cluster", l.Workloads)
	return hint.Add(err, "kubectl fed unjoin %s --workloads=%s --cluster-context CONTEXT", d.Cluster, l.Workloads)
}

// Apply removes what was found, and returns the steps that were done, also beside an error. It can be run again
// after any of them. The registration goes last but for its Secret: up to then the next run finds everything
// that this one knew. In the member the rights go first, so that KubeFed's controllers write nothing there while
// its objects are released or deleted.
func (d *Departure) Apply(ctx context.Context, l Leaving) ([]Step, error) {
	r := &removal{Departure: d, Leaving: l}
	for _, do := range []func(context.Context) error{r.mark, r.clearMember, r.clearHost} {
		if err := do(ctx); err != nil {
			return r.steps, err
		}
	}
	return r.steps, nil
}

// removal is a departure on its way.
type removal struct {
	*Departure
	Leaving
	steps []Step
}

func (r *removal) note(object *unstructured.Unstructured, inHost bool, what string) {
	r.steps = append(r.steps, Step{object, inHost, what})
}

// mark gives Secrets that kubefedctl made our marks: once the registration is gone, nothing else says what they
// are.
func (r *removal) mark(ctx context.Context) error {
	for _, u := range r.Host {
		if u.GetKind() != "Secret" || u.GetLabels()[ClusterLabel] == r.Cluster {
			continue
		}
		patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:%q,%q:%q}}}`, ManagedByLabel, ManagedBy, ClusterLabel, r.Cluster)
		options := metav1.PatchOptions{FieldManager: fieldManager, DryRun: r.dryRun()}
		if _, err := resource(r.scene.Host.Client, u).Patch(ctx, u.GetName(), types.MergePatchType, patch, options); err != nil {
			return fmt.Errorf("in the host: %w", about(u, err))
		}
		r.note(u, true, "marked, to be found again")
	}
	return nil
}

// clearMember removes the rights, sees to the workloads, and removes the rest.
func (r *removal) clearMember(ctx context.Context) error {
	if r.Unreached != nil {
		return nil
	}
	err := r.clear(ctx)
	if err != nil {
		return fmt.Errorf("in the member: %w", err)
	}
	return nil
}

func (r *removal) clear(ctx context.Context) error {
	if !r.direct {
		return r.bequeath(ctx)
	}
	rights, rest := r.split()
	if err := r.removeAll(ctx, r.client, rights, false); err != nil {
		return err
	}
	if err := r.workloads(ctx); err != nil {
		return err
	}
	if err := r.removeAll(ctx, r.client, rest, false); err != nil {
		return err
	}
	return r.removeNamespace(ctx)
}

// split tells the bindings from the rest.
func (r *removal) split() (rights, rest []*unstructured.Unstructured) {
	for _, u := range r.Member {
		switch u.GetKind() {
		case "ClusterRoleBinding", "RoleBinding":
			rights = append(rights, u)
		default:
			rest = append(rest, u)
		}
	}
	return rights, rest
}

func (r *removal) removeAll(ctx context.Context, client dynamic.Interface, objects []*unstructured.Unstructured, inHost bool) error {
	for _, u := range objects {
		uid := u.GetUID() // what was found, and not what somebody made under its name since
		options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}, DryRun: r.dryRun()}
		if err := remove(ctx, client, u, options); err != nil {
			return err
		}
		r.note(u, inHost, "deleted")
	}
	return nil
}

// workloads does with KubeFed's objects what the user wants. The host's own namespaces are never deleted: KubeFed
// does not do that either.
func (r *removal) workloads(ctx context.Context) error {
	if r.Leaving.Workloads == Keep {
		return nil
	}
	for _, w := range r.Departure.Workloads {
		do, what := w.remove, "deleted"
		if r.Leaving.Workloads == Orphan || w.isNamespace() && r.IsHost {
			do, what = w.release, "released"
		}
		if err := do(ctx, r.client, r.dryRun()); err != nil {
			return err
		}
		r.note(w.Object, false, what)
	}
	return nil
}

// removeNamespace deletes KubeFed's namespace and waits until it is gone, or a join right after would fail.
func (r *removal) removeNamespace(ctx context.Context) error {
	u := r.Namespace
	if u == nil {
		return nil
	}
	if u.GetDeletionTimestamp() == nil {
		if err := r.removeAll(ctx, r.client, []*unstructured.Unstructured{u}, false); err != nil {
			return err
		}
	}
	if r.DryRun {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, namespaceTimeout)
	defer cancel()
	for {
		_, err := r.client.Resource(namespaces).Get(ctx, u.GetName(), metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		select {
		case <-ctx.Done():
			return about(u, errors.Join(errors.New("it is deleted, and is not gone in time"), err))
		case <-time.After(namespacePause):
		}
	}
}

// clearHost removes the registration and then the Secrets.
func (r *removal) clearHost(ctx context.Context) error {
	if err := r.removeAll(ctx, r.scene.Host.Client, r.Host, true); err != nil {
		return fmt.Errorf("in the host: %w", err)
	}
	return nil
}
