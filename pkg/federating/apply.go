package federating

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/survey"
)

// tried is up to how many objects are all tried on the host's server before the first is written. Of more, one of
// each type is: the server looks at the same schema, and at the same rights, for the others.
const tried = 20

// Try asks the host's server, by dry runs, whether it will take the plan. All is whether every step is tried,
// however many there are.
func (p *Plan) Try(ctx context.Context, host *member.Host, all bool) error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	seen := map[string]bool{}
	for _, s := range p.Steps {
		if s.Change == None || !all && len(p.Steps) > tried && seen[s.Type.Name] {
			continue
		}
		seen[s.Type.Name] = true
		group.Go(func() error { return s.send(ctx, host, true) })
	}
	return group.Wait()
}

func (s *Step) send(ctx context.Context, host *member.Host, dryRun bool) error {
	var err error
	switch {
	case s.Change == None:
		return nil
	case s.Before != nil:
		err = host.Update(ctx, s.Type.Federated, s.After, dryRun)
	case dryRun:
		err = host.TryCreate(ctx, s.Type.Federated, s.After)
	default:
		err = host.Create(ctx, s.Type.Federated, s.After)
	}
	if apierrors.IsNotFound(err) && s.Type.Federated.Namespaced {
		err = hint.Add(err, "kubectl create namespace %s --context %s", s.After.GetNamespace(), host.Context)
	}
	return err
}

// Write writes the plan: namespaces first, then everything else at once. done is called for each step in the order
// of the plan, as soon as it and those before it are written. What fails stops nothing but itself.
func (p *Plan) Write(ctx context.Context, host *member.Host, done func(*Step)) error {
	errs := make([]error, len(p.Steps))
	finished := make([]chan struct{}, len(p.Steps))
	for i := range finished {
		finished[i] = make(chan struct{})
	}
	go func() {
		for _, namespaces := range []bool{true, false} {
			var group errgroup.Group
			group.SetLimit(atOnce)
			for i, s := range p.Steps {
				if s.Type.IsNamespace() != namespaces {
					continue
				}
				group.Go(func() error {
					defer close(finished[i])
					errs[i] = s.send(ctx, host, false)
					return nil
				})
			}
			_ = group.Wait() // each one's error is its own
		}
	}()
	for i, s := range p.Steps {
		<-finished[i]
		if errs[i] == nil {
			done(s)
		}
	}
	return errors.Join(errs...)
}

// Answer is what the members say to one step.
type Answer struct {
	Step    *Step
	Results []drift.Result
}

// Ask asks every member that a step places an object on what KubeFed's write will come to there, by a dry run.
func (p *Plan) Ask(ctx context.Context, host *member.Host, members []member.Member, timeout time.Duration) ([]Answer, []Unasked) {
	var objects []member.Federated
	for _, s := range p.Steps {
		f := member.Federated{Type: s.Type, Object: s.After, Placement: s.Placement}
		if s.Before != nil {
			if known, err := host.Describe(ctx, s.Type, s.After, members); err == nil {
				f.Recorded = known.Recorded
			}
		}
		if s.Type.IsNamespace() && s.Live {
			f.HostNamespace = s.Object
		}
		objects = append(objects, f)
	}
	for i := range members {
		members[i].Ready = true // what it would say does not depend on what KubeFed holds it for
	}
	outcomes := member.Each(ctx, members, timeout, func(ctx context.Context, m member.Member) ([]drift.Result, error) {
		return survey.Member(ctx, host, m, objects)
	})
	var answers []Answer
	for i, s := range p.Steps {
		a := Answer{Step: s}
		for _, out := range outcomes {
			if i < len(out.Value) && (s.Placement.Has(out.Member.Name) || out.Value[i].Verdict != drift.NotTargeted) {
				a.Results = append(a.Results, out.Value[i])
			}
		}
		answers = append(answers, a)
	}
	return answers, unasked(outcomes)
}

func unasked(outcomes []member.Outcome[[]drift.Result]) []Unasked {
	var all []Unasked
	for _, out := range outcomes {
		if out.Err != nil {
			all = append(all, Unasked{Cluster: out.Member.Name, Err: fmt.Errorf("it can't be asked: %w", out.Err)})
		}
	}
	return all
}
