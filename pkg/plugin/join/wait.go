package join

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
)

// waitReady looks at the host until its controllers call every joined cluster ready, or time is up. It counts
// from the start of the join.
func (o *Options) waitReady(ctx context.Context, host *member.Host, joiners []*joiner, start time.Time) {
	ctx, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	for {
		members, err := host.Members(ctx)
		waiting := false
		for _, j := range joiners {
			if j.Joined && j.Ready == "" && !j.look(members, err, start) {
				waiting = true
			}
		}
		if !waiting {
			return
		}
		select {
		case <-ctx.Done():
			o.giveUp(joiners, host)
			return
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// look tells whether the cluster is ready by now, and notes after how long or why not. What the controllers
// said before it was joined (again) does not count; they note whole seconds.
func (j *joiner) look(members []member.Member, err error, start time.Time) bool {
	if err != nil {
		if j.reason == "" { // an earlier reason says more than a request that was given up
			j.reason = err.Error()
		}
		return false
	}
	i := slices.IndexFunc(members, func(m member.Member) bool { return m.Name == j.Cluster })
	if i < 0 {
		j.reason = "its KubeFedCluster is gone"
		return false
	}
	if !members[i].Ready || members[i].Probed.Before(start.Truncate(time.Second)) {
		j.reason = cmp.Or(members[i].NotReady, "KubeFed has not looked at it since")
		return false
	}
	j.Ready = time.Since(start).Round(time.Second).String()
	return true
}

func (o *Options) giveUp(joiners []*joiner, host *member.Host) {
	for _, j := range joiners {
		if j.Joined && j.Ready == "" {
			err := fmt.Errorf("joined, but not ready after %s: %s", o.WaitTimeout, j.reason)
			j.err = hint.Add(outcome.As(outcome.Timeout, err), "kubectl get kubefedcluster %s -n %s --context %s -o yaml", j.Cluster, host.Namespace, host.Context)
		}
	}
}
