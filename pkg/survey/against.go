package survey

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Between compares what two members have of every object. It returns one result for each object, of the second member,
// and an error for each member that could not be asked.
func Between(ctx context.Context, host *member.Host, first, second member.Member, objects []member.Federated) ([]drift.Object, []error) {
	outcomes := member.Each(ctx, []member.Member{first, second}, allTime, func(ctx context.Context, m member.Member) ([]seen, error) {
		client, err := host.Dial(ctx, m)
		if err != nil {
			return nil, err
		}
		return asking{host: host, member: m, client: client}.look(ctx, objects)
	})
	var failed []error
	for _, out := range outcomes {
		if out.Err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", out.Member.Name, out.Err))
		}
	}
	all := make([]drift.Object, len(objects))
	for i, object := range objects {
		all[i] = Describe(object)
		all[i].Results = []drift.Result{between(object, outcomes, i)}
	}
	return all, failed
}

func between(f member.Federated, outcomes []member.Outcome[[]seen], i int) drift.Result {
	var sides [2]*unstructured.Unstructured
	for n, out := range outcomes {
		switch {
		case out.Err != nil:
			return drift.Unreached(outcomes[1].Member.Name, out.Member.Name+": "+out.Err.Error())
		case out.Value[i].result != nil:
			return drift.Unreached(outcomes[1].Member.Name, out.Member.Name+": "+out.Value[i].result.Cause)
		}
		sides[n] = out.Value[i].live
	}
	return drift.Between(f.Type, outcomes[0].Member.Name, outcomes[1].Member.Name, sides[0], sides[1])
}

// AgainstTemplate compares what each member gets with what it would get without overrides. No member is asked.
func AgainstTemplate(ctx context.Context, host *member.Host, members []member.Member, objects []member.Federated) []drift.Object {
	known := <-startFacts(ctx, host, objects)
	all := make([]drift.Object, len(objects))
	for i, f := range objects {
		all[i] = Describe(f)
		for _, m := range members {
			in := asking{host: host, member: m}.input(f, nil)
			in.Preference = known.preference(f)
			all[i].Results = append(all[i].Results, drift.AgainstTemplate(in))
		}
	}
	return all
}
