package clusters

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// pause is the time between two looks: what is looked at are containers and certificates too, which tell nobody
// when they change.
const pause = 2 * time.Second

// watch looks again and again, and prints the clusters that have changed, until it is interrupted. A look that
// fails is a line on stderr, and not the end.
func (o *Options) watch(ctx context.Context, host *member.Host, before []report.Cluster) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		now, err := o.look(ctx, host, false)
		if err != nil {
			report.Warning(o.Streams.ErrOut, "%v", err)
			continue
		}
		if changed := changes(before, now); len(changed) > 0 {
			if err := o.print(changed); err != nil {
				return err
			}
		}
		before = now
	}
}

// changes are the clusters that were not there before, or were different.
func changes(before, now []report.Cluster) []report.Cluster {
	return slices.DeleteFunc(slices.Clone(now), func(c report.Cluster) bool {
		return slices.ContainsFunc(before, func(b report.Cluster) bool { return reflect.DeepEqual(b, c) })
	})
}
