package writers

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledRuns: a run that is killed at a random moment leaves the old kubeconfig or the new one, whole. One
// that is asked to end leaves nothing else; what one leaves that is killed outright, the next run removes, and
// not what is another program's.
func TestKilledRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the plugin many times")
	}
	w := newWorld(t, 1)
	// a big file, so that more of the moments lie within the writing
	w.text += strings.Repeat("# a comment that makes the file longer than it has to be\n", 20000)
	after := strings.Replace(w.text, w.old(0), w.new(0), 1)
	foreign := []string{".config.12345.tmp", ".config.lock.swp", "other.lock"}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(w.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clean := append(foreign[:2:2], "config", "other.lock")

	w.write(w.text)
	start := time.Now()
	w.mustFix(0)
	usual := time.Since(start)

	left := 0
	for i := range killedRuns {
		w.write(w.text)
		signal := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL, syscall.SIGINT}[i%4]
		w.kill(signal, time.Duration(rand.Int64N(int64(usual))))
		if got := w.read(); got != w.text && got != after {
			t.Fatalf("run %d, %s: the kubeconfig is neither the old one nor the new one", i, signal)
		}
		if signal != syscall.SIGKILL {
			w.holds(clean...)
			continue
		}
		if entries, err := os.ReadDir(w.dir); err == nil && len(entries) > len(clean) {
			left++
		}
		w.mustFix(0)
		if w.read() != after {
			t.Fatalf("run %d: the next run did not do its work", i)
		}
		w.holds(clean...)
	}
	if left == 0 {
		t.Error("no run left anything: what the next run has to do was not tried")
	}
	t.Logf("%d runs killed within %s; %d left something for the next", killedRuns, usual, left)
}

// kill starts a run and sends it a signal after a while. The while is no wait for anything: it is the moment.
func (w *world) kill(signal syscall.Signal, after time.Duration) {
	w.t.Helper()
	cmd := w.fixServer(0)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	moment := time.AfterFunc(after, func() { _ = cmd.Process.Signal(signal) }) // it may have ended by then
	defer moment.Stop()
	_ = cmd.Wait() // however it ends
}
