package enabling

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Resource is one resource type that a cluster serves, in one version.
type Resource struct {
	federation.API
	Singular   string
	ShortNames []string
	Verbs      []string
	Scalable   bool // it has a subresource scale
	Preferred  bool // it is the version that clients shall use
}

// Catalog is what a cluster serves.
type Catalog struct {
	Context   string // the kubeconfig context of the cluster, for hints; "" for none
	Resources []Resource
	// Failed are the group versions whose servers did not answer, with the reason: an aggregated API that is down
	// hides its own types and no others.
	Failed map[schema.GroupVersion]error
}

// Discover asks a cluster for all that it serves.
func Discover(ctx context.Context, config *rest.Config) (Catalog, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return Catalog{}, err
	}
	groups, lists, err := client.ServerGroupsAndResourcesWithContext(ctx)
	failed, partial := discovery.GroupDiscoveryFailedErrorGroups(err)
	if err != nil && !partial {
		return Catalog{}, member.Plain(err)
	}
	c := Catalog{Failed: failed}
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return c, err
		}
		c.add(gv, list.APIResources)
	}
	c.prefer(groups)
	return c, nil
}

func (c *Catalog) add(gv schema.GroupVersion, resources []metav1.APIResource) {
	for _, r := range resources {
		if strings.Contains(r.Name, "/") {
			continue
		}
		c.Resources = append(c.Resources, Resource{
			API:      federation.API{Group: gv.Group, Version: gv.Version, Kind: r.Kind, Plural: r.Name, Namespaced: r.Namespaced},
			Singular: r.SingularName, ShortNames: r.ShortNames, Verbs: r.Verbs,
			Scalable: slices.ContainsFunc(resources, func(s metav1.APIResource) bool { return s.Name == r.Name+"/scale" }),
		})
	}
}

// prefer marks the version of each resource that clients shall use: the group's preferred one or, where that has
// no such resource, the first that has it.
func (c *Catalog) prefer(groups []*metav1.APIGroup) {
	rank := map[schema.GroupVersion]int{}
	for _, group := range groups {
		for i, v := range group.Versions {
			rank[schema.GroupVersion{Group: group.Name, Version: v.Version}] = i + 1
		}
		rank[schema.GroupVersion{Group: group.Name, Version: group.PreferredVersion.Version}] = 0
	}
	best := map[schema.GroupResource]int{}
	for i, r := range c.Resources {
		if b, ok := best[r.Resource()]; !ok || rank[r.GVK().GroupVersion()] < rank[c.Resources[b].GVK().GroupVersion()] {
			best[r.Resource()] = i
		}
	}
	for _, i := range best {
		c.Resources[i].Preferred = true
	}
}

// Serves tells whether the cluster serves an API in its version. The error says that it can't be told.
func (c *Catalog) Serves(api federation.API) (bool, error) {
	if slices.ContainsFunc(c.Resources, func(r Resource) bool { return r.API == api }) {
		return true, nil
	}
	if err := c.Failed[api.GVK().GroupVersion()]; err != nil {
		return false, fmt.Errorf("its API %s does not answer: %w", api.APIVersion(), member.Plain(err))
	}
	return false, nil
}

// in is the flag that leads to the cluster, for hints.
func (c *Catalog) in() string {
	if c.Context == "" {
		return ""
	}
	return " --context " + c.Context
}

// find is the resource of that name in one version or, for "", in the preferred one.
func (c *Catalog) find(name schema.GroupResource, version string) (Resource, bool) {
	i := slices.IndexFunc(c.Resources, func(r Resource) bool {
		return r.Resource() == name && (r.Version == version || version == "" && r.Preferred)
	})
	if i < 0 {
		return Resource{}, false
	}
	return c.Resources[i], true
}
