package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
)

func makeDir(path string) error { return os.Mkdir(path, 0o700) }

func TestApplyChangesOneScalar(t *testing.T) {
	dir, path := config(t, two)
	err := Apply(t.Context(), []Edit{
		{path, "kind-alpha", loopback, inner},
		{path, "kind-beta", "https://127.0.0.1:34002", "https://172.18.0.3:6443"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(loopback, inner, "https://127.0.0.1:34002", "https://172.18.0.3:6443").Replace(two)
	if got := get(t, path); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	checkFiles(t, dir, "config")
}

func TestApplyWithNothingToDo(t *testing.T) {
	if err := Apply(t.Context(), nil); err != nil {
		t.Error(err)
	}
	_, path := config(t, two)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, loopback}}); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("a file without a change was written (%v)", err)
	}
}

func TestApplyKeepsLinkAndMode(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o644} {
		store, home := t.TempDir(), t.TempDir()
		target := put(t, filepath.Join(store, "work.yaml"), two)
		if err := os.Chmod(target, mode); err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(home, "config")
		if err := os.Symlink(target, link); err != nil {
			t.Skip(err)
		}
		if err := Apply(t.Context(), []Edit{{link, "kind-alpha", loopback, inner}}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.Readlink(link); err != nil || got != target {
			t.Errorf("the link became %q, %v", got, err)
		}
		if info, err := os.Stat(target); err != nil || info.Mode() != mode {
			t.Errorf("got mode %v, %v, want %v", info.Mode(), err, mode)
		}
		if !strings.Contains(get(t, target), inner) {
			t.Error("the link's target was not changed")
		}
		checkFiles(t, store, "work.yaml")
		checkFiles(t, home, "config")
	}
}

// A link among the directories gives one lock file two names.
func TestApplyBehindALinkedDirectory(t *testing.T) {
	root := t.TempDir()
	if err := makeDir(filepath.Join(root, "real")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(root, "alias")); err != nil {
		t.Skip(err)
	}
	put(t, filepath.Join(root, "real", "config"), two)
	path := filepath.Join(root, "alias", "config")
	if err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}}); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, filepath.Join(root, "real"), "config")
}

// A link and its target in one $KUBECONFIG are one file.
func TestApplyByTwoNames(t *testing.T) {
	dir, path := config(t, two)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("config", link); err != nil {
		t.Skip(err)
	}
	err := Apply(t.Context(), []Edit{
		{link, "kind-alpha", loopback, inner},
		{path, "kind-beta", "https://127.0.0.1:34002", "https://172.18.0.3:6443"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, path); !strings.Contains(got, inner) || !strings.Contains(got, "172.18.0.3") {
		t.Errorf("an edit was lost:\n%s", got)
	}
	checkFiles(t, dir, "config", "link")
}

func TestApplyWaitsForALock(t *testing.T) {
	dir, path := config(t, two)
	lock := put(t, path+".lock", "")
	done := make(chan error, 1)
	go func() { done <- Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}}) }()
	select {
	case err := <-done:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(100 * time.Millisecond): // long enough for an edit that does not wait
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	checkFiles(t, dir, "config")
}

func TestApplyNamesAStaleLock(t *testing.T) {
	dir, path := config(t, two)
	lock := put(t, path+".lock", "")
	made := time.Now().Add(-72 * time.Hour)
	if err := os.Chtimes(lock, made, made); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := Apply(ctx, []Edit{{path, "kind-alpha", loopback, inner}})
	var locked *LockedError
	if !errors.As(err, &locked) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %T %v, want a LockedError for the deadline", err, err)
	}
	if filepath.Base(locked.Lock) != "config.lock" || !strings.Contains(err.Error(), locked.Lock) || !strings.Contains(err.Error(), "made 72h0m") {
		t.Errorf("%q names neither lock nor age", err)
	}
	if get(t, path) != two {
		t.Error("the file was changed without the lock")
	}
	checkFiles(t, dir, "config", "config.lock") // the lock is another's, and stays
}

func TestApplyLosesPatience(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	_, path := config(t, two)
	put(t, path+".lock", "")
	err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}})
	var locked *LockedError
	if !errors.As(err, &locked) || !errors.Is(err, os.ErrExist) {
		t.Errorf("got %T %v, want a LockedError for the lock", err, err)
	}
}

