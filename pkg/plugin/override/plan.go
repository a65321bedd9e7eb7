package override

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
	"github.com/kubectl-fed/kubectl-fed/pkg/survey"
)

// plan works out the object with its new overrides.
func (w *work) plan(e edits, o *object) error {
	all, err := federation.Overrides(o.before)
	if err != nil {
		return err
	}
	o.after = o.before.DeepCopy()
	for _, cluster := range w.clusters {
		if all[cluster], err = unset(*o, all[cluster], cluster, e.Unsets); err != nil {
			return err
		}
		if err := federation.SetOverrides(o.after, all); err != nil {
			return err
		}
		if all[cluster], err = federation.PlanOverrides(o.kind, o.after, cluster, e.parsed); err != nil {
			return fmt.Errorf("%s: %w", o.before.GetName(), err)
		}
	}
	return federation.SetOverrides(o.after, all)
}

// unset takes overrides of one cluster away. One that this cluster does not have is an error only where the
// path was misspelt for sure: for a selector, some clusters may well not have it.
func unset(o object, overrides []federation.Override, cluster string, paths []string) ([]federation.Override, error) {
	for _, path := range paths {
		if path == "all" {
			return nil, nil
		}
		left, err := federation.Unset(o.kind, o.before, overrides, path)
		if err != nil {
			return nil, fmt.Errorf("cluster %s: %w%s", cluster, err, thereAre(overrides))
		}
		overrides = left
	}
	return overrides, nil
}

func thereAre(overrides []federation.Override) string {
	var paths []string
	for _, o := range overrides {
		paths = append(paths, o.Path)
	}
	if len(paths) == 0 {
		return "; it has none"
	}
	return "; there are: " + strings.Join(paths, ", ")
}

// check finds what speaks against writing: rules that the change breaks, and members that would refuse.
func (o *Options) check(ctx context.Context, w *work, one *object) []error {
	var errs []error
	for _, f := range broken(w, one) {
		if f.IsTrap() {
			errs = append(errs, fmt.Errorf("%s: %s. %s", f.Code, f.Message, f.Ignored))
			continue
		}
		report.Warning(o.Streams.ErrOut, "%s: %s. %s", f.Code, f.Message, f.Ignored)
	}
	if w.host == nil || len(errs) > 0 {
		return errs
	}
	return o.ask(ctx, w, one)
}

// broken are the findings that the object did not have before.
func broken(w *work, one *object) []lint.Finding {
	known := lint.Known{}
	if w.host != nil {
		known.Clusters = append([]federation.Cluster{}, member.Clusters(w.members)...)
	}
	check := func(d lint.Document) []lint.Finding { return lint.Check([]lint.Document{d}, known) }
	before := check(lint.FromObject(one.before))
	return slices.DeleteFunc(check(lint.FromObject(one.after)), func(f lint.Finding) bool {
		return slices.ContainsFunc(before, func(b lint.Finding) bool {
			return b.Code == f.Code && b.Message == f.Message && slices.Equal(b.Clusters, f.Clusters)
		})
	})
}

// ask sends what KubeFed would send to every member that the change is for, as a dry run.
func (o *Options) ask(ctx context.Context, w *work, one *object) []error {
	f, err := w.host.Describe(ctx, one.kind, one.after, w.members)
	if err != nil {
		return []error{fmt.Errorf("%s: %w", w.host.Context, err)}
	}
	var meant []member.Member
	for _, m := range w.members {
		if slices.Contains(w.clusters, m.Name) && f.Placement.Has(m.Name) {
			m.Ready = true // what it would say does not depend on what KubeFed holds it for
			meant = append(meant, m)
		}
	}
	outcomes := member.Each(ctx, meant, *o.Timeout, func(ctx context.Context, m member.Member) ([]drift.Result, error) {
		return survey.Member(ctx, w.host, m, []member.Federated{f})
	})
	var errs []error
	for _, out := range outcomes {
		if err := refusal(out); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", out.Member.Name, err))
		}
	}
	return errs
}

func refusal(out member.Outcome[[]drift.Result]) error {
	if out.Err != nil {
		return fmt.Errorf("it can't be asked: %w", out.Err)
	}
	if r := out.Value[0]; r.Verdict == drift.Blocked || r.Verdict == drift.Unknown {
		return errors.New(r.Cause)
	}
	return nil
}
