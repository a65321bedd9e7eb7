package federating

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// atOnce is how many requests are under way at a time. The API server has priorities of its own; this only keeps
// the objects of a large namespace from opening as many streams as there are.
const atOnce = 24

// Item is one plain object that is to be federated.
type Item struct {
	// Type is zero, and API says what the object is, while the type is not enabled.
	Type   federation.Type
	API    federation.API
	Object *unstructured.Unstructured
	Called string // as a user would call it: deploy/nginx
	Live   bool   // it was read from the host, and not from a file
	Named  bool   // the user named it, so what can't be done with it is an error
}

// IsEnabled tells whether KubeFed federates the item's type.
func (i Item) IsEnabled() bool { return i.Type.Name != "" }

// ID is the resource and name of the item, for messages.
func (i Item) ID() string { return i.API.Resource().String() + "/" + i.Object.GetName() }

func (i Item) isSame(other Item) bool {
	return i.API.Resource() == other.API.Resource() && i.Object.GetName() == other.Object.GetName() && i.Object.GetNamespace() == other.Object.GetNamespace()
}

// IsSecret tells whether the item's values must not be printed unasked.
func (i Item) IsSecret() bool { return i.API.Kind == "Secret" && i.API.Group == "" }

// Source is where items are gathered from.
type Source struct {
	Host      *member.Host
	Types     []federation.Type // that are enabled
	Namespace string
}

// Name is an object as a user names it.
type Name struct{ Type, Name string }

// find gives the API that is meant by a word, and its type where that is enabled.
func (s Source) find(word string) (Item, error) {
	if t, err := s.Host.FindType(s.Types, word); err == nil {
		return Item{Type: t, API: t.Target}, nil
	}
	api, err := s.Host.Resource(word)
	if err != nil {
		return Item{}, err
	}
	return s.itemOf(api), nil
}

// itemOf gives an API its type, if it is enabled.
func (s Source) itemOf(api federation.API) Item {
	i := slices.IndexFunc(s.Types, func(t federation.Type) bool { return t.Target.Resource() == api.Resource() })
	if i < 0 {
		return Item{API: api}
	}
	return Item{Type: s.Types[i], API: s.Types[i].Target}
}

// ByName reads objects that were named, in their order.
func (s Source) ByName(ctx context.Context, names []Name) ([]Item, error) {
	items := make([]Item, len(names))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, n := range names {
		item, err := s.find(n.Type)
		if err != nil {
			return nil, err
		}
		all.Go(func() (err error) {
			item.Object, err = s.Host.Object(ctx, item.API, s.Namespace, n.Name)
			item.Called, item.Live, item.Named = n.Type+"/"+n.Name, true, true
			items[i] = item
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	for i, item := range items {
		if slices.ContainsFunc(items[:i], item.isSame) {
			return nil, fmt.Errorf("%s was named twice", item.Called)
		}
	}
	return items, nil
}

// BySelector reads the objects of types, separated by commas, that a label selector selects.
func (s Source) BySelector(ctx context.Context, words, selector string) ([]Item, error) {
	var items []Item
	for word := range strings.SplitSeq(words, ",") {
		item, err := s.find(word)
		if err != nil {
			return nil, err
		}
		objects, err := s.Host.Select(ctx, item.API, s.Namespace, selector)
		if err != nil {
			return nil, fmt.Errorf("%s: listing %s: %w", s.Host.Context, item.API.Plural, err)
		}
		for _, object := range objects {
			one := item
			one.Object, one.Called, one.Live = object, item.API.Plural+"/"+object.GetName(), true
			items = append(items, one)
		}
	}
	if len(items) == 0 {
		return nil, fmt.Errorf("%s has no %s with the labels %s in the namespace %s", s.Host.Context, words, selector, s.Namespace)
	}
	sortItems(items)
	return items, nil
}

// FromFiles makes items of objects that were read from files. Types that the host serves are found there; what
// has no namespace and wants one gets that of the source.
func (s Source) FromFiles(objects []*unstructured.Unstructured) ([]Item, error) {
	return itemsOf(objects, s.Namespace, func(object *unstructured.Unstructured) (Item, error) {
		api, err := s.Host.Served(object.GroupVersionKind())
		if err != nil {
			return Item{}, err
		}
		return s.itemOf(api), nil
	})
}

// Offline makes items of objects from files without asking anybody: of the kinds of Kubernetes itself, and of
// those whose types are given.
func Offline(objects []*unstructured.Unstructured, types []federation.Type, namespace string) ([]Item, error) {
	return itemsOf(objects, namespace, func(object *unstructured.Unstructured) (Item, error) {
		gvk := object.GroupVersionKind()
		for _, t := range types {
			if t.Target.Group == gvk.Group && t.Target.Kind == gvk.Kind {
				return Item{Type: t, API: t.Target}, nil
			}
		}
		t, known := federation.WellKnown(gvk.Kind)
		if !known || t.Target.Group != gvk.Group {
			return Item{}, &UnknownKindError{Kind: gvk.Kind, Group: gvk.Group}
		}
		return Item{Type: t, API: t.Target}, nil
	})
}

// UnknownKindError says that a kind is none of Kubernetes' own, so that its plural and its scope are not known
// without a cluster.
type UnknownKindError struct{ Kind, Group string }

// Error names the kind.
func (e *UnknownKindError) Error() string {
	return fmt.Sprintf("the kind %s of %s is not one of Kubernetes' own: its plural and scope are not known without a cluster", e.Kind, e.Group)
}

var errFederatedAlready = errors.New("it is a federated object already")

func itemsOf(objects []*unstructured.Unstructured, namespace string, find func(*unstructured.Unstructured) (Item, error)) ([]Item, error) {
	var items []Item
	for _, object := range objects {
		called := strings.ToLower(object.GetKind()) + "/" + object.GetName()
		if federation.TargetKind(object.GroupVersionKind()) != "" {
			return nil, fmt.Errorf("%s: %w", called, errFederatedAlready)
		}
		item, err := find(object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", called, err)
		}
		item.Object, item.Called = object.DeepCopy(), called
		switch {
		case item.API.Namespaced && object.GetNamespace() == "":
			item.Object.SetNamespace(namespace)
		case !item.API.Namespaced:
			item.Object.SetNamespace("")
		}
		if slices.ContainsFunc(items, item.isSame) {
			return nil, fmt.Errorf("%s is in the files twice", called)
		}
		items = append(items, item)
	}
	if len(items) == 0 {
		return nil, errors.New("no object is in the files")
	}
	return items, nil
}

// sortItems sorts by namespace, type and name.
func sortItems(items []Item) {
	slices.SortStableFunc(items, func(a, b Item) int {
		return strings.Compare(a.Object.GetNamespace()+" "+a.ID(), b.Object.GetNamespace()+" "+b.ID())
	})
}

// Resolve gives items the types that are enabled by now.
func (s Source) Resolve(items []Item) []Item {
	items = slices.Clone(items)
	for i, item := range items {
		found := s.itemOf(item.API)
		items[i].Type, items[i].API = found.Type, found.API
	}
	return items
}
