package deinit

import (
	"context"
	"errors"
	"fmt"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// federated is what a federation has beside its control plane.
type federated struct {
	scene   *joining.Scene // nil where there is no control plane to ask
	members []member.Member
	objects []string
}

func (f federated) empty() bool { return len(f.members)+len(f.objects) == 0 }

func (f federated) memberNames() []string {
	var names []string
	for _, m := range f.members {
		names = append(names, m.Name)
	}
	return names
}

// federation finds members and federated objects. A control plane that is half removed, or half installed, has none
// that could be found.
func (o *Options) federation(ctx context.Context) (federated, error) {
	host, err := o.Host(ctx)
	var absent *member.NoKubeFedError
	if errors.As(err, &absent) {
		return federated{}, nil
	}
	if err != nil {
		return federated{}, err
	}
	f := federated{}
	if f.scene, err = joining.Look(ctx, host, o.Sources()); err != nil {
		return f, err
	}
	f.members = f.scene.Members
	f.objects, err = objectsOf(ctx, host)
	return f, err
}

// objectsOf names the federated objects and scheduling preferences: shop/federateddeployments/web.
func objectsOf(ctx context.Context, host *member.Host) ([]string, error) {
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	within := "" // KubeFed's own namespace is all that a namespaced control plane looks at
	if host.IsNamespaced() {
		within = host.Namespace
	}
	for _, t := range types {
		objects, err := host.List(ctx, t.Federated, within)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			names = append(names, t.Federated.Resource().String()+" "+named(object.GetNamespace(), object.GetName()))
		}
	}
	preferences, err := host.Preferences(ctx, within)
	for _, object := range preferences {
		names = append(names, "replicaschedulingpreferences "+named(object.GetNamespace(), object.GetName()))
	}
	return names, err
}

func named(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// release takes every member out of the federation: what runs in it stays, without KubeFed's label. A member that
// is not reached is only taken out of the host, and the error, Partial, says what is likely left in it.
func (o *Options) release(ctx context.Context, f federated) error {
	leaving := joining.Leaving{Workloads: joining.Orphan}
	var unreached []error
	for _, m := range f.members {
		departure, err := f.scene.Leave(ctx, m.Name, "")
		if err == nil {
			err = departure.Check(leaving)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		steps, err := departure.Apply(ctx, leaving)
		for _, step := range steps {
			where := m.Name
			if step.InHost {
				where = f.scene.Host.Context
			} else if departure.Context != "" {
				where = departure.Context
			}
			report.Done(o.Streams.Out, step.Object, step.What+" in "+where)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		if departure.Unreached != nil {
			report.List(o.Streams.ErrOut, m.Name+" is not reached, so these are likely left in it:", departure.Left)
			unreached = append(unreached, fmt.Errorf("%s: nothing was removed in the cluster itself: %w", m.Name, departure.Unreached))
		}
	}
	return outcome.As(outcome.Partial, errors.Join(unreached...))
}
