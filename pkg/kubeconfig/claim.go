package kubeconfig

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// mark is what a lock file of ours begins with. Those of kubectl and kind are empty.
const mark = "kubectl-fed "

// holder says who made a lock file.
type holder int

const (
	nobody  holder = iota // it is gone
	other                 // another program; whether that lives can't be told
	liveRun               // a run of ours that goes on
	deadRun               // a run of ours that was killed
)

// claim is a lock file of ours while we hold it. While the file is open the
// operating system knows that its maker lives, and it forgets that by itself when
// the process dies, however it dies.
type claim struct {
	name string
	file *os.File
}

// stake makes the lock file; it is fs.ErrExist when there is one. The file appears
// under its name complete, with the mark in it and held: were the process killed
// in between, nobody could tell whose it was.
func stake(name string) (*claim, error) {
	if !canHold {
		return makePlainly(name)
	}
	draft, err := os.CreateTemp(filepath.Dir(name), draftPrefix(name))
	if err != nil {
		return nil, err
	}
	defer os.Remove(draft.Name())
	if err := sign(draft); err != nil {
		draft.Close()
		return makePlainly(name) // a file system that knows no such locks
	}
	err = os.Link(draft.Name(), name)
	if err == nil {
		return &claim{name, draft}, nil
	}
	draft.Close()
	if errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return makePlainly(name) // a file system without links
}

// makePlainly makes the lock file in the way of client-go. Nobody can tell whose it is.
func makePlainly(name string) (*claim, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return &claim{name, file}, nil
}

// sign writes into a lock file whose it is, and holds it.
func sign(file *os.File) error {
	if err := hold(file); err != nil {
		return err
	}
	_, err := file.WriteString(mark + strconv.Itoa(os.Getpid()) + "\n")
	return err
}

// release removes the lock before it lets go of it, so that nobody takes it for a
// dead run's meanwhile. Windows removes no open file. Whoever comes next buries a
// lock that stayed all the same, or names it.
func (c *claim) release() {
	removed := os.Remove(c.name) == nil
	_ = c.file.Close()
	if !removed {
		_ = os.Remove(c.name)
	}
}

// holderOf says who made a lock file.
func holderOf(name string) holder {
	if !canHold {
		return other // not even opened: where a system has no flock, an open file may not be removed
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nobody
	}
	if err != nil {
		return other
	}
	defer file.Close()
	return holderOfOpen(file)
}

func holderOfOpen(file *os.File) holder {
	text := make([]byte, len(mark))
	if _, err := file.ReadAt(text, 0); err != nil || string(text) != mark {
		return other
	}
	switch err := hold(file); {
	case err == nil:
		return deadRun
	case isHeld(err):
		return liveRun
	}
	return other
}

// bury removes the lock file of a dead run, and says whether it did. It holds the
// file meanwhile, and looks whether the name still leads to it: another run may
// have buried it and made a lock of its own.
func bury(name string) bool {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	if holderOfOpen(file) != deadRun {
		return false
	}
	held, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(name)
	return err == nil && os.SameFile(held, named) && os.Remove(name) == nil
}

// draftPrefix begins the names of files of ours that are to become another file: a kubeconfig, or a lock file.
func draftPrefix(of string) string { return "." + filepath.Base(of) + ".kubectl-fed-" }

// sweep removes what killed runs left beside a file: what begins with a prefix of
// ours, where remove agrees. Nothing of another program has such a name.
func sweep(beside, prefix string, remove func(path string)) {
	directory := filepath.Dir(beside)
	entries, err := os.ReadDir(directory)
	if err != nil {
		return // who can't list the directory learns why when writing to it
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix) {
			remove(filepath.Join(directory, entry.Name()))
		}
	}
}

// sweepDrafts removes lock files that were being made by runs that are dead.
func sweepDrafts(lock string) {
	sweep(lock, draftPrefix(lock), func(path string) {
		if info, err := os.Lstat(path); err == nil && info.Size() == 0 && time.Since(info.ModTime()) > writing {
			_ = os.Remove(path) // its maker died before it could write whose it is
			return
		}
		bury(path)
	})
}

// sweepTemporaries removes files that were to replace a kubeconfig that we have
// locked: only the holder of the lock makes one.
func sweepTemporaries(target string) {
	sweep(target, draftPrefix(target), func(path string) { _ = os.Remove(path) })
}
