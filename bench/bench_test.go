// Package bench measures the plugin beside what people use instead: both sides in one run, pair by pair, as a
// ratio. A number of milliseconds alone says as much about the machine as about the plugin.
package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// TestMain lets the test binary be the plugin, under its name on PATH.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl-fed" {
		streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
		os.Exit(plugin.Main(os.Args[1:], streams))
	}
	os.Exit(m.Run())
}

// clusters brings up a bed of the benchmarks' own with as many clusters, until the benchmark ends.
func clusters(b *testing.B, count int, kubefed bool) *bed.Bed {
	b.Helper()
	if !bed.HasDocker(b.Context()) {
		b.Skip(bed.ErrNeedsDocker)
	}
	spec := bed.Spec{Name: bed.TestBed + "-bench", KubeFed: kubefed}
	for i := range count {
		spec.Clusters = append(spec.Clusters, fmt.Sprintf("%s-bench%02d", bed.TestBed, i))
	}
	b.Cleanup(func() {
		if err := bed.Down(context.Background(), spec.Name); err != nil {
			b.Error(err)
		}
	})
	up, err := bed.Up(b.Context(), spec, b.Output())
	if err != nil {
		b.Fatal(err)
	}
	return up
}

// tools is a folder with the plugin and kubectl in it, to be the front of PATH.
func tools(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	kubectl, err := programs.Path(b.Context(), "kubectl", programs.Target{}, b.Output())
	if err != nil {
		b.Fatal(err)
	}
	for name, target := range map[string]string{"kubectl-fed": self, "kubectl": kubectl} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// side is one of the two that are compared.
type side struct {
	name    string
	command func() *exec.Cmd
}

// compare runs both sides in turn as often as the benchmark says, each after prepare, and reports the medians
// and how many times faster the first one is.
func compare(b *testing.B, prepare func(), ours, theirs side) {
	b.Helper()
	var took [2][]time.Duration
	for b.Loop() {
		for i, s := range []side{ours, theirs} {
			prepare()
			took[i] = append(took[i], timed(b, s))
		}
	}
	b.ReportMetric(0, "ns/op") // of both sides and the preparation together: it means nothing
	mine, other := median(took[0]), median(took[1])
	b.ReportMetric(float64(mine.Milliseconds()), ours.name+"-ms")
	b.ReportMetric(float64(other.Milliseconds()), theirs.name+"-ms")
	b.ReportMetric(float64(other)/float64(mine), "times-faster")
}

// timed runs a command that has to succeed.
func timed(b *testing.B, s side) time.Duration {
	b.Helper()
	cmd := s.command()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v\n%s", s.name, err, out.String())
	}
	return time.Since(start)
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
