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
	// lockPatience is how long a lock is waited for. Other programs hold it for
	// milliseconds, so one that outlasts this is most likely stale.
	lockPatience = 3 * time.Second
	lockPoll     = 20 * time.Millisecond
)

// lockAll takes the locks of all files, sorted as client-go sorts them so that
// two programs don't wait for each other. The returned function releases what
// was taken; it is to be called on failure too.
func lockAll(ctx context.Context, files []file) (unlock func(), err error) {
	var taken []string
	unlock = func() {
		for _, lock := range slices.Backward(taken) {
			_ = os.Remove(lock) // whoever comes next will name a lock that stayed
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, os.ErrExist)
	defer cancel()
	for _, lock := range locksOf(files) {
		if err := takeLock(ctx, lock); err != nil {
			return unlock, err
		}
		taken = append(taken, lock)
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

// takeLock makes the lock file, which must not be there, or waits for it to go.
// A lock is never broken: a file says nothing about whether its maker lives.
func takeLock(ctx context.Context, lock string) error {
	for {
		file, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0)
		if err == nil {
			return file.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("locking kubeconfig: %w", err)
		}
		select {
		case <-ctx.Done():
			return lockedError(ctx, lock)
		case <-time.After(lockPoll):
		}
	}
}

func lockedError(ctx context.Context, lock string) error {
	err := &LockedError{Lock: lock, Err: context.Cause(ctx)}
	if info, statErr := os.Lstat(lock); statErr == nil {
		err.Since = info.ModTime()
	}
	return err
}
