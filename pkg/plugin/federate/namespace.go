package federate

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// enclosing is the FederatedNamespace that has to be made first: nil when none has to be. Where it is missing
// and was not asked for, the call fails: KubeFed would place the object nowhere, and say nothing.
func (o *Options) enclosing(ctx context.Context, host *member.Host, namespace string, placed []string, all []work) (*work, error) {
	first := slices.IndexFunc(all, func(w work) bool { return w.kind.Target.Namespaced })
	federatedHere := func(w work) bool { return w.kind.IsNamespace() && w.federated.GetName() == namespace }
	if host.IsNamespaced() || first < 0 || slices.ContainsFunc(all, federatedHere) {
		return nil, nil
	}
	existing, err := host.FederatedNamespace(ctx, namespace)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", host.Context, err)
	}
	if existing != nil {
		return nil, o.warnCutOff(ctx, host, existing, placed)
	}
	if !o.FederateNamespace {
		err := fmt.Errorf("namespace %s is not federated, so KubeFed would place %s nowhere", namespace, all[first].called)
		return nil, hint.Add(err, "%s", o.Again("--federate-namespace"))
	}
	return o.federatedNamespace(ctx, host, namespace, placed)
}

func (o *Options) federatedNamespace(ctx context.Context, host *member.Host, namespace string, placed []string) (*work, error) {
	types, err := host.Types(ctx)
	if err != nil {
		return nil, err
	}
	kind, err := host.FindType(types, "namespaces")
	if err != nil {
		return nil, err
	}
	live, err := host.Object(ctx, kind.Target, "", namespace)
	if err != nil {
		return nil, err
	}
	w := &work{kind: kind}
	w.federated, w.dropped, err = federation.Federate(kind, live, federation.NewOptions{Clusters: placed})
	return w, err
}

// warnCutOff says which of the members the namespace's own placement leaves out.
func (o *Options) warnCutOff(ctx context.Context, host *member.Host, federatedNamespace *unstructured.Unstructured, placed []string) error {
	members, err := host.Members(ctx)
	if err != nil {
		return err
	}
	allowed, err := host.NamespacePlacement(federatedNamespace, members)
	if err != nil {
		return err
	}
	for _, cluster := range placed {
		if !slices.Contains(allowed, cluster) {
			report.Warning(o.Streams.ErrOut, "%s will not get it: FederatedNamespace %s is not placed there", cluster, federatedNamespace.GetName())
		}
	}
	return nil
}
