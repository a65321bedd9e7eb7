package federate

import (
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// placed tells whether the placement was said, and not left to the default.
func (o *Options) placed() bool {
	return len(o.Clusters) > 0 || o.ClusterSelector != "" || o.AllClusters
}

// placing is what the flags say of placement, among the members; now are those that it places on today.
func (o *Options) placing(members []member.Member) (placing federation.NewOptions, now []string, err error) {
	placing.PinAPIVersion = o.PinAPIVersion
	switch {
	case o.AllClusters:
		placing.Selector = &metav1.LabelSelector{}
		return placing, factory.Names(members), nil
	case o.ClusterSelector != "":
		placing.Selector, now, err = bySelector(o.ClusterSelector, members)
		return placing, now, err
	}
	picked, err := factory.Pick(members, o.Clusters)
	if err != nil {
		return placing, nil, err
	}
	if len(picked) == 0 {
		return placing, nil, hint.Add(errors.New("no cluster has joined, so there is nowhere to place it"), "kubectl fed join CLUSTER%s", o.HostFlag())
	}
	placing.Clusters = factory.Names(picked)
	return placing, placing.Clusters, nil
}

func bySelector(text string, members []member.Member) (*metav1.LabelSelector, []string, error) {
	parsed, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, nil, fmt.Errorf("--cluster-selector %s: %w", text, err)
	}
	selector, err := metav1.LabelSelectorAsSelector(parsed)
	if err != nil {
		return nil, nil, fmt.Errorf("--cluster-selector %s: %w", text, err)
	}
	var now []string
	for _, m := range members {
		if selector.Matches(labels.Set(m.Labels)) {
			now = append(now, m.Name)
		}
	}
	return parsed, now, nil
}

// meant gives the clusters of overrides the names that they have joined under, and checks that they are placed.
func (o *Options) meant(members []member.Member, placed []string) error {
	name := func(cluster, flag string) (string, error) {
		meant, err := factory.Pick(members, []string{cluster})
		if err != nil {
			return "", fmt.Errorf("%s: %w", flag, err)
		}
		if !slices.Contains(placed, meant[0].Name) {
			return "", fmt.Errorf("%s: %s is not among --clusters, so this would change nothing", flag, meant[0].Name)
		}
		return meant[0].Name, nil
	}
	var err error
	for i, a := range o.Overrides {
		if o.Overrides[i].Cluster, err = name(a.Cluster, "--override "+a.String()); err != nil {
			return err
		}
	}
	for i, e := range o.Edits {
		if o.Edits[i].Cluster, err = name(e.Cluster, e.Flag); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) options(placing federation.NewOptions, members []string) federating.Options {
	return federating.Options{
		Placing: placing, Placed: o.placed(), Overrides: o.Overrides, Edits: o.Edits,
		KeepAnnotations: o.KeepAnnotations, Members: members, FederateNamespace: o.FederateNamespace,
	}
}
