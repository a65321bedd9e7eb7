package join

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// joiner is one cluster on its way in.
type joiner struct {
	report.JoinRow
	met    *joining.Met
	plan   joining.Plan
	reason string // why it was not ready at the last look
	err    error
}

// check prepares every cluster and writes nothing: it is met, reached from where KubeFed runs, and its join is
// planned and tried.
func (o *Options) check(ctx context.Context, scene *joining.Scene, names []string) []*joiner {
	joiners := o.meet(ctx, scene, names)
	o.prove(ctx, scene, joiners)
	planned := func(ctx context.Context, j *joiner) (joining.Plan, error) { return o.plan(ctx, scene, j) }
	each(ctx, o.Timeout(), joiners, planned, func(j *joiner, p joining.Plan) { j.plan, j.Checked = p, true })
	return joiners
}

func (o *Options) meet(ctx context.Context, scene *joining.Scene, names []string) []*joiner {
	var joiners []*joiner
	for _, name := range names {
		joiners = append(joiners, &joiner{JoinRow: report.JoinRow{Cluster: name}})
	}
	met := func(ctx context.Context, j *joiner) (*joining.Met, error) {
		return scene.Meet(ctx, j.Cluster, o.ClusterContext, o.Wishes)
	}
	each(ctx, o.Timeout(), joiners, met, func(j *joiner, m *joining.Met) { j.met = m })
	refuseTwins(joiners)
	for _, j := range joiners {
		if j.err == nil && j.met.Note != "" {
			report.Warning(o.Streams.ErrOut, "%s: %s", j.Cluster, j.met.Note)
		}
	}
	return joiners
}

// refuseTwins finds one cluster under two names, which would pass each check by itself.
func refuseTwins(joiners []*joiner) {
	seen := map[string]string{}
	for _, j := range joiners {
		if j.err != nil {
			continue
		}
		if other := seen[j.met.UID]; other != "" {
			j.err = fmt.Errorf("this is the same cluster as %s", other)
		}
		seen[j.met.UID] = j.Cluster
	}
}

// prove finds the endpoint of each. One that can't be checked, since the controllers are to check nothing or to
// go through a proxy, is taken as it is.
func (o *Options) prove(ctx context.Context, scene *joining.Scene, joiners []*joiner) {
	var provable []*joiner
	var wanted []joining.Wanted
	for _, j := range joiners {
		switch {
		case j.err != nil:
		case o.Wishes.Insecure || j.met.Proxy != "":
			j.Endpoint = j.met.URLs[0]
			report.Warning(o.Streams.ErrOut, "%s: whether KubeFed reaches %s was not checked", j.Cluster, j.Endpoint)
		default:
			provable = append(provable, j)
			wanted = append(wanted, joining.Wanted{URLs: j.met.URLs, CA: j.met.CA, Kind: j.met.Kind})
		}
	}
	if len(wanted) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout())
	defer cancel()
	proofs, err := scene.Place.Prove(ctx, wanted)
	if err != nil {
		report.Warning(o.Streams.ErrOut, "%v", err)
	}
	for i, j := range provable {
		o.take(j, proofs[i])
	}
}

// take notes what came of the search for one endpoint, and says why another than the first was taken.
func (o *Options) take(j *joiner, proof joining.Proof) {
	j.Endpoint = proof.URL
	switch {
	case proof.URL == "":
		j.err = fmt.Errorf("KubeFed would not reach it: %w", j.met.Explain(proof.Err))
	case proof.Err != nil:
		report.Warning(o.Streams.ErrOut, "%s: %s is used, since %v", j.Cluster, proof.URL, proof.Err)
	}
}

// plan plans the join of one cluster and lets both servers say whether they would take it.
func (o *Options) plan(ctx context.Context, scene *joining.Scene, j *joiner) (joining.Plan, error) {
	request, err := scene.Request(ctx, j.met, j.Endpoint, o.Wishes)
	if err != nil {
		return joining.Plan{}, err
	}
	maps.Copy(request.Labels, o.Labels)
	request.Renew = o.Refresh
	plan, sides := joining.New(request), j.sides(scene.Host)
	var both errgroup.Group
	if !o.Force {
		both.Go(func() error { return plan.Conflicts(ctx, sides, scene.Members, scene.Host.Context) })
	}
	tried := plan.Try(ctx, sides)
	return plan, cmp.Or(both.Wait(), tried) // who it is matters more than what it takes
}

func (j *joiner) sides(host *member.Host) joining.Sides {
	return joining.Sides{Member: j.met.Client, Host: host.Client}
}

// each finds out something about all that nothing went wrong with so far, at the same time and each with its own
// deadline. What comes after the deadline is not kept.
func each[T any](ctx context.Context, timeout time.Duration, joiners []*joiner, find func(context.Context, *joiner) (T, error), keep func(*joiner, T)) {
	byName := map[string]*joiner{}
	var fit []member.Member
	for _, j := range joiners {
		if byName[j.Cluster] = j; j.err == nil {
			fit = append(fit, member.Member{Name: j.Cluster})
		}
	}
	outcomes := member.Each(ctx, fit, timeout, func(ctx context.Context, m member.Member) (T, error) { return find(ctx, byName[m.Name]) })
	for _, out := range outcomes {
		j := byName[out.Member.Name]
		if j.err = out.Err; j.err == nil {
			keep(j, out.Value)
		}
	}
}

// named are the clusters that are to join: those on the command line by the name that they get, or all.
func (o *Options) named(ctx context.Context, scene *joining.Scene) ([]string, error) {
	if o.All {
		names := scene.Outside(ctx)
		if len(names) == 0 {
			report.Line(o.Streams.ErrOut, "every kind cluster is a member")
		}
		return names, nil
	}
	var names []string
	for _, called := range o.Clusters {
		name := scene.NameOf(called)
		if _, joined := scene.Member(called); o.Refresh && !joined {
			return nil, fmt.Errorf("%s is not a member, so there is nothing to refresh", called)
		}
		names = append(names, name)
	}
	if err := noneTwice(names); err != nil {
		return nil, err
	}
	return names, nil
}
