package releasing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Object is one federated object.
type Object struct {
	Type   federation.Type
	Object *unstructured.Unstructured
}

// ID is the resource and name of the target, for messages: "deployments.apps/web".
func (o Object) ID() string { return o.Type.Target.Resource().String() + "/" + o.Object.GetName() }

// Is tells whether two are one object.
func (o Object) Is(other Object) bool { return o.Object.GetUID() == other.Object.GetUID() }

// Which says which federated objects are meant.
type Which struct {
	Namespace string            // "" for all
	Types     []federation.Type // whose objects
	Selector  string            // labels of the federated objects
}

// Find lists federated objects, by type, namespace and name.
func Find(ctx context.Context, host *member.Host, w Which) ([]Object, error) {
	lists := make([][]Object, len(w.Types))
	var all errgroup.Group
	for i, t := range w.Types {
		if !t.Federated.Namespaced && w.Namespace != "" && len(w.Types) > 1 {
			continue // they lie in no namespace
		}
		all.Go(func() error {
			objects, err := host.Select(ctx, t.Federated, w.Namespace, w.Selector)
			if err != nil {
				return fmt.Errorf("%s: listing %s: %w", host.Context, t.Federated.Plural, err)
			}
			for _, object := range objects {
				lists[i] = append(lists[i], Object{t, object})
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	found := slices.Concat(lists...)
	slices.SortStableFunc(found, func(a, b Object) int {
		return cmp.Or(strings.Compare(a.Type.Name, b.Type.Name), strings.Compare(a.Object.GetNamespace(), b.Object.GetNamespace()),
			strings.Compare(a.Object.GetName(), b.Object.GetName()))
	})
	return found, nil
}

// Named reads federated objects by name; each has to be there.
func Named(ctx context.Context, host *member.Host, t federation.Type, namespace string, names []string) ([]Object, error) {
	var found []Object
	for _, name := range names {
		within := namespace
		if t.IsNamespace() {
			within = name // a FederatedNamespace lies in the namespace that it federates
		}
		object, err := host.Find(ctx, t.Federated, within, name)
		if err != nil {
			return nil, err
		}
		if object == nil {
			return nil, &member.MissingError{Context: host.Context, Namespace: within, Name: name, Type: t}
		}
		found = append(found, Object{t, object})
	}
	return found, nil
}
