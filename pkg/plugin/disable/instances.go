package disable

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/releasing"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// clear has no instances left, or says which are.
func (o *Options) clear(ctx, waiting context.Context, removal *enabling.Removal) error {
	if len(removal.Instances()) == 0 {
		return nil
	}
	gone := func(one releasing.Object) { report.Done(o.Streams.Out, one.Object, "deleted") }
	if o.Instances == orphan {
		return o.orphan(ctx, waiting, removal, gone)
	}
	if err := o.confirm(ctx, removal); err != nil {
		return err
	}
	still, err := removal.DeleteInstances(waiting, gone)
	if err != nil || len(still) == 0 {
		return err
	}
	return o.hang(ctx, removal, still)
}

// orphan lets go of the instances, and looks in every member whether it kept what it runs.
func (o *Options) orphan(ctx, waiting context.Context, removal *enabling.Removal, gone func(releasing.Object)) error {
	release, err := removal.Release(ctx)
	if err != nil && o.Force {
		return o.hang(ctx, removal, removal.Instances())
	}
	if err != nil {
		return err
	}
	release.Look(ctx)
	still, err := release.Delete(waiting, gone)
	if err != nil {
		return err
	}
	if len(still) > 0 {
		return o.hang(ctx, removal, still)
	}
	return o.kept(release.Check(waiting))
}

// kept is an error where a member did not keep what it had.
func (o *Options) kept(verdicts []releasing.Verdict) error {
	var errs []error
	for _, v := range verdicts {
		switch {
		case v.Unreached:
			report.Warning(o.Streams.ErrOut, "%s: %s: %s", v.Cluster, v.Object.ID(), v.Problem)
		case v.Problem != "":
			errs = append(errs, fmt.Errorf("%s: %s: %s", v.Cluster, v.Object.ID(), v.Problem))
		}
	}
	return errors.Join(errs...)
}

// confirm asks before members lose anything; what they lose is said.
func (o *Options) confirm(ctx context.Context, removal *enabling.Removal) error {
	if err := o.sayDoom(ctx, removal); err != nil {
		return err
	}
	switch {
	case o.Yes:
		return nil
	case !report.IsTerminal(o.Streams.Out):
		return hint.Add(errors.New("what is named above would be deleted, and nobody is here to be asked"), "%s", o.Again("--yes"))
	case !report.Confirm(o.Streams.In, o.Streams.Out, "Delete what is named above?"):
		return errors.New("nothing was done")
	}
	return nil
}

// sayDoom names what members lose.
func (o *Options) sayDoom(ctx context.Context, removal *enabling.Removal) error {
	if o.Instances != remove {
		return nil
	}
	doomed, err := removal.Doom(ctx)
	if err != nil {
		return err
	}
	var members, objects []string
	for _, d := range doomed {
		members, objects = append(members, d.Member), append(objects, d.Object)
	}
	report.Losses(o.Streams.Out, members, objects)
	return nil
}

// hang deals with instances that KubeFed has not let go of in time: they are named or, with force, done without it.
func (o *Options) hang(ctx context.Context, removal *enabling.Removal, still []releasing.Object) error {
	if !o.Force {
		var names []string
		for _, one := range still {
			names = append(names, one.ID())
		}
		err := fmt.Errorf("%s: still there after %s, so the type stays enabled; KubeFed deletes nothing while a member that has it is not ready",
			strings.Join(names, ", "), o.WaitTimeout)
		return outcome.As(outcome.Timeout, hint.Add(err, "kubectl fed clusters%s", o.HostFlag()))
	}
	for _, err := range removal.LetGo(ctx, still) {
		report.Warning(o.Streams.ErrOut, "%v", err)
	}
	for _, one := range still {
		report.Done(o.Streams.Out, one.Object, "deleted without KubeFed, and kept by the members")
	}
	return nil
}
