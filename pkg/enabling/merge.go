package enabling

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// at is where an object of the host lies.
func (s *Scene) at(api federation.API, namespace string) dynamic.ResourceInterface {
	if api.Namespaced {
		return s.Host.Client.Resource(api.GVR()).Namespace(namespace)
	}
	return s.Host.Client.Resource(api.GVR())
}

// read reads the object of the same name; nil where there is none.
func (s *Scene) read(ctx context.Context, api federation.API, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	found, err := s.at(api, object.GetNamespace()).Get(ctx, object.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: reading %s %s: %w", s.Host.Context, api.Kind, object.GetName(), member.Plain(err))
	}
	return found, nil
}

// stepFor is the step from what is there to what is wanted.
func stepFor(api federation.API, before, wanted *unstructured.Unstructured, merge func(into, from *unstructured.Unstructured)) Step {
	if before == nil {
		return Step{api, wanted, Created}
	}
	after := before.DeepCopy()
	merge(after, wanted)
	if reflect.DeepEqual(before.Object, after.Object) {
		return Step{api, before, Unchanged}
	}
	return Step{api, after, Configured}
}

// mergeDefinition has the definition that is there serve the federated kind as we would make it. Other versions
// and names stay, and so does which version is stored.
func mergeDefinition(into, from *unstructured.Unstructured) {
	spec, ours := child(into.Object, "spec"), child(from.Object, "spec")
	names := child(spec, "names")
	for _, field := range []string{"shortNames", "categories"} {
		if list := union(names[field], child(ours, "names")[field]); len(list) > 0 {
			names[field] = list
		}
	}
	wanted, _ := ours["versions"].([]any)[0].(map[string]any)
	versions, _ := spec["versions"].([]any)
	for _, v := range versions {
		if version, ok := v.(map[string]any); ok && version["name"] == wanted["name"] {
			version["served"] = true
			for _, field := range []string{"schema", "subresources", "additionalPrinterColumns"} {
				version[field] = wanted[field]
			}
			return
		}
	}
	wanted["storage"] = len(versions) == 0
	spec["versions"] = append(versions, wanted)
}

// mergeConfig sets what enabling decides, and leaves statuses as they are collected unless that was asked for.
func mergeConfig(into, from *unstructured.Unstructured, status *bool) {
	spec, ours := child(into.Object, "spec"), child(from.Object, "spec")
	for _, field := range []string{"targetType", "federatedType", "propagation"} {
		spec[field] = ours[field]
	}
	switch {
	case status == nil:
	case *status:
		spec["statusCollection"] = "Enabled"
		if own, ok := ours["statusType"]; ok {
			spec["statusType"] = own
		}
	case spec["statusCollection"] != nil:
		spec["statusCollection"] = "Disabled"
	}
}

// child is the map at a field, made where there is none.
func child(of map[string]any, field string) map[string]any {
	if m, ok := of[field].(map[string]any); ok {
		return m
	}
	m := map[string]any{}
	of[field] = m
	return m
}

// union is a list with what it lacks of another.
func union(a, b any) []any {
	have, _ := a.([]any)
	more, _ := b.([]any)
	all := slices.Clone(have)
	for _, item := range more {
		if !slices.Contains(all, item) {
			all = append(all, item)
		}
	}
	return all
}
