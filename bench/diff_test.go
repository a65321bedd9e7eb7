//go:build unix

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

const (
	many        = 200 // objects
	ourMembers  = 10  // of most measurements
	allMembers  = 20
	mostMemory  = 200 << 20
	repetitions = 5
)

// BenchmarkDiff measures diff beside kubectl diff, called once for each member with the object that the member should
// have. Members are proxies before two clusters, so that twenty fit on a machine.
func BenchmarkDiff(b *testing.B) {
	l := layOut(b, allMembers)
	l.namespace("one", 1)
	l.namespace("few", many/4)
	l.namespace("many", many)
	d := diffing{laid: l, dir: tools(b), home: b.TempDir()}
	b.Run("one", d.one)
	b.Run("in-sync", d.inSync)
	b.Run("50ms", d.slowly)
}

// diffing runs both programs with a home of their own, so that what they keep of discovery is theirs.
type diffing struct {
	*laid
	dir, home string
}

func (d diffing) env() []string {
	return []string{"PATH=" + d.dir + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + d.home, "KUBECONFIG=" + d.kubeconfig}
}

// run runs one of the two; that it finds differences is no failure. It returns how long it took and how much memory.
func (d diffing) run(b *testing.B, program string, args ...string) (time.Duration, int64) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), filepath.Join(d.dir, program), args...)
	cmd.Env = d.env()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1 && program == "kubectl") {
		b.Fatalf("%s %v: %v\n%s", program, args, err, out.String())
	}
	if program == "kubectl-fed" && !strings.Contains(out.String(), "no differences") {
		b.Fatalf("%s %v:\n%s", program, args, out.String())
	}
	return took, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
}

// median is the middle of several runs, after one that fills the caches.
func (d diffing) median(b *testing.B, args ...string) time.Duration {
	b.Helper()
	d.run(b, "kubectl-fed", args...)
	var all []time.Duration
	for range repetitions {
		took, _ := d.run(b, "kubectl-fed", args...)
		all = append(all, took)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// loop is kubectl diff for each member, one after another.
func (d diffing) loop(b *testing.B, manifest string, members []string) time.Duration {
	b.Helper()
	total := time.Duration(0)
	for _, m := range members {
		took, _ := d.run(b, "kubectl", "diff", "--context", m, "-f", manifest)
		total += took
	}
	return total
}

func clustersFlag(members []string) string { return "--clusters=" + strings.Join(members, ",") }

// manifest is what a member should have of a namespace, as a file.
func (d diffing) manifest(b *testing.B, namespace string, objects int) string {
	b.Helper()
	typ := federation.TypeOf(corpus.Config("deployments.apps"))
	var text bytes.Buffer
	for i := range objects {
		target, err := federation.ForCreate(typ, d.federated(namespace, fmt.Sprintf("web-%03d", i)), d.members[0])
		d.must(err)
		one, err := yaml.Marshal(target.Object)
		d.must(err)
		text.WriteString("---\n")
		text.Write(one)
	}
	file := filepath.Join(b.TempDir(), namespace+".yaml")
	d.must(os.WriteFile(file, text.Bytes(), 0o600))
	return file
}

// atMost reports a ratio, and fails above what is promised.
func atMost(b *testing.B, name string, got, most float64) {
	b.Helper()
	b.ReportMetric(got, name)
	if got > most {
		b.Errorf("%s is %.3f, want at most %.3f", name, got, most)
	}
}

func atLeast(b *testing.B, name string, got, least float64) {
	b.Helper()
	b.ReportMetric(got, name)
	if got < least {
		b.Errorf("%s is %.1f, want at least %.1f", name, got, least)
	}
}

func (d diffing) one(b *testing.B) {
	members, manifest := d.members[:ourMembers], d.manifest(b, "one", 1)
	d.loop(b, manifest, members) // fills its caches
	for b.Loop() {
		ours := d.median(b, "diff", "deploy", "web-000", "-n", "one", clustersFlag(members))
		theirs := d.loop(b, manifest, members)
		b.Logf("ours %s, kubectl %s", ours, theirs)
		b.ReportMetric(float64(ours.Milliseconds()), "ours-ms")
		b.ReportMetric(float64(theirs.Milliseconds()), "kubectl-ms")
		atMost(b, "ours/kubectl", ours.Seconds()/theirs.Seconds(), 0.1)
	}
	b.ReportMetric(0, "ns/op")
}

func (d diffing) inSync(b *testing.B) {
	members, manifest := d.members[:ourMembers], d.manifest(b, "many", many)
	for b.Loop() {
		few := d.median(b, "diff", "-n", "few", clustersFlag(members))
		ours := d.median(b, "diff", "-n", "many", clustersFlag(members))
		full, memory := d.run(b, "kubectl-fed", "diff", "-n", "many", "--full", clustersFlag(members))
		theirs := d.loop(b, manifest, members)
		b.Logf("50 objects %s, 200 objects %s, in full %s, kubectl %s; %d MB", few, ours, full, theirs, memory>>20)
		b.ReportMetric(float64(ours.Milliseconds()), "ours-ms")
		b.ReportMetric(float64(full.Milliseconds()), "full-ms")
		b.ReportMetric(float64(theirs.Milliseconds()), "kubectl-ms")
		atLeast(b, "times-faster", theirs.Seconds()/ours.Seconds(), 100)
		atLeast(b, "full-times-faster", theirs.Seconds()/full.Seconds(), 5)
		atMost(b, "MB", float64(memory)/(1<<20), mostMemory>>20)
		// linear: four times the objects take at most four times as long, and some for noise
		atMost(b, "200-objects/50-objects", ours.Seconds()/few.Seconds(), 5)
	}
	b.ReportMetric(0, "ns/op")
}

func (d diffing) slowly(b *testing.B) {
	one := []string{"diff", "deploy", "web-000", "-n", "one"}
	const trip = 50 * time.Millisecond
	for b.Loop() {
		d.setLatency(0)
		undelayed := d.median(b, one...)
		d.setLatency(trip)
		two := d.median(b, "diff", "-n", "one", clustersFlag(d.members[:2]))
		twenty := d.median(b, "diff", "-n", "one")
		delayed := d.median(b, one...)
		d.setLatency(0)
		b.Logf("2 members %s, 20 members %s; one object on 20 %s, and %s without the delay", two, twenty, delayed, undelayed)
		b.ReportMetric(float64(two.Milliseconds()), "2-members-ms")
		b.ReportMetric(float64(twenty.Milliseconds()), "20-members-ms")
		atMost(b, "20-members/2-members", twenty.Seconds()/two.Seconds(), 1.5)
		atMost(b, "round-trips", (delayed-undelayed).Seconds()/trip.Seconds(), 10)
	}
	b.ReportMetric(0, "ns/op")
}
