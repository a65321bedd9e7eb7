package each

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// patience is how long kubectl may take to end once it was interrupted.
const patience = 5 * time.Second

// hurried is the exit code of what a signal ended.
const hurried = 130

// runner runs kubectl, and sees to it that nothing is left behind, whichever way it ends.
type runner struct {
	options *Options
	dir     string // with the kubeconfigs
	stop    chan struct{}
	kill    chan struct{}
}

// listen takes signals over for as long as there are credentials in a file: the first one is passed on to kubectl,
// and the second one kills it. What it returns ends that, and removes the files.
func (r *runner) listen() (end func()) {
	r.stop, r.kill = make(chan struct{}), make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	done := make(chan struct{})
	go func() {
		for _, next := range []chan struct{}{r.stop, r.kill} {
			select {
			case <-signals:
				close(next)
			case <-done:
				return
			}
		}
	}()
	return func() {
		if r.dir != "" {
			_ = os.RemoveAll(r.dir) // a folder of our own: there is nothing that could keep it
		}
		signal.Stop(signals)
		close(done)
	}
}

// target is a member that kubectl can be run for.
type target struct {
	name       string
	kubeconfig string // the value of KUBECONFIG
}

// prepare finds the way to every member, and writes it into a file that only the user can read. A member without
// one is an error of its own.
func (r *runner) prepare(ctx context.Context, host *member.Host, members []member.Member) (ready []target, failed []error, err error) {
	namespace, err := r.options.Namespace()
	if err != nil {
		return nil, nil, err
	}
	if r.dir, err = os.MkdirTemp("", "kubectl-fed-each-"); err != nil {
		return nil, nil, fmt.Errorf("making a folder for kubeconfigs: %w", err)
	}
	outcomes := member.Each(ctx, members, *r.options.Timeout, func(ctx context.Context, m member.Member) (string, error) {
		config, alone, err := host.Kubeconfig(ctx, m, namespace)
		if err != nil {
			return "", err
		}
		text, err := clientcmd.Write(*config)
		if err != nil {
			return "", err
		}
		file := filepath.Join(r.dir, m.Name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return "", fmt.Errorf("writing a kubeconfig: %w", err)
		}
		if alone {
			return file, nil
		}
		return strings.Join(append([]string{file}, r.options.Files()...), string(filepath.ListSeparator)), nil
	})
	for _, out := range outcomes {
		if out.Err != nil {
			err := fmt.Errorf("%s: %w", out.Member.Name, out.Err)
			failed = append(failed, hint.Add(err, "kubectl fed clusters%s", r.options.HostFlag()))
			continue
		}
		ready = append(ready, target{out.Member.Name, out.Value})
	}
	return ready, failed, nil
}

// run runs kubectl for all at once, and returns the worst exit code.
func (r *runner) run(ctx context.Context, targets []target) (int, error) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return 0, hint.Add(errors.New("there is no kubectl on PATH"), "https://kubernetes.io/docs/tasks/tools/")
	}
	input, err := r.input()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-r.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	out, errOut := r.streams(targets)
	codes := make([]int, len(targets))
	failed := make([]error, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() {
			codes[i], failed[i] = r.one(ctx, kubectl, t, input, len(targets) == 1, out(t.name), errOut(t.name))
		})
	}
	all.Wait()
	select {
	case <-r.stop:
		return hurried, errors.Join(failed...)
	default:
		return slices.Max(append(codes, 0)), errors.Join(failed...)
	}
}

// input is what every kubectl reads, nil for nothing. It is read where an argument asks for it only: a stream that
// nobody ends would be waited for.
func (r *runner) input() ([]byte, error) {
	asked := func(arg string) bool { return arg == "-" || strings.HasSuffix(arg, "=-") }
	if r.options.NoPrefix || !slices.ContainsFunc(r.options.Args, asked) {
		return nil, nil
	}
	text, err := io.ReadAll(r.options.Streams.In)
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	return text, nil
}

// streams give each kubectl its own.
func (r *runner) streams(targets []target) (out, errOut func(name string) io.WriteCloser) {
	streams := r.options.Streams
	if r.options.NoPrefix {
		return func(string) io.WriteCloser { return keep{streams.Out} }, func(string) io.WriteCloser { return keep{streams.ErrOut} }
	}
	var names []string
	for _, t := range targets {
		names = append(names, t.name)
	}
	return report.NewPrefixer(streams.Out, names).For, report.NewPrefixer(streams.ErrOut, names).For
}

// keep is a stream that stays open.
type keep struct{ io.Writer }

// Close does nothing.
func (keep) Close() error { return nil }

// one runs kubectl for one member. The error is that it could not be run.
func (r *runner) one(ctx context.Context, kubectl string, t target, input []byte, only bool, out, errOut io.WriteCloser) (int, error) {
	cmd := exec.CommandContext(ctx, kubectl, r.options.Args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+t.kubeconfig)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), out, errOut
	if r.options.NoPrefix {
		cmd.Stdout, cmd.Stderr = r.options.Streams.Out, r.options.Streams.ErrOut // the files themselves, a terminal perhaps
	}
	if r.options.NoPrefix && only {
		cmd.Stdin = r.options.Streams.In
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	err := cmd.Start()
	if err == nil {
		err = r.wait(cmd)
	}
	_ = errors.Join(out.Close(), errOut.Close()) // whoever doesn't read on has seen enough
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return codeOf(exit), nil
	case err != nil && ctx.Err() == nil:
		return 1, fmt.Errorf("%s: running kubectl: %w", t.name, err)
	}
	return 0, nil
}

// wait waits for kubectl, and kills it at a second signal.
func (r *runner) wait(cmd *exec.Cmd) error {
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-r.kill:
			_ = cmd.Process.Kill() // it may be gone already
		case <-done:
		}
	}()
	return cmd.Wait()
}

// codeOf is what a shell would make of the end of a program.
func codeOf(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return cmp.Or(exit.ExitCode(), 1)
}
