package federate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// placement is the members that are meant, and checks that the overrides are for some of them.
func (o *Options) placement(members []member.Member) ([]string, error) {
	picked, err := factory.Pick(members, o.Clusters)
	if err != nil {
		return nil, err
	}
	if len(picked) == 0 {
		return nil, hint.Add(errors.New("no cluster has joined, so there is nowhere to place it"), "kubectl fed join CLUSTER%s", o.HostFlag())
	}
	placed := factory.Names(picked)
	for i, a := range o.Overrides {
		meant, err := factory.Pick(members, []string{a.Cluster})
		if err != nil {
			return nil, fmt.Errorf("--override %s: %w", a, err)
		}
		o.Overrides[i].Cluster = meant[0].Name
		if !slices.Contains(placed, meant[0].Name) {
			return nil, fmt.Errorf("--override %s: %s is not among --clusters, so this would change nothing", a, meant[0].Name)
		}
	}
	return placed, nil
}

// convert makes the federated objects.
func (o *Options) convert(ctx context.Context, host *member.Host, namespace string, placed []string) ([]work, error) {
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	var all []work
	for _, object := range o.Objects {
		kind, err := host.FindType(types, object.Type)
		if err != nil {
			return nil, err
		}
		live, err := host.Object(ctx, kind.Target, namespace, object.Name)
		if err != nil {
			return nil, err
		}
		one, err := o.convertOne(kind, live, placed)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", kind.Target.Resource(), object.Name, err)
		}
		one.called = object
		if slices.ContainsFunc(all, one.same) {
			return nil, fmt.Errorf("%s was named twice", object)
		}
		all = append(all, one)
	}
	// a namespace before what is in it
	slices.SortStableFunc(all, func(a, b work) int {
		switch {
		case a.kind.IsNamespace() == b.kind.IsNamespace():
			return 0
		case a.kind.IsNamespace():
			return -1
		}
		return 1
	})
	return all, nil
}

// same tells whether two are one object.
func (w work) same(other work) bool {
	return w.kind.Name == other.kind.Name && w.federated.GetName() == other.federated.GetName()
}

// convertOne makes one federated object, and tries its overrides on what KubeFed will create in each member.
func (o *Options) convertOne(kind federation.Type, live *unstructured.Unstructured, placed []string) (work, error) {
	w := work{kind: kind}
	var err error
	if w.federated, w.dropped, err = federation.Federate(kind, live, federation.NewOptions{Clusters: placed}); err != nil {
		return w, err
	}
	base, err := federation.Base(kind, w.federated)
	if err != nil {
		return w, err
	}
	overrides, err := federation.ResolveAll(o.Overrides, base)
	if err != nil {
		return w, err
	}
	if err := federation.SetOverrides(w.federated, overrides); err != nil {
		return w, err
	}
	for _, cluster := range placed {
		if _, err := federation.ForCreate(kind, w.federated, cluster); err != nil {
			return w, err
		}
	}
	return w, nil
}
