// Package plugin is the command line of kubectl fed: the root command, and the way from what a command
// came to, to the exit code of the process.
package plugin

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/klog/v2"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// Exit codes.
const (
	codeDone        = 0
	codeFailed      = 1 // a command that compares: it found something
	codeTrouble     = 2 // a command that compares: it could not, or the call was wrong
	codePartial     = 3
	codeTimeout     = 124
	codeInterrupted = 130
)

// Main runs one command and returns the exit code of the process. A first signal cancels what the command
// does, so that it can clean up; a second one ends the process at once.
func Main(args []string, streams genericiooptions.IOStreams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // from now on a signal has its usual effect again

	// client libraries log what they then return as an error; users read that once, and in our words
	klog.SetLogger(logr.Discard())

	root := NewCmd(streams, args)
	ran, err := root.ExecuteContextC(ctx)
	if err == nil {
		return codeDone
	}
	if ctx.Err() != nil {
		report.Error(streams.ErrOut, errors.New("interrupted"))
		return codeInterrupted
	}
	var exited outcome.Exited
	if !errors.Is(err, outcome.ErrFound) && !errors.As(err, &exited) {
		report.Error(streams.ErrOut, err)
	}
	return code(ran, args, err)
}

// code is the one place where errors become exit codes.
func code(ran *cobra.Command, args []string, err error) int {
	var exited outcome.Exited
	switch {
	case errors.As(err, &exited):
		return int(exited)
	case outcome.KindOf(err) == outcome.Partial:
		return codePartial
	case outcome.KindOf(err) == outcome.Timeout:
		return codeTimeout
	case errors.Is(err, outcome.ErrFound):
		return codeFailed
	case outcome.KindOf(err) == outcome.Trouble, compares(ran, args):
		return codeTrouble
	}
	return codeFailed
}

// compares tells whether a command answers by its exit code, like diff: then 1 means that it found
// something, and all that went wrong is 2, a bad flag included. Some do so only with a flag.
func compares(ran *cobra.Command, args []string) bool {
	if ran == nil {
		return false
	}
	flag, does := ran.Annotations[outcome.Compares]
	return does && (flag == "" || slices.Contains(args, flag) || slices.Contains(args, flag+"=true"))
}
