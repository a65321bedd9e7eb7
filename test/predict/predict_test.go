//go:build long

package predict

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// stateCount is how many states are laid out side by side.
const stateCount = 200

// patience bounds each wait: KubeFed sends no more than twenty requests a second
// to a cluster for each type.
const patience = 10 * time.Minute

func TestKubeFedDoesWhatWasPredicted(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Docker: true, Alone: true})
	g := newGround(t, b)
	states := drawStates(stateCount, g.names())
	t.Cleanup(func() { g.clean(t, states) })
	for _, s := range states {
		g.do(t, s, s.before)
	}
	g.awaitPropagation(t, states)

	if err := b.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		g.do(t, s, s.after)
	}
	var all []prediction
	for _, s := range states {
		all = append(all, g.predict(t, s)...)
	}
	logVerdicts(t, all)

	started := time.Now()
	if err := b.StartKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.awaitAll(t, all)
	g.awaitSentinels(t)
	for _, p := range all {
		if err := g.check(t.Context(), p); err != nil {
			t.Errorf("when all was handled: %v", err)
		}
	}
	g.compareWrites(t, all, started)
}

// logVerdicts shows how the states are spread, and wants every verdict to occur.
func logVerdicts(t *testing.T, all []prediction) {
	t.Helper()
	count := map[drift.Verdict]int{}
	for _, p := range all {
		count[p.result.Verdict]++
	}
	for _, verdict := range []drift.Verdict{
		drift.InSync, drift.WillCreate, drift.WillUpdate, drift.WillAdopt,
		drift.WillDelete, drift.WillRelease, drift.NotTargeted, drift.Blocked,
	} {
		t.Logf("%-16s %d", verdict, count[verdict])
		if count[verdict] == 0 {
			t.Errorf("no state has the verdict %q", verdict)
		}
	}
	if count[drift.Unknown] > 0 {
		t.Errorf("%d verdicts are unknown", count[drift.Unknown])
	}
}

// stall is how long nothing may come true before the rest is given up. KubeFed
// tries again what failed, at last once a minute.
const stall = 90 * time.Second

// awaitAll waits until every prediction has come true, or none does any more.
func (g *ground) awaitAll(t *testing.T, all []prediction) {
	t.Helper()
	rest, progress := slices.Clone(all), time.Now()
	g.await(t, "every member has what was predicted", func(ctx context.Context) error {
		before := len(rest)
		var failed []error
		rest = slices.DeleteFunc(rest, func(p prediction) bool {
			err := g.check(ctx, p)
			if err != nil {
				failed = append(failed, err)
			}
			return err == nil
		})
		if len(rest) < before {
			progress = time.Now()
		}
		if len(rest) == 0 {
			return nil
		}
		err := fmt.Errorf("%d of %d predictions have not come true:\n%w", len(rest), len(all), errors.Join(failed...))
		if time.Since(progress) > stall {
			return stalled{err}
		}
		return err
	})
}

// stalled is an error that waiting does not mend.
type stalled struct{ error }

// await looks again and again until the condition holds. What still fails when
// patience ends is an error, and the test goes on.
func (g *ground) await(t *testing.T, what string, holds func(context.Context) error) {
	t.Helper()
	var last error
	start := time.Now()
	err := wait.PollUntilContextTimeout(t.Context(), time.Second, patience, true, func(ctx context.Context) (bool, error) {
		last = holds(ctx)
		var hopeless stalled
		if errors.As(last, &hopeless) {
			return false, hopeless
		}
		return last == nil, nil
	})
	if err != nil {
		t.Errorf("%s: not after %s: %v", what, time.Since(start).Round(time.Second), last)
		return
	}
	t.Logf("%s after %s", what, time.Since(start).Round(time.Second))
}

// String names the prediction in messages.
func (p prediction) String() string {
	return fmt.Sprintf("%s: %s on %s: %s (%s)", p.state, p.federated.ID(), p.member.Name, p.result.Verdict, strings.TrimSpace(p.result.Cause))
}
