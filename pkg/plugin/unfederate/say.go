package unfederate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/releasing"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// dryRun says what would be let go of, and where it would run on.
func (o *Options) dryRun(ctx context.Context, r *releasing.Release) error {
	kind := " (dry run)"
	if o.DryRun == "server" {
		kind = " (server dry run)"
		all := func(releasing.Object, bool) {} // what it says is said below
		if err := releasing.OrphanAll(ctx, r.Host, r.Objects, true, []string{"All"}, all); err != nil {
			return err
		}
	}
	for i, one := range r.Objects {
		report.Done(o.Streams.Out, one.Object, "deleted"+kind)
		report.StaysIn(o.Streams.Out, one.ID(), r.Placements[i].Clusters)
	}
	return nil
}

// hangs is the error for objects that KubeFed does not let go of in time. They are marked and deleted, so that it
// goes on by itself once KubeFed is back.
func (o *Options) hangs(ctx context.Context, host *member.Host, still []releasing.Object) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var errs []error
	for _, one := range still {
		errs = append(errs, fmt.Errorf("%s: after %s KubeFed has not let go of it: its controllers don't run, or have trouble; "+
			"it is marked for orphaning and deleted, and goes when they are back", one.ID(), o.WaitTimeout))
	}
	return outcome.As(outcome.Timeout, hint.Add(errors.Join(errs...), "kubectl get pods -n %s --context %s", host.Namespace, host.Context))
}

// verdict says what became of each object in each member. Members that can't be asked make it partial.
func (o *Options) verdict(verdicts []releasing.Verdict, members int) error {
	var rows []report.Released
	var wrong, stays []error
	unreached := map[string]error{}
	for _, v := range verdicts {
		switch {
		case v.Unreached:
			unreached[v.Cluster] = fmt.Errorf("%s: %s; KubeFed takes its label off there when the cluster is back", v.Cluster, v.Problem)
		case v.Problem == releasing.LabelStays:
			stays = append(stays, fmt.Errorf("%s: %s: %s after %s", v.Cluster, v.Object.ID(), v.Problem, o.WaitTimeout))
		case v.Problem != "":
			wrong = append(wrong, fmt.Errorf("%s: %s: %s", v.Cluster, v.Object.ID(), v.Problem))
		default:
			rows = append(rows, report.Released{Object: v.Object.ID(), Cluster: v.Cluster, Pods: v.Pods, Absent: v.Absent})
		}
	}
	report.ReleasedObjects(o.Streams.Out, rows)
	if len(wrong) > 0 {
		return errors.Join(append(wrong, stays...)...)
	}
	if len(stays) > 0 {
		return outcome.As(outcome.Timeout, hint.Add(errors.Join(stays...), "kubectl fed clusters%s", o.HostFlag()))
	}
	var failed []error
	for _, name := range sorted(unreached) {
		failed = append(failed, unreached[name])
	}
	return outcome.OfMany(max(members, len(failed)), failed)
}

func sorted(m map[string]error) []string { return slices.Sorted(maps.Keys(m)) }
