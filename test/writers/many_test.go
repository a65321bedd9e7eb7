package writers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// many is how many runs go on at the same time.
const many = 64

// TestManyRuns: each run changes its own entry, and none undoes another's. A comment on every line shows that
// nothing else was rewritten.
func TestManyRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the plugin many times")
	}
	w := newWorld(t, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { w.mustFix(i) })
	}
	all.Wait()
	want := w.text
	for i := range many {
		want = strings.Replace(want, fmt.Sprintf("%s # %d\n", w.old(i), i), fmt.Sprintf("%s # %d\n", w.new(i), i), 1)
	}
	if got := w.read(); got != want {
		t.Errorf("edits were lost, or others made:\n%s", got)
	}
	w.holds("config")
}

// TestManyRunsAndKubectl: kubectl makes new entries all the while, and somebody reads the file whenever its lock
// can be had. kubectl writes what it read before it took the lock, so it may undo what we did; we never undo what
// it did: every entry that it made is there at the end, since nobody else removes one.
func TestManyRunsAndKubectl(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the plugin and kubectl many times")
	}
	kubectl, err := programs.Path(t.Context(), "kubectl", programs.Target{}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, many)
	done := make(chan struct{})
	var others, ours sync.WaitGroup
	var made []int
	others.Go(func() { made = w.kubectlWrites(kubectl, done) })
	others.Go(func() { w.readLocked(done) })
	for i := range many {
		ours.Go(func() { w.mustFix(i) })
	}
	ours.Wait()
	close(done)
	others.Wait()

	config, err := clientcmd.LoadFromFile(w.file())
	if err != nil {
		t.Fatal(err)
	}
	if len(made) == 0 {
		t.Error("kubectl never got to write: nothing was tried")
	}
	for _, i := range made {
		if config.Clusters[fmt.Sprintf("kubectl-%d", i)] == nil {
			t.Errorf("kubectl's entry %d was undone", i)
		}
	}
	for i := range many {
		if got := config.Clusters["kind-"+w.name(i)].Server; got != w.new(i) && got != w.old(i) {
			t.Errorf("entry %d has %s", i, got)
		}
	}
	w.holds("config")
}

// kubectlWrites lets kubectl make one entry after another, and returns the numbers of those that it made. A lock
// that somebody else has makes kubectl fail at once.
func (w *world) kubectlWrites(kubectl string, done <-chan struct{}) (made []int) {
	for i := 1; ; i++ {
		select {
		case <-done:
			return made
		default:
		}
		cmd := exec.Command(kubectl, "config", "set-cluster", fmt.Sprintf("kubectl-%d", i), "--server=https://kubectl")
		cmd.Env = []string{"KUBECONFIG=" + w.file(), "HOME=" + w.bin}
		out, err := cmd.CombinedOutput()
		switch {
		case err == nil:
			made = append(made, i)
		case !strings.Contains(string(out), "file exists"):
			w.t.Errorf("kubectl: %v\n%s", err, out)
		}
	}
}

// readLocked reads the file under its lock as often as it can: it has to be whole then.
func (w *world) readLocked(done <-chan struct{}) {
	lock := w.file() + ".lock"
	for read := 0; ; {
		select {
		case <-done:
			if read == 0 {
				w.t.Error("the lock could never be had: nothing was read")
			}
			return
		case <-time.After(5 * time.Millisecond): // let the writers have the lock as well
		}
		f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			w.t.Error(err)
			return
		}
		f.Close()
		config, err := clientcmd.LoadFromFile(w.file())
		if err != nil || len(config.Clusters) < many {
			w.t.Errorf("read under the lock: %v, %v", config, err)
		}
		read++
		if err := os.Remove(lock); err != nil {
			w.t.Error(err)
		}
	}
}
