package status

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// pauses between two looks: a wait is for something, a watch is for somebody.
const (
	waitPause  = 500 * time.Millisecond
	watchPause = 2 * time.Second
)

// wait looks once, or again and again until everything is as --wait wants it. late says that --timeout ran out.
func (o *Options) wait(ctx context.Context, host *member.Host) (found *findings, late bool, err error) {
	found, err = o.look(ctx, host)
	if err != nil || o.Wait == "" {
		return found, false, err
	}
	start, said := time.Now(), ""
	for {
		waiting := slices.IndexFunc(found.status.Objects, func(d diagnosis.Diagnosis) bool { return !o.reached(d) })
		switch {
		case waiting < 0:
			return found, false, nil
		case o.Timeout > 0 && time.Since(start) >= o.Timeout:
			return found, true, nil
		}
		object := found.status.Objects[waiting]
		if text := object.ID + object.Reason(); text != said {
			said = text
			report.Waiting(o.Streams.ErrOut, object, time.Since(start))
		}
		if err := pause(ctx, waitPause); err != nil {
			return found, false, err
		}
		if found, err = o.look(ctx, host); err != nil {
			return nil, false, err
		}
	}
}

// reached tells whether an object is as --wait wants it.
func (o *Options) reached(d diagnosis.Diagnosis) bool {
	if o.Wait == ready {
		return d.Ready()
	}
	return d.Propagated()
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// watch looks again and again, and prints the objects that have changed, until it is interrupted. A look that fails
// is a line on stderr, and not the end.
func (o *Options) watch(ctx context.Context, host *member.Host, before *findings) error {
	for {
		if err := pause(ctx, watchPause); err != nil {
			return err
		}
		now, err := o.look(ctx, host)
		if err != nil {
			report.Warning(o.Streams.ErrOut, "%v", err)
			continue
		}
		changed := changes(before.status.Objects, now.status.Objects)
		switch {
		case len(changed) == 0:
		case o.named():
			report.Line(o.Streams.Out, "")
			o.printChains(changed)
		default:
			report.StatusRows(o.Streams.Out, now.status, changed, o.form())
		}
		before = now
	}
}

// changes are the objects that were not there before, or stood otherwise.
func changes(before, now []diagnosis.Diagnosis) []diagnosis.Diagnosis {
	same := func(a, b diagnosis.Diagnosis) bool {
		return a.ID == b.ID && a.Reason() == b.Reason() && reflect.DeepEqual(a.Cells, b.Cells)
	}
	return slices.DeleteFunc(slices.Clone(now), func(d diagnosis.Diagnosis) bool {
		return slices.ContainsFunc(before, func(b diagnosis.Diagnosis) bool { return same(b, d) })
	})
}
