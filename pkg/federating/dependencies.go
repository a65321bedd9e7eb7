package federating

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// dependencyKinds are the types that workloads name, in the version in which every server serves them.
var dependencyKinds = map[string]schema.GroupVersionKind{
	"ConfigMap":             {Version: "v1", Kind: "ConfigMap"},
	"Secret":                {Version: "v1", Kind: "Secret"},
	"ServiceAccount":        {Version: "v1", Kind: "ServiceAccount"},
	"PersistentVolumeClaim": {Version: "v1", Kind: "PersistentVolumeClaim"},
	"Service":               {Version: "v1", Kind: "Service"},
}

var autoscalers = schema.GroupVersionKind{Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"}

// Dependencies finds what workloads need of their namespaces: what they name, the Services that send to their
// pods, the autoscalers that are for them, and what these need in turn. Missing are those that are named and not
// there, and that the workload does not run without.
func (s Source) Dependencies(ctx context.Context, items []Item) (found []Item, missing []string, err error) {
	all := slices.Clone(items)
	for i := 0; i < len(all); i++ { // grows on the way
		more, absent, err := s.needs(ctx, all[i])
		if err != nil {
			return nil, nil, err
		}
		missing = append(missing, absent...)
		for _, item := range more {
			if !slices.ContainsFunc(all, item.isSame) {
				all = append(all, item)
			}
		}
	}
	found = all[len(items):]
	sortItems(found)
	slices.Sort(missing)
	return found, slices.Compact(missing), nil
}

// needs is what one object needs.
func (s Source) needs(ctx context.Context, item Item) (found []Item, missing []string, err error) {
	for _, ref := range federation.References(item.Object) {
		one, err := s.dependency(ctx, dependencyKinds[ref.Kind], item.Object.GetNamespace(), ref.Name)
		switch {
		case err != nil:
			return nil, nil, err
		case one == nil && !ref.Optional:
			missing = append(missing, fmt.Sprintf("%s %s, which %s names", ref.Kind, ref.Name, item.Called))
		case one != nil && federation.MadeByMachine(one.Object) == "":
			found = append(found, *one)
		}
	}
	services, err := s.matching(ctx, dependencyKinds["Service"], item, federation.Serves)
	if err != nil {
		return nil, nil, err
	}
	scalers, err := s.matching(ctx, autoscalers, item, federation.Scales)
	return slices.Concat(found, services, scalers), missing, err
}

func (s Source) dependency(ctx context.Context, kind schema.GroupVersionKind, namespace, name string) (*Item, error) {
	item, err := s.ofKind(kind)
	if err != nil {
		return nil, err
	}
	object, err := s.Host.Find(ctx, item.API, namespace, name)
	if err != nil || object == nil {
		return nil, err
	}
	item.Object, item.Called, item.Live = object, item.API.Plural+"/"+name, true
	return &item, nil
}

func (s Source) ofKind(kind schema.GroupVersionKind) (Item, error) {
	api, err := s.Host.Served(kind)
	return s.itemOf(api), err
}

// matching are the objects of a kind in the namespace of a workload that are for it.
func (s Source) matching(ctx context.Context, kind schema.GroupVersionKind, workload Item, isFor func(object, workload *unstructured.Unstructured) bool) ([]Item, error) {
	if !federation.HasPods(workload.Object) {
		return nil, nil
	}
	item, err := s.ofKind(kind)
	if err != nil {
		return nil, err
	}
	objects, err := s.Host.Select(ctx, item.API, workload.Object.GetNamespace(), "")
	if err != nil {
		return nil, fmt.Errorf("%s: listing %s: %w", s.Host.Context, item.API.Resource(), err)
	}
	var found []Item
	for _, object := range objects {
		if isFor(object, workload.Object) {
			one := item
			one.Object, one.Called, one.Live = object, item.API.Plural+"/"+object.GetName(), true
			found = append(found, one)
		}
	}
	return found, nil
}
