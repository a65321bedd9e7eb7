package enabling

import (
	"context"
	"errors"
	"time"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Enable enables types that others need on their way, with nothing but defaults: it looks, refuses where anything
// speaks against it, writes, and waits until KubeFed has taken the types up. done is called for each object, and
// warn for what stops nothing.
func Enable(ctx context.Context, host *member.Host, names []string, timeout time.Duration, done func(Step), warn func(string)) error {
	scene, err := Look(ctx, host, timeout)
	if err != nil {
		return err
	}
	var wishes []Wish
	for _, name := range names {
		wishes = append(wishes, Wish{Name: name})
	}
	plan, err := scene.Plan(ctx, wishes, false)
	if err != nil {
		return err
	}
	for _, text := range plan.Warnings {
		warn(text)
	}
	if err := errors.Join(plan.Problems...); err != nil {
		return err
	}
	if err := plan.Apply(ctx, false, done); err != nil {
		return err
	}
	return plan.Await(ctx)
}
