package factory

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Federated reads the federated objects that were named, with their placement among the members; without any
// named, all of the namespace. hostFlag is for hints.
func Federated(ctx context.Context, host *member.Host, objects []Object, namespace string, members []member.Member, hostFlag string) ([]member.Federated, error) {
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	if len(objects) == 0 {
		return allFederated(ctx, host, types, namespace, members)
	}
	var found []member.Federated
	for _, object := range objects {
		kind, err := host.FindType(types, object.Type)
		if err != nil {
			return nil, err
		}
		some, err := host.Federated(ctx, kind, namespace, object.names(), members)
		var missing *member.MissingError
		if errors.As(err, &missing) {
			err = hint.Add(err, "kubectl fed federate %s %s -n %s%s", object.Type, missing.Name, namespace, hostFlag)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// names is the name of an object that has one.
func (o Object) names() []string {
	if o.Name == "" {
		return nil
	}
	return []string{o.Name}
}

// allFederated reads the federated objects of every type that lie in the namespace. Those of types without a
// namespace belong to none, and are read when they are named.
func allFederated(ctx context.Context, host *member.Host, types []federation.Type, namespace string, members []member.Member) ([]member.Federated, error) {
	var objects []member.Federated
	for _, kind := range types {
		if !kind.Federated.Namespaced {
			continue
		}
		found, err := host.Federated(ctx, kind, namespace, nil, members)
		if err != nil {
			return nil, err
		}
		objects = append(objects, found...)
	}
	return objects, nil
}

func asUnstructured(object runtime.Object) (*unstructured.Unstructured, error) {
	if u, ok := object.(*unstructured.Unstructured); ok {
		return u, nil
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	return &unstructured.Unstructured{Object: content}, err
}
