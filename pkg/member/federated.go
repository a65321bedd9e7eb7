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
	Unplaceable   error                      // why the placement can't be computed
	Recorded      map[string]string          // cluster to the version that KubeFed last wrote there
	HostNamespace *unstructured.Unstructured // of a FederatedNamespace only

	renderer func() *federation.Renderer
}

// Renderer renders the object for any member; it is made once for all of them.
func (f Federated) Renderer() *federation.Renderer {
	if f.renderer == nil {
		return federation.NewRenderer(f.Type, f.Object)
	}
	return f.renderer()
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
// has to be there, or all. It is an error where the placement of one can't be computed.
func (h *Host) Federated(ctx context.Context, t federation.Type, namespace string, names []string, members []Member) ([]Federated, error) {
	all, err := h.Read(ctx, []Query{{Type: t, Names: names}}, namespace, members)
	if err != nil {
		return nil, err
	}
	return all, h.Placeable(all)
}

// Placeable is an error where the placement of an object can't be computed.
func (h *Host) Placeable(all []Federated) error {
	for _, f := range all {
		if f.Unplaceable != nil {
			return fmt.Errorf("%s: %s %s: %w", h.Context, f.Type.Federated.Kind, f.Object.GetName(), f.Unplaceable)
		}
	}
	return nil
}

// List reads the objects of an API in a namespace of the host, or in all for "", sorted by namespace and
// name. What is not served has none.
func (h *Host) List(ctx context.Context, api federation.API, namespace string) ([]*unstructured.Unstructured, error) {
	return h.list(ctx, api, namespace, metav1.ListOptions{})
}

func (h *Host) list(ctx context.Context, api federation.API, namespace string, options metav1.ListOptions) ([]*unstructured.Unstructured, error) {
	list, err := h.in(api, namespace).List(ctx, options)
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
func (h *Host) Describe(ctx context.Context, t federation.Type, object *unstructured.Unstructured, members []Member) (Federated, error) {
	r := h.record([]Query{{Type: t, Names: []string{object.GetName()}}}, object.GetNamespace())
	if err := r.fetch(ctx); err != nil {
		return Federated{}, err
	}
	f := r.describe(t, object, members)
	return f, f.Unplaceable
}
