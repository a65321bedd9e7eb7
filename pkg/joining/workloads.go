package joining

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// What can become of the objects that KubeFed wrote into a member.
const (
	Keep   = "keep"   // they stay as they are, KubeFed's label included
	Orphan = "orphan" // they stay, and KubeFed's label is taken off
	Delete = "delete"
)

// Workload is an object in a member with KubeFed's label.
type Workload struct {
	Type   federation.API
	Object *unstructured.Unstructured
}

// ID is resource, namespace and name: deployments.apps shop/web.
func (w Workload) ID() string {
	name := w.Object.GetName()
	if w.Type.Namespaced {
		name = w.Object.GetNamespace() + "/" + name
	}
	return w.Type.Resource().String() + " " + name
}

// findWorkloads lists what KubeFed wrote into a member, by type and then by namespace and name, namespaces last.
func findWorkloads(ctx context.Context, client dynamic.Interface, all []federation.Type, namespace string) ([]Workload, error) {
	lists := make([][]Workload, len(all))
	var group errgroup.Group
	for i, t := range all {
		group.Go(func() (err error) {
			lists[i], err = workloadsOf(ctx, client, t.Target, namespace)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	found := slices.Concat(lists...)
	slices.SortFunc(found, func(a, b Workload) int {
		return cmp.Or(a.rank()-b.rank(), strings.Compare(a.ID(), b.ID()))
	})
	return found, nil
}

// rank puts namespaces behind what lies in them.
func (w Workload) rank() int {
	if w.isNamespace() {
		return 1
	}
	return 0
}

func (w Workload) isNamespace() bool { return w.Type.Kind == "Namespace" }

// workloadsOf lists those of one type. A member that does not serve the type has none.
func workloadsOf(ctx context.Context, client dynamic.Interface, api federation.API, namespace string) ([]Workload, error) {
	from := in(client, api, namespace)
	list, err := from.List(ctx, metav1.ListOptions{LabelSelector: federation.ManagedLabel + "=true"})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", api.Resource(), member.Plain(err))
	}
	var found []Workload
	for i := range list.Items {
		found = append(found, Workload{api, &list.Items[i]})
	}
	return found, nil
}

func in(client dynamic.Interface, api federation.API, namespace string) dynamic.ResourceInterface {
	if api.Namespaced && namespace != "" {
		return client.Resource(api.GVR()).Namespace(namespace)
	}
	return client.Resource(api.GVR())
}

// release takes KubeFed's label off, and leaves the rest as it is.
func (w Workload) release(ctx context.Context, client dynamic.Interface, dryRun []string) error {
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:null}}}`, federation.ManagedLabel)
	_, err := in(client, w.Type, w.Object.GetNamespace()).
		Patch(ctx, w.Object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager, DryRun: dryRun})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return about(w.Object, err)
}

// remove deletes the object, what it owns after it.
func (w Workload) remove(ctx context.Context, client dynamic.Interface, dryRun []string) error {
	background := metav1.DeletePropagationBackground
	err := in(client, w.Type, w.Object.GetNamespace()).
		Delete(ctx, w.Object.GetName(), metav1.DeleteOptions{PropagationPolicy: &background, DryRun: dryRun})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) { // gone, or a namespace on its way
		return nil
	}
	return about(w.Object, err)
}
