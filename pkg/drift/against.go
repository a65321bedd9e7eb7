package drift

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Between compares the targets that two members have, either nil for none. What
// each cluster allots for itself is left out: addresses, node ports, the
// revision that the controller of Deployments counts.
func Between(t federation.Type, first, second string, a, b *unstructured.Unstructured) Result {
	r := Result{Cluster: second, Verdict: Same, Live: a, After: b}
	switch {
	case a == nil && b == nil:
		r.Verdict, r.Cause = NotTargeted, "neither has it"
	case a == nil:
		r.Verdict, r.Cause = Different, "only "+second+" has it"
	case b == nil:
		r.Verdict, r.Cause = Different, "only "+first+" has it"
	default:
		r.Changes = CompareAlike(withoutAllotted(t, a), withoutAllotted(t, b))
		if len(r.Changes) > 0 {
			r.Verdict = Different
		}
	}
	return r
}

// withoutAllotted is an object without what its cluster allotted.
func withoutAllotted(t federation.Type, obj *unstructured.Unstructured) *unstructured.Unstructured {
	out := federation.WithoutAllotted(t, obj)
	annotations := out.GetAnnotations()
	if _, ok := annotations[revision]; ok {
		delete(annotations, revision)
		out.SetAnnotations(annotations)
	}
	return out
}

// AgainstTemplate compares what the template alone would make in a member with
// what it is made there with the overrides.
func AgainstTemplate(in Input) Result {
	r := Result{Cluster: in.Cluster, Verdict: Same}
	if !in.Placed {
		r.Verdict, r.Cause = NotTargeted, in.Reason.String()
		return r
	}
	plain := in.Federated.DeepCopy()
	unstructured.RemoveNestedField(plain.Object, "spec", "overrides")
	before, err := federation.ForCreate(in.Type, plain, in.Cluster)
	after, errAfter := federation.ForCreate(in.Type, in.Federated, in.Cluster)
	if err = firstOf(err, errAfter); err != nil {
		d := unrendered(err)
		return Result{Cluster: in.Cluster, Verdict: d.Verdict, Cause: d.Cause}
	}
	r.Live, r.After = before, after
	if r.Changes = Compare(before, after); len(r.Changes) > 0 {
		r.Verdict = Different
		sources := sourcesOf(in)
		r.Changes = slices.Clone(r.Changes)
		for i, c := range r.Changes {
			r.Changes[i].Origin = sources.of(c)
		}
	}
	return r
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
