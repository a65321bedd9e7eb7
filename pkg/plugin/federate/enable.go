package federate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/enabling"
	"github.com/kubectl-fed/kubectl-fed/pkg/federating"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// enabled gives all items types. Those that are not enabled yet are planned, and enabled when all else is checked;
// without --enable-type they are named, and nothing is written.
func (o *Options) enabled(ctx context.Context, s *federating.Source, items []federating.Item) ([]federating.Item, error) {
	missing := notEnabled(items)
	switch {
	case len(missing) == 0:
		return items, nil
	case o.Output != "":
		o.assume(s, items)
		return s.Resolve(items), nil
	case !o.EnableType:
		what := "is not a federated type"
		if len(missing) > 1 {
			what = "are not federated types"
		}
		return nil, hint.Add(fmt.Errorf("%s %s in %s", strings.Join(missing, ", "), what, s.Host.Context), "%s", o.Again("--enable-type"))
	}
	if err := o.planTypes(ctx, s, missing); err != nil {
		return nil, err
	}
	return s.Resolve(items), nil
}

// notEnabled are the resources whose types are not enabled.
func notEnabled(items []federating.Item) []string {
	var missing []string
	for _, item := range items {
		if name := item.API.Resource().String(); !item.IsEnabled() && !slices.Contains(missing, name) {
			missing = append(missing, name)
		}
	}
	return missing
}

// assume takes types to be as "enable" would make them: what is only printed needs no more.
func (o *Options) assume(s *federating.Source, items []federating.Item) {
	for _, item := range items {
		if !item.IsEnabled() && !slices.ContainsFunc(s.Types, func(t federation.Type) bool { return t.Target.Resource() == item.API.Resource() }) {
			report.Warning(o.Streams.ErrOut, "%s is not a federated type in %s yet", item.API.Resource(), s.Host.Context)
			s.Types = append(s.Types, federation.NewType(item.API, "", ""))
		}
	}
}

// planTypes plans what enables types, and checks that every member serves them.
func (o *Options) planTypes(ctx context.Context, s *federating.Source, missing []string) error {
	scene, err := enabling.Look(ctx, s.Host, *o.Timeout)
	if err != nil {
		return err
	}
	var wishes []enabling.Wish
	for _, name := range missing {
		wishes = append(wishes, enabling.Wish{Name: name})
	}
	if o.types, err = scene.Plan(ctx, wishes, false); err != nil {
		return err
	}
	for _, warning := range o.types.Warnings {
		report.Warning(o.Streams.ErrOut, "%s", warning)
	}
	s.Types = append(s.Types, o.types.Types...)
	return errors.Join(o.types.Problems...)
}

// enable enables the types that were planned, and waits until KubeFed has taken them up.
func (o *Options) enable(ctx context.Context) error {
	if o.types == nil {
		return nil
	}
	kind := dryRuns[o.DryRun]
	say := func(step enabling.Step) { report.Done(o.Streams.Out, step.Object, string(step.Action)+kind) }
	switch o.DryRun {
	case "client":
		for _, step := range o.types.Steps {
			say(step)
		}
		return nil
	case "server":
		return o.types.Apply(ctx, true, say)
	}
	waiting, cancel := context.WithTimeout(ctx, o.WaitTimeout)
	defer cancel()
	err := o.types.Apply(waiting, false, say)
	if err == nil {
		err = o.types.Await(waiting)
	}
	var late *enabling.WaitError
	if errors.As(err, &late) && ctx.Err() == nil {
		return outcome.As(outcome.Timeout, hint.Add(err, "kubectl fed types%s", o.HostFlag()))
	}
	return err
}
