package kubeconfig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// die ends a claim as the end of its process does: the file is closed, and stays.
func die(t *testing.T, c *claim) {
	t.Helper()
	if err := c.file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestClaimTellsItsHolder(t *testing.T) {
	if !canHold {
		t.Skip("this system doesn't tell")
	}
	name := filepath.Join(t.TempDir(), "config.lock")
	check := func(what string, want holder) {
		t.Helper()
		if got := holderOf(name); got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	check("no lock", nobody)
	lock, err := stake(name)
	if err != nil {
		t.Fatal(err)
	}
	check("held", liveRun)
	if bury(name) {
		t.Error("a living run's lock was removed")
	}
	die(t, lock)
	check("its maker is dead", deadRun)
	put(t, name, "")
	check("kubectl's", other)
	if bury(name) {
		t.Error("another program's lock was removed")
	}
}

// A run that was killed has left its lock, a lock that it was making, and a file that was to replace the
// kubeconfig; another program has files of similar names.
func TestApplyCleansUpAfterADeadRun(t *testing.T) {
	if !canHold {
		t.Skip("this system doesn't tell a dead run's files from a living one's")
	}
	dir, path := config(t, two)
	lock, err := stake(path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	die(t, lock)
	put(t, filepath.Join(dir, ".config.kubectl-fed-123"), "half")
	put(t, filepath.Join(dir, ".config.lock.kubectl-fed-456"), mark+"1\n")
	put(t, filepath.Join(dir, ".config.tmp"), "another's")
	put(t, filepath.Join(dir, ".other.kubectl-fed-1"), "of another kubeconfig")
	if err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(get(t, path), inner) {
		t.Error("nothing was changed")
	}
	checkFiles(t, dir, ".config.tmp", ".other.kubectl-fed-1", "config")
}

// A run that has nothing to edit cleans up all the same, and leaves what it can't tell to be a dead run's.
func TestTidy(t *testing.T) {
	if !canHold {
		t.Skip("this system doesn't tell a dead run's files from a living one's")
	}
	dir, path := config(t, two)
	leave := func() {
		lock, err := stake(path + ".lock")
		if err != nil {
			t.Fatal(err)
		}
		die(t, lock)
		put(t, filepath.Join(dir, ".config.kubectl-fed-123"), "half")
		put(t, filepath.Join(dir, ".config.lock.kubectl-fed-456"), mark+"1\n")
		put(t, filepath.Join(dir, ".config.tmp"), "another's")
	}
	leave()
	Tidy([]string{path})
	checkFiles(t, dir, ".config.tmp", "config")

	alive, err := stake(path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, ".config.kubectl-fed-9"), "being written")
	Tidy([]string{path})
	checkFiles(t, dir, ".config.kubectl-fed-9", ".config.tmp", "config", "config.lock")
	alive.release()

	put(t, path+".lock", "") // kubectl's
	Tidy([]string{path})
	checkFiles(t, dir, ".config.kubectl-fed-9", ".config.tmp", "config", "config.lock")
}

// A lock that is being made by a living run stays.
func TestSweepLeavesTheLiving(t *testing.T) {
	if !canHold {
		t.Skip("this system doesn't tell")
	}
	dir, path := config(t, two)
	draft := filepath.Join(dir, ".config.lock.kubectl-fed-7")
	alive, err := stake(draft)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.release()
	if err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}}); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, dir, ".config.lock.kubectl-fed-7", "config")
}

// A reader that comes while kubectl has emptied the file under its lock waits until it is whole again.
func TestLoadWaitsForAWriter(t *testing.T) {
	_, path := config(t, "")
	lock := put(t, path+".lock", "")
	loaded := make(chan []Entry, 1)
	go func() {
		c, err := Load(explicit(path))
		if err != nil {
			t.Error(err)
		}
		loaded <- c.Entries()
	}()
	select {
	case got := <-loaded:
		t.Fatalf("an empty file was read: %v", got)
	default:
	}
	put(t, path, two)
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if got := <-loaded; len(got) != 2 {
		t.Errorf("got %v, want both entries", got)
	}
}
