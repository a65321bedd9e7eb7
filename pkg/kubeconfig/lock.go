package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// lockPatience is how long a lock of another program is waited for. Those hold it for
	// milliseconds, so one that outlasts this is most likely stale.
	lockPatience = 3 * time.Second
	lockPoll     = 20 * time.Millisecond
)

// lockAll takes the locks of all files, sorted as client-go sorts them so that
// two programs don't wait for each other. The returned function releases what
// was taken; it is to be called on failure too.
func lockAll(ctx context.Context, files []file) (unlock func(), err error) {
	var taken []*claim
	unlock = func() {
		for _, lock := range slices.Backward(taken) {
			lock.release()
		}
	}
	for _, name := range locksOf(files) {
		lock, err := takeLock(ctx, name)
		if err != nil {
			return unlock, err
		}
		taken = append(taken, lock)
		sweepDrafts(name)
	}
	return unlock, nil
}

// locksOf names the lock files: kubectl locks the name that it was given and not
// what a symbolic link leads to, and another program may go by that other name,
// so both are taken.
func locksOf(files []file) []string {
	var locks []string
	for _, file := range files {
		for _, name := range append([]string{file.target}, file.names...) {
			locks = append(locks, lockOf(name))
		}
	}
	slices.Sort(locks)
	return slices.Compact(locks)
}

// lockOf names the lock of one file in one way only: with a link among the
// directories, two spellings would be one lock, and we would wait for ourselves.
func lockOf(name string) string {
	name = absolute(name)
	if directory, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(directory, filepath.Base(name))
	}
	return name + ".lock"
}

// takeLock makes the lock file, which must not be there, or waits for it to go. A
// lock of another program is never broken: its file says nothing about whether its
// maker lives. One of ours does: a dead run's is removed, a living one's is waited
// for as long as it takes.
func takeLock(ctx context.Context, name string) (*claim, error) {
	deadline := time.Now().Add(lockPatience)
	for {
		lock, err := stake(name)
		if err == nil {
			return lock, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("locking kubeconfig: %w", err)
		}
		switch holderOf(name) {
		case deadRun:
			if bury(name) {
				continue
			}
		case liveRun:
			deadline = time.Now().Add(lockPatience)
		}
		if err := waitForLock(ctx, deadline); err != nil {
			return nil, lockedError(err, name)
		}
	}
}

// waitForLock passes the time between two looks at a lock. It is os.ErrExist when
// the patience has run out, and the context's error when that has ended.
func waitForLock(ctx context.Context, deadline time.Time) error {
	if time.Now().After(deadline) {
		return os.ErrExist
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(lockPoll):
		return nil
	}
}

func lockedError(cause error, lock string) error {
	err := &LockedError{Lock: lock, Err: cause}
	if info, statErr := os.Lstat(lock); statErr == nil {
		err.Since = info.ModTime()
	}
	return err
}
