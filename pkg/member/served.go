package member

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/restmapper"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// UnservedError says that a cluster serves no type of that name.
type UnservedError struct{ Cluster, Word string }

// Error names the cluster and the word.
func (e *UnservedError) Error() string {
	return fmt.Sprintf("%s doesn't have a resource type %q", e.Cluster, e.Word)
}

// Served is the API that the member understands by a word. Unlike the host's, its answer is kept nowhere: it is
// asked only where the host's did not fit.
func (c *Client) Served(word string) (federation.API, error) {
	client, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		return federation.API{}, err
	}
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	return served(mapper, c.Name, word)
}

func served(mapper meta.RESTMapper, cluster, word string) (federation.API, error) {
	resource, err := resourceFor(mapper, word)
	if meta.IsNoMatchError(err) {
		return federation.API{}, &UnservedError{Cluster: cluster, Word: word}
	}
	if err != nil {
		return federation.API{}, fmt.Errorf("%s: finding the resource type %q: %w", cluster, word, Plain(err))
	}
	kind, err := mapper.KindFor(resource)
	if err != nil {
		return federation.API{}, fmt.Errorf("%s: finding the kind of %s: %w", cluster, resource.Resource, Plain(err))
	}
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return federation.API{}, fmt.Errorf("%s: finding the resource of %s: %w", cluster, kind.Kind, Plain(err))
	}
	return federation.API{
		Group: resource.Group, Version: resource.Version, Kind: kind.Kind, Plural: resource.Resource,
		Namespaced: mapping.Scope.Name() == meta.RESTScopeNameNamespace,
	}, nil
}

// resourceFor reads "deployments.v1.apps" first with its version, and then as a name and a group.
func resourceFor(mapper meta.RESTMapper, word string) (schema.GroupVersionResource, error) {
	full, short := schema.ParseResourceArg(strings.ToLower(word))
	if full != nil {
		if found, err := mapper.ResourceFor(*full); err == nil {
			return found, nil
		}
	}
	return mapper.ResourceFor(short.WithVersion(""))
}
