package member

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
)

// Stranger finds something in a namespace that is not known, and that Kubernetes does not put into every namespace;
// "" when there is nothing. A namespace that somebody else uses is not removed.
func Stranger(ctx context.Context, api discovery.ServerResourcesInterface, client dynamic.Interface, namespace string, known func(unstructured.Unstructured) bool) (string, error) {
	resources, err := listable(api)
	if err != nil {
		return "", err
	}
	found := make([]string, len(resources))
	var all errgroup.Group
	for i, r := range resources {
		all.Go(func() error {
			list, err := client.Resource(r).Namespace(namespace).List(ctx, metav1.ListOptions{})
			if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("looking for %s in the namespace %s: %w", r.Resource, namespace, Plain(err))
			}
			found[i] = stranger(r.Resource, list.Items, known)
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return "", err
	}
	for _, name := range found {
		if name != "" {
			return name, nil
		}
	}
	return "", nil
}

// listable are the kinds of objects that may lie in a namespace. Groups whose servers are down are left out: the
// namespace could not be deleted then anyway.
func listable(api discovery.ServerResourcesInterface) ([]schema.GroupVersionResource, error) {
	lists, err := api.ServerPreferredNamespacedResources()
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, fmt.Errorf("asking for its resource types: %w", Plain(err))
	}
	var resources []schema.GroupVersionResource
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && r.Name != "events" {
				resources = append(resources, version.WithResource(r.Name))
			}
		}
	}
	return resources, nil
}

// stranger is the first object of a list that is neither known nor Kubernetes' own.
func stranger(resource string, items []unstructured.Unstructured, known func(unstructured.Unstructured) bool) string {
	for _, item := range items {
		name := resource + "/" + item.GetName()
		own := name == "serviceaccounts/default" || name == "configmaps/kube-root-ca.crt"
		if !own && !known(item) {
			return name
		}
	}
	return ""
}
