package member

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Resource is the API that the host's server understands by a word, federated or not: any name that kubectl knows for
// it.
func (h *Host) Resource(word string) (federation.API, error) {
	api, err := served(h.Mapper, h.Context, word)
	return api, hint.Add(err, "kubectl api-resources --context %s", h.Context)
}

// Served finds the API that a kind is served by in the host.
func (h *Host) Served(kind schema.GroupVersionKind) (federation.API, error) {
	mapping, err := h.Mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return federation.API{}, fmt.Errorf("%s: %s is not served there: %w", h.Context, kind.Kind, Plain(err))
	}
	return federation.API{
		Group: kind.Group, Version: kind.Version, Kind: kind.Kind, Plural: mapping.Resource.Resource,
		Namespaced: mapping.Scope.Name() == meta.RESTScopeNameNamespace,
	}, nil
}

// NamespacedAPIs are the APIs whose objects lie in namespaces and can be listed, each in its preferred version.
// Groups whose servers don't answer come back in broken: they are no reason to fail.
func (h *Host) NamespacedAPIs() (apis []federation.API, broken []schema.GroupVersion, err error) {
	client, err := discovery.NewDiscoveryClientForConfig(h.Config)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", h.Context, err)
	}
	lists, err := client.ServerPreferredNamespacedResources()
	if groups, partial := discovery.GroupDiscoveryFailedErrorGroups(err); partial {
		for gv := range groups {
			broken = append(broken, gv)
		}
	} else if err != nil {
		return nil, nil, fmt.Errorf("%s: asking for its resource types: %w", h.Context, Plain(err))
	}
	for _, list := range discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list"}}, lists) {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", h.Context, err)
		}
		for _, r := range list.APIResources {
			apis = append(apis, federation.API{Group: version.Group, Version: version.Version, Kind: r.Kind, Plural: r.Name, Namespaced: true})
		}
	}
	return apis, broken, nil
}

// Select lists the objects of an API in a namespace that a label selector selects; the error of the request is
// left as it is, for who wants to know what kind of refusal it was. What is not served has none.
func (h *Host) Select(ctx context.Context, api federation.API, namespace, selector string) ([]*unstructured.Unstructured, error) {
	list, err := h.in(api, namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, Plain(err)
	}
	var objects []*unstructured.Unstructured
	for i := range list.Items {
		objects = append(objects, &list.Items[i])
	}
	return objects, nil
}

// Find reads one object of the host; nil and no error where there is none.
func (h *Host) Find(ctx context.Context, api federation.API, namespace, name string) (*unstructured.Unstructured, error) {
	found, err := get(ctx, h.in(api, namespace), name)
	if err != nil {
		return nil, fmt.Errorf("%s: reading %s %s: %w", h.Context, api.Resource(), name, Plain(err))
	}
	return found, nil
}

// Itself is the member that is the host cluster, "" where it has not joined.
func (h *Host) Itself(members []Member) string {
	config := rest.CopyConfig(h.Config)
	if err := rest.LoadTLSFiles(config); err != nil {
		return ""
	}
	for _, m := range members {
		if SameCA(config.CAData, m.CA) {
			return m.Name
		}
	}
	return ""
}
