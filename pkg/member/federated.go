package member

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Federated is a federated object with all of the host cluster that decides what becomes of it.
type Federated struct {
	Type          federation.Type
	Object        *unstructured.Unstructured
	Placement     federation.Placement
	Recorded      map[string]string          // cluster to the version that KubeFed last wrote there
	HostNamespace *unstructured.Unstructured // of a FederatedNamespace only
}

// ID is namespace, resource and name of the target: "shop/deployments/web", "namespaces/shop".
func (f Federated) ID() string {
	parts := []string{f.Object.GetNamespace(), f.Type.Target.Plural, f.Object.GetName()}
	if !f.Type.Target.Namespaced {
		parts = parts[1:]
	}
	return strings.Join(parts, "/")
}

// IsSecret tells whether the values of the target must not be shown.
func (f Federated) IsSecret() bool {
	return f.Type.Target.Kind == "Secret" && f.Type.Target.Group == ""
}

// MissingError says that a federated object that was asked for by name is not there.
type MissingError struct {
	Context, Namespace, Name string
	Type                     federation.Type
}

// Error names the federated object and where it was looked for.
func (e *MissingError) Error() string {
	where := e.Context
	if e.Type.Federated.Namespaced {
		where = fmt.Sprintf("the namespace %s of %s", e.Namespace, e.Context)
	}
	return fmt.Sprintf("there is no %s %s in %s", e.Type.Federated.Kind, e.Name, where)
}

// Federated reads the federated objects of a type in a namespace: those of the given names, each of which
// has to be there, or all, sorted by name. A type that is not served has none, and what KubeFed never looks
// at, such as the FederatedNamespace of default, is found by name only.
func (h *Host) Federated(ctx context.Context, t federation.Type, namespace string, names []string, members []Member) ([]Federated, error) {
	objects, err := h.federatedObjects(ctx, t, namespace, names)
	if err != nil {
		return nil, err
	}
	var all []Federated
	for _, object := range objects {
		one, err := h.Describe(ctx, t, object, members)
		if err != nil {
			return nil, fmt.Errorf("%s: %s %s: %w", h.Context, t.Federated.Kind, object.GetName(), err)
		}
		all = append(all, one)
	}
	return all, nil
}

func (h *Host) federatedObjects(ctx context.Context, t federation.Type, namespace string, names []string) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	for _, name := range names {
		// a FederatedNamespace lies in the namespace that it federates
		within := namespace
		if t.IsNamespace() {
			within = name
		}
		object, err := get(ctx, h.in(t.Federated, within), name)
		if err != nil {
			return nil, fmt.Errorf("%s: reading %s %s: %w", h.Context, t.Federated.Kind, name, Plain(err))
		}
		if object == nil {
			return nil, &MissingError{Context: h.Context, Namespace: within, Name: name, Type: t}
		}
		objects = append(objects, object)
	}
	if len(names) > 0 {
		return objects, nil
	}
	objects, err := h.List(ctx, t.Federated, namespace)
	return slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return federation.Ignored(t, object, h.Namespace) != ""
	}), err
}

// List reads the objects of an API in a namespace of the host, or in all for "", sorted by namespace and
// name. What is not served has none.
func (h *Host) List(ctx context.Context, api federation.API, namespace string) ([]*unstructured.Unstructured, error) {
	list, err := h.in(api, namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: listing %s: %w", h.Context, api.Plural, Plain(err))
	}
	var objects []*unstructured.Unstructured
	for i := range list.Items {
		objects = append(objects, &list.Items[i])
	}
	slices.SortFunc(objects, func(a, b *unstructured.Unstructured) int {
		return cmp.Or(strings.Compare(a.GetNamespace(), b.GetNamespace()), strings.Compare(a.GetName(), b.GetName()))
	})
	return objects, nil
}

// Live reads the target of a federated object in a member; nil where there is none.
func (c *Client) Live(ctx context.Context, f Federated) (*unstructured.Unstructured, error) {
	live, err := get(ctx, within(c.Dynamic, f.Type.Target, f.Object.GetNamespace()), f.Object.GetName())
	return live, Plain(err)
}

// in is the resource in a namespace of the host, or in the whole cluster for a kind that has none.
func (h *Host) in(api federation.API, namespace string) dynamic.ResourceInterface {
	return within(h.Client, api, namespace)
}

func within(client dynamic.Interface, api federation.API, namespace string) dynamic.ResourceInterface {
	if api.Namespaced {
		return client.Resource(api.GVR()).Namespace(namespace)
	}
	return client.Resource(api.GVR())
}

// FederatedNamespace reads the FederatedNamespace of a namespace; nil when it is not federated.
func (h *Host) FederatedNamespace(ctx context.Context, namespace string) (*unstructured.Unstructured, error) {
	found, err := get(ctx, h.Client.Resource(federatedNamespaces).Namespace(namespace), namespace)
	if err != nil {
		return nil, fmt.Errorf("reading FederatedNamespace %s: %w", namespace, Plain(err))
	}
	return found, nil
}

// Describe reads what the host cluster knows of a federated object, which need not be there yet: its
// namespace's placement, and what KubeFed recorded.
func (h *Host) Describe(ctx context.Context, t federation.Type, object *unstructured.Unstructured, members []Member) (f Federated, err error) {
	f = Federated{Type: t, Object: object}
	var federatedNamespace *unstructured.Unstructured
	switch {
	case t.IsNamespace():
		f.HostNamespace, err = get(ctx, h.Client.Resource(namespaces), object.GetName())
	case t.Target.Namespaced:
		federatedNamespace, err = h.FederatedNamespace(ctx, object.GetNamespace())
	}
	if err != nil {
		return f, err
	}
	if f.Placement, err = federation.Place(t, object, federatedNamespace, Clusters(members), h.IsNamespaced()); err != nil {
		return f, err
	}
	propagated, err := get(ctx, h.propagated(t, object), federation.PropagatedVersionName(t.Target.Kind, object.GetName()))
	if err != nil {
		return f, fmt.Errorf("reading what KubeFed recorded: %w", Plain(err))
	}
	f.Recorded, err = federation.Recorded(object, propagated)
	return f, err
}

// propagated is where KubeFed keeps its record of an object: beside it, or for the whole cluster when the
// target has no namespace (sync/version/manager.go in kubefed). A namespace's record lies in that namespace,
// since FederatedNamespace is a namespaced kind.
func (h *Host) propagated(t federation.Type, object *unstructured.Unstructured) dynamic.ResourceInterface {
	if t.Federated.Namespaced {
		return h.Client.Resource(propagatedVersions).Namespace(object.GetNamespace())
	}
	return h.Client.Resource(clusterPropagated)
}
