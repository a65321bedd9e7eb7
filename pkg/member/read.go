package member

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Query asks for the federated objects of one type: those of the given names, each of which has to be there, or
// all that the selector takes.
type Query struct {
	Type     federation.Type
	Names    []string
	Selector string
}

// Read reads the federated objects that are asked for, in a namespace or, for "", in all, with what the host
// cluster knows of each. Everything is asked for at the same time, and what several objects need is read once:
// the requests don't grow with the objects. Objects are sorted by type in the order of the queries, then by
// namespace and name; what KubeFed never looks at, such as the FederatedNamespace of default, is found by name
// only.
func (h *Host) Read(ctx context.Context, queries []Query, namespace string, members []Member) ([]Federated, error) {
	found := make([][]*unstructured.Unstructured, len(queries))
	record := h.record(queries, namespace)
	group, ctx := errgroup.WithContext(ctx)
	for i, q := range queries {
		group.Go(func() (err error) {
			found[i], err = h.ask(ctx, q, namespace)
			return err
		})
	}
	group.Go(func() error { return record.fetch(ctx) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var all []Federated
	for i, q := range queries {
		for _, object := range found[i] {
			all = append(all, record.describe(q.Type, object, members))
		}
	}
	return all, nil
}

// ask reads the objects of one query.
func (h *Host) ask(ctx context.Context, q Query, namespace string) ([]*unstructured.Unstructured, error) {
	if len(q.Names) == 0 {
		objects, err := h.list(ctx, q.Type.Federated, namespace, metav1.ListOptions{LabelSelector: q.Selector})
		return slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
			return federation.Ignored(q.Type, object, h.Namespace) != ""
		}), err
	}
	objects := make([]*unstructured.Unstructured, len(q.Names))
	group, ctx := errgroup.WithContext(ctx)
	for i, name := range q.Names {
		group.Go(func() (err error) {
			objects[i], err = h.named(ctx, q.Type, namespace, name)
			return err
		})
	}
	return objects, group.Wait()
}

// named reads one federated object. A FederatedNamespace lies in the namespace that it federates.
func (h *Host) named(ctx context.Context, t federation.Type, namespace, name string) (*unstructured.Unstructured, error) {
	if t.IsNamespace() {
		namespace = name
	}
	object, err := get(ctx, h.in(t.Federated, namespace), name)
	if err != nil {
		return nil, fmt.Errorf("%s: reading %s %s: %w", h.Context, t.Federated.Kind, name, Plain(err))
	}
	if object == nil {
		return nil, &MissingError{Context: h.Context, Namespace: namespace, Name: name, Type: t}
	}
	return object, nil
}
