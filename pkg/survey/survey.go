// Package survey finds out how members stand to federated objects: it reads what they have, has them try what KubeFed
// would write, and puts both to package drift for the verdict.
//
// A survey costs a member one LIST for each type, or one GET for each of a few objects, and a dry run for what KubeFed
// may write: what its own record proves untouched is not asked about. Members are asked at the same time, and one that
// does not answer costs only its own part.
package survey

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Options are what a survey may do beside the usual.
type Options struct {
	// Full asks members about everything, also about what KubeFed has on record as untouched.
	Full bool
	// Listed asks members for what they have, and tries nothing: a write that KubeFed will send is then a write, whatever
	// the member would say to it.
	Listed bool
	// Light leaves out what members have of objects that are as they should be: for many, only metadata is read.
	Light bool
	// Everything compares also what servers keep for themselves, managed fields for one.
	Everything bool
}

// allTime bounds what one member takes for all objects; each request to it has a deadline of its own, and the first
// that is not answered in time is the last.
const allTime = time.Hour

// Objects asks every member about every federated object. It returns the objects with a result for each member, in the
// order of both, and an error for each member that could not be asked to the end, which names it.
func Objects(ctx context.Context, host *member.Host, members []member.Member, objects []member.Federated, o Options) ([]drift.Object, []error) {
	facts := startFacts(ctx, host, objects)
	outcomes := member.Each(ctx, members, allTime, func(ctx context.Context, m member.Member) ([]answer, error) {
		return ask(ctx, host, m, objects, o)
	})
	var failed []error
	for i, out := range outcomes {
		if out.Err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", out.Member.Name, out.Err))
			outcomes[i].Value = unreached(out, objects)
		}
	}
	known := <-facts
	known.warn(ctx, host, outcomes)
	return known.explained(objects, outcomes, o), failed
}

// answer is what came of one object in one member, and of what.
type answer struct {
	in     drift.Input
	result drift.Result
}

// unreached fills up the answers of a member that did not give all.
func unreached(out member.Outcome[[]answer], objects []member.Federated) []answer {
	answers := slices.Clone(out.Value)
	for i := range objects {
		if i >= len(answers) {
			answers = append(answers, answer{})
		}
		if answers[i].result.Cluster == "" {
			answers[i].result = drift.Unreached(out.Member.Name, out.Err.Error())
		}
	}
	return answers
}

// explained puts the answers of all members together by object.
func (f *facts) explained(objects []member.Federated, outcomes []member.Outcome[[]answer], o Options) []drift.Object {
	now := metav1.Now()
	all := make([]drift.Object, len(objects))
	for i, object := range objects {
		all[i] = Describe(object)
		for _, out := range outcomes {
			in, result := out.Value[i].in, out.Value[i].result
			if in.Federated != nil {
				in.Now, in.Preference = now, f.preference(object)
				in.Updates, in.SaidCause = f.updates[f.key(object, in.Cluster)], f.warnings[f.key(object, in.Cluster)]
				result = drift.Explain(in, result)
			}
			if o.Everything && len(result.Changes) > 0 {
				result.Changes = drift.CompareAll(result.Live, result.After)
			}
			all[i].Results = append(all[i].Results, result)
		}
	}
	return all
}

// Describe names a federated object and its target; there are no results yet.
func Describe(f member.Federated) drift.Object {
	fed, target := f.Type.Federated, f.Type.Target
	object := drift.Object{
		ID:        f.ID(),
		Federated: drift.Reference{APIVersion: fed.APIVersion(), Kind: fed.Kind, Resource: fed.Resource().String(), Namespace: f.Object.GetNamespace(), Name: f.Object.GetName()},
		Target:    drift.Reference{APIVersion: target.APIVersion(), Kind: target.Kind, Resource: target.Resource().String(), Name: f.Object.GetName()},
	}
	if target.Namespaced {
		object.Target.Namespace = f.Object.GetNamespace()
	}
	return object
}

// Member asks one member about every object, until it can't be asked any more. What is not known by asking it, such as
// who undoes whose writes, is left out.
func Member(ctx context.Context, host *member.Host, m member.Member, objects []member.Federated) ([]drift.Result, error) {
	answers, err := ask(ctx, host, m, objects, Options{})
	var results []drift.Result
	for _, a := range answers {
		if a.result.Cluster == "" {
			break
		}
		results = append(results, a.result)
	}
	return results, err
}
