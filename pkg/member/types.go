package member

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Types lists the types that have a FederatedTypeConfig, sorted by name.
func (h *Host) Types(ctx context.Context) ([]federation.Type, error) {
	configs, err := h.TypeConfigs(ctx)
	if err != nil {
		return nil, err
	}
	var all []federation.Type
	for i := range configs {
		all = append(all, federation.TypeOf(&configs[i]))
	}
	return all, nil
}

// TypeConfigs lists the FederatedTypeConfigs, sorted by name.
func (h *Host) TypeConfigs(ctx context.Context) ([]v1beta1.FederatedTypeConfig, error) {
	list, err := h.Client.Resource(typeConfigs).Namespace(h.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("%s: listing the federated types: %w", h.Context, Plain(err))
	}
	var all []v1beta1.FederatedTypeConfig
	for _, item := range list.Items {
		var config v1beta1.FederatedTypeConfig
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &config); err != nil {
			return nil, fmt.Errorf("%s: reading FederatedTypeConfig %s: %w", h.Context, item.GetName(), err)
		}
		all = append(all, config)
	}
	slices.SortFunc(all, func(a, b v1beta1.FederatedTypeConfig) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// FindType finds the type that a user means by a word: any name that kubectl understands for the target or
// for the federated resource (deploy, deployments.apps, fdeploy).
func (h *Host) FindType(types []federation.Type, word string) (federation.Type, error) {
	if t, ok := named(types, word); ok {
		return t, nil
	}
	meant, err := h.resources(word)
	if err != nil {
		return federation.Type{}, fmt.Errorf("%s: %w", h.Context, err)
	}
	for _, resource := range meant {
		for _, t := range types {
			if t.Target.Resource() == resource || t.Federated.Resource() == resource {
				return t, nil
			}
		}
	}
	err = fmt.Errorf("%s is not a federated type in %s", meant[0], h.Context)
	return federation.Type{}, hint.Add(err, "kubectl fed enable %s --context %s", meant[0], h.Context)
}

// shortNames are the short names of kinds that Kubernetes has always had, by resource.
var shortNames = map[string]string{
	"cm": "configmaps", "cj": "cronjobs.batch", "deploy": "deployments.apps", "ds": "daemonsets.apps", "ing": "ingresses.networking.k8s.io",
	"ns": "namespaces", "pvc": "persistentvolumeclaims", "rs": "replicasets.apps", "sa": "serviceaccounts", "sts": "statefulsets.apps",
	"svc": "services",
}

// named finds the type that a word names in full, without asking anybody: the only one whose kind or resource it is,
// or whose well-known short name.
func named(types []federation.Type, word string) (federation.Type, bool) {
	word = strings.ToLower(word)
	if full := shortNames[word]; full != "" {
		word = full
	}
	found := slices.DeleteFunc(slices.Clone(types), func(t federation.Type) bool { return !isNamed(t.Target, word) && !isNamed(t.Federated, word) })
	if len(found) != 1 {
		return federation.Type{}, false
	}
	return found[0], true
}

func isNamed(api federation.API, word string) bool {
	kind := strings.ToLower(api.Kind)
	return word == api.Plural || word == kind || word == api.Resource().String() || word == kind+"."+api.Group
}

// resources are the API resources that a word may stand for, the likeliest first; at least one.
func (h *Host) resources(word string) ([]schema.GroupResource, error) {
	full, short := schema.ParseResourceArg(strings.ToLower(word))
	var found []schema.GroupVersionResource
	if full != nil {
		found, _ = h.Mapper.ResourcesFor(*full) // "deployments.v1.apps"; else the word is read the other way
	}
	if len(found) == 0 {
		var err error
		found, err = h.Mapper.ResourcesFor(short.WithVersion(""))
		if err != nil && !meta.IsNoMatchError(err) {
			return nil, fmt.Errorf("finding the resource type %q: %w", word, Plain(err))
		}
		if err != nil {
			return nil, hint.Add(fmt.Errorf("the server doesn't have a resource type %q", word), "kubectl api-resources --context %s", h.Context)
		}
	}
	var resources []schema.GroupResource
	for _, r := range found {
		if !slices.Contains(resources, r.GroupResource()) {
			resources = append(resources, r.GroupResource())
		}
	}
	return resources, nil
}
