package bed

import (
	"context"
	"fmt"
	"net"
	"time"
)

// state is what has become of a cluster's or the controller's machine.
type state string

const (
	absent   state = "absent"
	stopped  state = "stopped"
	running  state = "running"
	outdated state = "outdated" // of another build, or in no state to be used: to be replaced
)

// machine is what a cluster's node, or KubeFed's controller manager, runs in: a container or a process.
type machine interface {
	state(ctx context.Context) (state, error)
	create(ctx context.Context) error // makes it anew and starts it
	start(ctx context.Context) error
	stop(ctx context.Context) error
	remove(ctx context.Context) error                      // with all that it wrote; no error when it is absent
	read(ctx context.Context, path string) ([]byte, error) // a file in it, path below /
	port(ctx context.Context) (int, error)                 // at which the API server is reached on 127.0.0.1
}

// ensure brings a machine to run: the one that is there where it can be used, else a new one.
func ensure(ctx context.Context, m machine) (fresh bool, err error) {
	s, err := m.state(ctx)
	if err != nil {
		return false, err
	}
	switch s {
	case running:
		return false, nil
	case stopped:
		return false, m.start(ctx)
	}
	return true, replace(ctx, m)
}

func replace(ctx context.Context, m machine) error {
	if err := m.remove(ctx); err != nil {
		return err
	}
	return m.create(ctx)
}

// freePort finds a port of 127.0.0.1 that nobody listens on. Kind does the same before it starts a node:
// a port chosen by the engine would be another one after each restart.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func portIsFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// pause is the time between two looks at a condition that is being waited for.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// until looks at a condition again and again until it holds or ctx ends; the error then says what was still
// missing at the last look.
func until(ctx context.Context, what string, holds func(context.Context) error) error {
	for {
		err := holds(ctx)
		if err == nil {
			return nil
		}
		if pause(ctx, 150*time.Millisecond) != nil {
			return fmt.Errorf("waiting until %s: %w (%w)", what, err, context.Cause(ctx))
		}
	}
}
