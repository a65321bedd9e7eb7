package node

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	restartDelay = 200 * time.Millisecond // before a program that ended is started again
	stopGrace    = 5 * time.Second        // between asking a program to stop and killing it
)

// supervise keeps the components running until ctx ends. They are stopped in reverse, the API server
// before etcd, so that nothing is cut off in the middle of a write.
func supervise(ctx context.Context, c Config, all []component) error {
	var stops []func()
	for _, one := range all {
		own, cancel := context.WithCancel(context.Background())
		var done sync.WaitGroup
		done.Go(func() { keepRunning(own, c, one) })
		stops = append(stops, func() { cancel(); done.Wait() })
	}
	<-ctx.Done()
	for i := len(stops) - 1; i >= 0; i-- {
		stops[i]()
	}
	return nil
}

func keepRunning(ctx context.Context, c Config, one component) {
	for ctx.Err() == nil {
		if err := runOnce(ctx, c, one); err != nil && ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "%s: %v; see /var/log/%s.log\n", one.name, err, one.name)
		}
		select {
		case <-ctx.Done():
		case <-time.After(restartDelay):
		}
	}
}

// runOnce runs a program to its end, with what it prints appended to its log.
func runOnce(ctx context.Context, c Config, one component) error {
	log, err := os.OpenFile(c.path("var/log", one.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, c.Programs.path(one.name), one.args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	return cmd.Run()
}
