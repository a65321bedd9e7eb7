//go:build long

package predict

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// rounds is how often the controllers are stopped and started.
var rounds = flag.Int("rounds", 3, "how often KubeFed is stopped and started")

// perRound is how many states are laid out side by side each time.
const perRound = 100

// patience bounds each wait: KubeFed sends no more than twenty requests a second
// to a cluster for each type.
const patience = 10 * time.Minute

func TestKubeFedDoesWhatWasPredicted(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Docker: true, Alone: true})
	g := newGround(t, b)
	all := drawStates(*rounds*perRound, g.names())
	t.Cleanup(func() { g.clean(t, all) })
	counts := map[drift.Verdict]int{}
	for round := range *rounds {
		g.round(t, all[round*perRound:][:perRound], counts)
	}
	logVerdicts(t, counts)
}

// round lays out states, stops KubeFed, changes them, has diff say what will come of it, and starts KubeFed again.
func (g *ground) round(t *testing.T, states []state, counts map[drift.Verdict]int) {
	for _, s := range states {
		g.do(t, s, s.before)
	}
	g.awaitPropagation(t, states)
	if err := g.bed.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		g.do(t, s, s.after)
	}
	all := g.predict(t, states)
	for _, p := range all {
		counts[p.result.Verdict]++
	}
	started := time.Now()
	if err := g.bed.StartKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.awaitAll(t, all)
	g.awaitSentinels(t, states[0].number)
	for _, p := range all {
		if err := g.check(t.Context(), p); err != nil {
			t.Errorf("when all was handled: %v", err)
		}
	}
	g.compareWrites(t, all, started)
}

// logVerdicts shows how the states are spread, and wants every verdict to occur.
func logVerdicts(t *testing.T, count map[drift.Verdict]int) {
	t.Helper()
	for _, verdict := range []drift.Verdict{
		drift.InSync, drift.WillCreate, drift.WillUpdate, drift.WillAdopt,
		drift.WillDelete, drift.WillRelease, drift.Looping, drift.NotTargeted, drift.Blocked,
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
	return fmt.Sprintf("%s: %s on %s: %s (%s)", p.state, p.object.ID, p.member, p.result.Verdict, strings.TrimSpace(p.result.Cause))
}