func TestApplyInterrupted(t *testing.T) {
	dir, path := config(t, two)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := Apply(ctx, []Edit{{path, "kind-alpha", loopback, inner}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to be an interrupt", err)
	}
	if get(t, path) != two {
		t.Error("the file was changed")
	}
	checkFiles(t, dir, "config")
}

// One edit that can't be made leaves all files as they were, those of the edits
// that could be made too.
func TestApplyIsAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	first := put(t, filepath.Join(dir, "a"), two)
	second := put(t, filepath.Join(dir, "b"), two)
	err := Apply(t.Context(), []Edit{
		{first, "kind-alpha", loopback, inner},
		{second, "kind-alpha", "https://127.0.0.1:1", inner},
	})
	var changed *ChangedError
	if !errors.As(err, &changed) || !strings.Contains(err.Error(), second) || !strings.Contains(err.Error(), "kind-alpha") {
		t.Errorf("got %v, want an error that names file and cluster", err)
	}
	if get(t, first) != two || get(t, second) != two {
		t.Error("a file was changed")
	}
	checkFiles(t, dir, "a", "b")
}

func TestApplyLeavesSiblingsAlone(t *testing.T) {
	dir, path := config(t, two)
	shared := t.TempDir()
	sibling := put(t, filepath.Join(shared, "team"), strings.ReplaceAll(two, "kind-", "team-"))
	for file, mode := range map[string]os.FileMode{sibling: 0o400, shared: 0o500} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(shared, 0o700) })
	c, err := Load(chain(path, sibling))
	if err != nil {
		t.Fatal(err)
	}
	edit, changes := c.Plan(c.Entries()[0], inner)
	if !changes {
		t.Fatal("nothing to change")
	}
	if err := Apply(t.Context(), []Edit{edit}); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, dir, "config")
	checkFiles(t, shared, "team")
}

func TestApplyObeysReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	dir, path := config(t, two)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v, want permission denied", err)
	}
	checkFiles(t, dir, "config")
}

func TestApplyWhereThereIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "nowhere"), dir} {
		if err := Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want an error that names %s", err, path)
		}
	}
	checkFiles(t, dir)
}

// A write that fails at the rename leaves the old file and nothing beside it.
func TestWriteFailure(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "config")
	if err := makeDir(target); err != nil {
		t.Fatal(err)
	}
	if err := (file{target: target}).write([]byte("x")); err == nil {
		t.Error("a directory was replaced by a file")
	}
	checkFiles(t, dir, "config")
}

// Writers of different entries, half of them by a link, and kubectl's own writer
// among them: none undoes what another did, and no reader sees half a file.
func TestApplyWithManyWriters(t *testing.T) {
	const writers = 12
	var text strings.Builder
	text.WriteString("# kept\nclusters:\n")
	for i := range writers {
		fmt.Fprintf(&text, "- name: c%d\n  cluster: {server: \"https://old:%d\"} # %d\n", i, i, i)
	}
	dir, path := config(t, text.String())
	link := filepath.Join(dir, "link")
	if err := os.Symlink("config", link); err != nil {
		t.Skip(err)
	}
	var wait sync.WaitGroup
	for i := range writers {
		wait.Go(func() {
			edit := Edit{[]string{path, link}[i%2], fmt.Sprintf("c%d", i), fmt.Sprintf("https://old:%d", i), fmt.Sprintf("https://new:%d", i)}
			if err := Apply(t.Context(), []Edit{edit}); err != nil {
				t.Error(err)
			}
			if _, err := clientcmd.LoadFromFile(path); err != nil {
				t.Errorf("a reader saw half a file: %v", err)
			}
		})
	}
	wait.Wait()
	if got, want := get(t, path), strings.ReplaceAll(text.String(), "old", "new"); got != want {
		t.Errorf("an edit was lost:\n%s", got)
	}
	checkFiles(t, dir, "config", "link")
}

// While the lock is ours, kubectl's writer refuses, and the other way round: the
// two know the same lock.
func TestLockIsTheOneOfClientGo(t *testing.T) {
	_, path := config(t, two)
	unlock, err := lockAll(t.Context(), filesOf([]Edit{{File: path}}))
	if err != nil {
		t.Fatal(err)
	}
	access := explicit(path)
	raw, err := access.GetStartingConfig()
	if err != nil {
		t.Fatal(err)
	}
	raw.Clusters["kind-alpha"].Server = inner
	if err := clientcmd.ModifyConfig(access, *raw, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("client-go wrote under our lock: %v", err)
	}
	unlock()
	if err := clientcmd.ModifyConfig(access, *raw, false); err != nil {
		t.Errorf("the lock stayed: %v", err)
	}
}
