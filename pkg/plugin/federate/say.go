package federate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// word is the type of a step as it was called.
func word(s *federating.Step) string {
	kind, _, _ := strings.Cut(s.Called, "/")
	return kind
}

// tell says where it goes, what does not travel, and what the user should know.
func (o *Options) tell(host *member.Host, plan *federating.Plan, members []member.Member, placed []string) {
	report.Line(o.said(), "host: %s", host.Context)
	created := slices.ContainsFunc(plan.Steps, func(s *federating.Step) bool { return s.Change == federating.Create })
	switch {
	case !created && !o.placed():
		report.Line(o.said(), "placement: as it is")
	case o.AllClusters || o.ClusterSelector != "":
		report.PlacementBySelector(o.said(), o.ClusterSelector, append([]string{}, placed...))
	default:
		report.Placement(o.said(), placed, len(o.Clusters) == 0)
	}
	if itself := host.Itself(members); created && itself != "" && slices.Contains(placed, itself) {
		report.Warning(o.Streams.ErrOut, "%s is the host itself: KubeFed takes over the plain objects there", itself)
	}
	for _, pair := range plan.CutOff() {
		report.Warning(o.Streams.ErrOut, "%s will not get it: FederatedNamespace %s is not placed there", pair[0], pair[1])
	}
	for _, m := range members {
		if slices.Contains(placed, m.Name) && !m.Ready {
			report.Warning(o.Streams.ErrOut, "%s is not ready, and gets it when it is: %s", m.Name, m.NotReady)
		}
	}
	o.tellDropped(plan)
}

// tellOffline says what can be told without a cluster.
func (o *Options) tellOffline(plan *federating.Plan, placing federation.NewOptions, why error) {
	report.Line(o.said(), "offline: %v", why)
	if placing.Selector != nil {
		report.PlacementBySelector(o.said(), o.ClusterSelector, nil)
	} else {
		report.Placement(o.said(), placing.Clusters, false)
	}
	for _, namespace := range plan.Unfederated() {
		report.Warning(o.Streams.ErrOut, "namespace %s has to be federated too, or KubeFed places nothing in it (--federate-namespace)", namespace)
	}
	o.tellDropped(plan)
}

// tellDropped says what does not travel, and what to beware of.
func (o *Options) tellDropped(plan *federating.Plan) {
	var all []report.DroppedFrom
	hidden := false
	for _, s := range plan.Steps {
		if s.Change == federating.None {
			continue
		}
		dropped := slices.DeleteFunc(slices.Clone(s.Dropped), func(d federation.Dropped) bool { return d.IsNoise() && !o.Explain })
		hidden = hidden || len(dropped) < len(s.Dropped)
		if o.Explain {
			dropped = append(dropped, federation.Bookkeeping(s.Object)...)
		}
		if !s.Type.IsNamespace() || s.Named || len(dropped) > 0 {
			all = append(all, report.DroppedFrom{Object: s.ID(), All: dropped})
		}
		for _, caution := range federation.Cautions(s.Type, s.Object) {
			report.Warning(o.Streams.ErrOut, "%s: %s", s.ID(), caution)
		}
		if s.IsCopy() {
			report.Warning(o.Streams.ErrOut, "%s: the host has KubeFed's copy of it, so the template stays as it is", s.ID())
		}
	}
	report.Dropped(o.said(), all)
	if hidden {
		report.Line(o.said(), "not carried: what one cluster keeps for itself (--explain names it)")
	}
}

// adopt names what members have already, and has the user agree.
func (o *Options) adopt(ctx context.Context, host *member.Host, plan *federating.Plan, members []member.Member) error {
	found, unasked := plan.Adoptions(ctx, host, members, *o.Timeout)
	for _, u := range unasked {
		report.Warning(o.Streams.ErrOut, "%s can't be asked for what it has already: %v", u.Cluster, u.Err)
	}
	var taken []report.Adopted
	for _, a := range found {
		switch {
		case a.Itself:
		case a.Forbidden:
			report.Warning(o.Streams.ErrOut, "%s has %s with the label %s=false, so KubeFed leaves it alone there", a.Cluster, a.Step.ID(), federation.ManagedLabel)
		case host.NoAdoption():
			report.Warning(o.Streams.ErrOut, "%s has %s already, and KubeFed is told to adopt nothing (adoptResources): it leaves it alone there", a.Cluster, a.Step.ID())
		default:
			taken = append(taken, report.Adopted{Object: a.Step.ID(), Cluster: a.Cluster})
		}
	}
	if len(taken) == 0 {
		return nil
	}
	report.Adoptions(o.Streams.Out, taken)
	switch {
	case o.Adopt || o.DryRun != "none":
		return nil
	case !report.IsTerminal(o.Streams.Out):
		err := fmt.Errorf("%s in members would be taken over, and nobody is here to be asked", report.Count(len(taken), "object"))
		return hint.Add(err, "%s", o.Again("--adopt"))
	case !report.Confirm(o.Streams.In, o.Streams.Out, "Let KubeFed take them over?"):
		return errors.New("nothing was done")
	}
	return nil
}

// refusals are the errors of an answer.
func refusals(a federating.Answer) []error {
	var errs []error
	for _, r := range a.Results {
		if r.Verdict == drift.Blocked || r.Verdict == drift.Unknown {
			errs = append(errs, fmt.Errorf("%s: %s: %s", r.Cluster, a.Step.ID(), r.Cause))
		}
	}
	return errs
}

// print prints the federated objects. Secrets are left out unasked.
func (o *Options) print(plan *federating.Plan) error {
	var objects []*unstructured.Unstructured
	hidden := false
	for _, s := range plan.Steps {
		if s.IsSecret() && !o.ShowSecrets {
			report.Warning(o.Streams.ErrOut, "%s is left out: it is a Secret", s.ID())
			hidden = true
			continue
		}
		objects = append(objects, printed(s.After))
	}
	if hidden {
		report.Hint(o.Streams.ErrOut, o.Again("--show-secrets"))
	}
	return report.Manifests(o.Streams.Out, o.Output, objects)
}

// printed is an object without what only its API server writes.
func printed(fed *unstructured.Unstructured) *unstructured.Unstructured {
	out := fed.DeepCopy()
	for _, field := range []string{"creationTimestamp", "finalizers", "generation", "managedFields", "resourceVersion", "uid"} {
		unstructured.RemoveNestedField(out.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(out.Object, "status")
	return out
}
