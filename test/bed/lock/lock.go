// Package lock has file locks between processes: several test binaries share one bed, and only one of
// them may build or change it at a time. The operating system drops a lock with the process that
// held it, so a killed run never leaves one behind.
package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Exclusive waits until no other process holds the lock in any form, and takes it. Call release when done.
func Exclusive(ctx context.Context, file string) (release func(), err error) {
	return take(ctx, file, syscall.LOCK_EX)
}

// Shared waits until no other process holds the lock exclusively, and takes it beside other sharers.
func Shared(ctx context.Context, file string) (release func(), err error) {
	return take(ctx, file, syscall.LOCK_SH)
}

// take polls, since flock cannot be waited for with a context.
func take(ctx context.Context, file string, how int) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("locking %s: %w", file, err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("waiting for %s: %w", file, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Held tells whether a process holds the lock in any form.
func Held(file string) (bool, error) {
	f, err := os.OpenFile(file, os.O_RDWR, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// File opens the file and locks it exclusively, at once or not at all. Given to a child process, the lock
// lasts as long as the child and its children do.
func File(file string) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", file, err)
	}
	return f, nil
}
