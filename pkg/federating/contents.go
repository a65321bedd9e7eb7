package federating

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Skipped is an object of a namespace that does not travel with it, and why.
type Skipped struct {
	Resource, Name string
	Reason         string
}

// Contents is what lies in a namespace.
type Contents struct {
	Items   []Item
	Skipped []Skipped
	// Hidden are the types that the user may not list.
	Hidden []string
	// Broken are the API groups whose servers don't answer.
	Broken []string
}

// Contents lists all of the source's namespace, save for what controllers made and the types that skip names: by
// any name of the resource, by its kind, or a whole group.
func (s Source) Contents(ctx context.Context, skip []string) (*Contents, error) {
	apis, broken, err := s.Host.NamespacedAPIs()
	if err != nil {
		return nil, err
	}
	out := &Contents{}
	for _, gv := range broken {
		out.Broken = append(out.Broken, gv.String())
	}
	slices.Sort(out.Broken)
	named := s.named(skip)
	wanted := slices.DeleteFunc(apis, func(api federation.API) bool { return s.isSkipped(api, skip, named) })
	lists := make([][]*unstructured.Unstructured, len(wanted))
	hidden := make([]bool, len(wanted))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, api := range wanted {
		api = s.itemOf(api).API
		wanted[i] = api
		all.Go(func() error {
			objects, err := s.Host.Select(ctx, api, s.Namespace, "")
			switch {
			case apierrors.IsMethodNotSupported(err):
				return nil
			case apierrors.IsForbidden(err):
				hidden[i] = true
				return nil
			case err != nil:
				return fmt.Errorf("%s: listing %s: %w", s.Host.Context, api.Resource(), err)
			}
			lists[i] = objects
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	for i, api := range wanted {
		if hidden[i] {
			out.Hidden = append(out.Hidden, api.Resource().String())
		}
		out.add(s.itemOf(api), lists[i])
	}
	slices.Sort(out.Hidden)
	out.skipClaims()
	sortItems(out.Items)
	return out, nil
}

// named are the resources that words mean, where they mean any: a group is none.
func (s Source) named(words []string) []schema.GroupResource {
	var found []schema.GroupResource
	for _, word := range words {
		if api, err := s.Host.Resource(word); err == nil {
			found = append(found, api.Resource())
		}
	}
	return found
}

// isSkipped leaves out what never travels before it is listed, save for what a user might miss: that is listed,
// so that it can be said.
func (s Source) isSkipped(api federation.API, skip []string, named []schema.GroupResource) bool {
	r := api.Resource()
	if federation.MachineType(r) != "" && r.String() != "pods" || s.isFederated(api) || slices.Contains(named, r) {
		return true
	}
	return slices.ContainsFunc(skip, func(word string) bool {
		return api.Group != "" && word == api.Group || strings.EqualFold(word, api.Kind) || word == api.Plural || word == r.String()
	})
}

// isFederated tells whether the objects of an API are federated ones.
func (s Source) isFederated(api federation.API) bool {
	return slices.ContainsFunc(s.Types, func(t federation.Type) bool { return t.Federated.Resource() == api.Resource() })
}

// add sorts the objects of one type into what travels and what does not.
func (c *Contents) add(kind Item, objects []*unstructured.Unstructured) {
	for _, object := range objects {
		reason := federation.MadeByMachine(object)
		if reason == "" {
			reason = federation.MachineType(kind.API.Resource())
		}
		if reason != "" {
			c.Skipped = append(c.Skipped, Skipped{Resource: kind.API.Resource().String(), Name: object.GetName(), Reason: reason})
			continue
		}
		one := kind
		one.Object, one.Called, one.Live = object, kind.API.Plural+"/"+object.GetName(), true
		c.Items = append(c.Items, one)
	}
}

// skipClaims takes out the claims that StatefulSets make.
func (c *Contents) skipClaims() {
	var sets []*unstructured.Unstructured
	for _, item := range c.Items {
		if item.API.Kind == "StatefulSet" {
			sets = append(sets, item.Object)
		}
	}
	c.Items = slices.DeleteFunc(c.Items, func(item Item) bool {
		if item.API.Kind != "PersistentVolumeClaim" {
			return false
		}
		reason := federation.ClaimOf(item.Object, sets)
		if reason != "" {
			c.Skipped = append(c.Skipped, Skipped{Resource: item.API.Resource().String(), Name: item.Object.GetName(), Reason: reason})
		}
		return reason != ""
	})
}
