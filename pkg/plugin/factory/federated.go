package factory

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Selection says which federated objects a command is for.
type Selection struct {
	Objects   []Object // none named means all
	Namespace string   // "" for all namespaces
	Selector  string   // by labels of the federated objects
}

// Federated reads the federated objects that were named, with their placement among the members; without any
// named, all of the namespace. hostFlag is for hints.
func Federated(ctx context.Context, host *member.Host, objects []Object, namespace string, members []member.Member, hostFlag string) ([]member.Federated, error) {
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	found, err := Select(ctx, host, types, Selection{Objects: objects, Namespace: namespace}, members, hostFlag)
	if err != nil {
		return nil, err
	}
	return found, host.Placeable(found)
}

// Select reads the federated objects of a selection among the enabled types. Where the placement of one can't be
// computed, the object says so. hostFlag is for hints.
func Select(ctx context.Context, host *member.Host, types []federation.Type, s Selection, members []member.Member, hostFlag string) ([]member.Federated, error) {
	queries, err := s.queries(host, types)
	if err != nil {
		return nil, err
	}
	found, err := host.Read(ctx, queries, s.Namespace, members)
	var missing *member.MissingError
	if errors.As(err, &missing) {
		err = hint.Add(err, "kubectl fed federate %s %s -n %s%s", missing.Type.Name, missing.Name, s.Namespace, hostFlag)
	}
	return found, err
}

// queries are one for each type. Objects of types without a namespace belong to none, and are read when their type is
// named, or when all namespaces are meant.
func (s Selection) queries(host *member.Host, types []federation.Type) ([]member.Query, error) {
	var queries []member.Query
	if len(s.Objects) == 0 {
		for _, kind := range types {
			if kind.Federated.Namespaced || s.Namespace == "" {
				queries = append(queries, member.Query{Type: kind, Selector: s.Selector})
			}
		}
		return queries, nil
	}
	for _, object := range s.Objects {
		kind, err := host.FindType(types, object.Type)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(queries, func(q member.Query) bool { return q.Type.Name == kind.Name })
		if i < 0 {
			queries, i = append(queries, member.Query{Type: kind, Selector: s.Selector}), len(queries)
		}
		if object.Name != "" && !slices.Contains(queries[i].Names, object.Name) {
			queries[i].Names = append(queries[i].Names, object.Name)
		}
	}
	return queries, nil
}

func asUnstructured(object runtime.Object) (*unstructured.Unstructured, error) {
	if u, ok := object.(*unstructured.Unstructured); ok {
		return u, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	return &unstructured.Unstructured{Object: content}, err
}
