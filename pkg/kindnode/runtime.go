package kindnode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/kind/pkg/cluster"
	kindexec "sigs.k8s.io/kind/pkg/exec"
)

// RuntimeError says that the container runtime couldn't be asked.
type RuntimeError struct {
	// Tried is the runtime's program, or all that were looked for when none is
	// installed.
	Tried []string
	// Err is what it said. It is exec.ErrNotFound when it is not installed.
	Err error
}

// Error names the runtime and what it said, in one line.
func (e *RuntimeError) Error() string {
	return fmt.Sprintf("listing kind clusters with %s: %v", strings.Join(e.Tried, ", "), e.Err)
}

// Unwrap gives Err.
func (e *RuntimeError) Unwrap() error { return e.Err }

// runtime is a container runtime that kind can use.
type runtime struct {
	binary string
	// version is what the program calls itself: where docker is another name of
	// podman, it is podman that kind has used.
	version string
	kind    cluster.ProviderOption
}

// runtimes returns the runtimes in the order in which kind looks for them. The
// last is one that kind takes only when it is told to.
func runtimes() []runtime {
	return []runtime{
		{"docker", "Docker version", cluster.ProviderWithDocker()},
		{"nerdctl", "nerdctl version", cluster.ProviderWithNerdctl("nerdctl")},
		{"finch", "finch version", cluster.ProviderWithNerdctl("finch")},
		{"podman", "podman version", cluster.ProviderWithPodman()},
		{"nerdctl.lima", "", cluster.ProviderWithNerdctl("nerdctl.lima")},
	}
}

// detect returns the runtime that the kind command would use: the one that
// KIND_EXPERIMENTAL_PROVIDER names, else the first installed. The kind library
// leaves that variable to its callers, and doesn't tell which program it found.
func detect(ctx context.Context) (runtime, error) {
	var tried []string
	named := os.Getenv("KIND_EXPERIMENTAL_PROVIDER")
	for _, candidate := range runtimes() {
		if candidate.binary == named {
			return candidate, nil
		}
	}
	for _, candidate := range runtimes() {
		if candidate.version == "" {
			continue
		}
		tried = append(tried, candidate.binary)
		out, err := run(ctx, candidate.binary, "-v")
		if err == nil && strings.HasPrefix(string(out), candidate.version) {
			return candidate, nil
		}
	}
	if ctx.Err() != nil {
		return runtime{}, &RuntimeError{Tried: tried, Err: ctx.Err()}
	}
	return runtime{}, &RuntimeError{Tried: tried, Err: exec.ErrNotFound}
}

// nodes lists the names of the containers that are nodes of kind clusters. Of the
// kind library it is learned whether there are any, by kind's own rules for this
// runtime; the library would run the runtime's program again for each cluster to
// learn its nodes, so they are all listed here, at the same time.
func (r runtime) nodes(ctx context.Context) ([]string, error) {
	var clusters, names []string
	var both errgroup.Group
	both.Go(func() (err error) {
		clusters, err = r.clusters(ctx)
		return err
	})
	both.Go(func() error {
		out, err := run(ctx, r.binary, "ps", "--all", "--no-trunc", "--filter", "label="+clusterLabel, "--format", "{{.Names}}")
		names = strings.Fields(string(out))
		return err
	})
	err := both.Wait()
	switch {
	case err != nil:
		return nil, r.failed(said(err))
	case len(clusters) == 0:
		return nil, nil
	}
	return names, nil
}

// clusters lists the kind clusters as the kind library does. It can't be
// interrupted: when ctx ends first, its child process is left to end by itself.
func (r runtime) clusters(ctx context.Context) ([]string, error) {
	type result struct {
		names []string
		err   error
	}
	done := make(chan result, 1)
	go func() {
		names, err := cluster.NewProvider(r.kind).List()
		done <- result{names, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case result := <-done:
		return result.names, result.err
	}
}

// inspect describes containers, all in one call, as JSON.
func (r runtime) inspect(ctx context.Context, names []string) ([]byte, error) {
	out, err := run(ctx, r.binary, append([]string{"inspect", "--type", "container"}, names...)...)
	if err != nil {
		return nil, r.failed(err)
	}
	return out, nil
}

func (r runtime) failed(err error) error {
	return &RuntimeError{Tried: []string{r.binary}, Err: err}
}

// run runs a program and returns its standard output. The error is what the
// program said, where it said something.
func run(ctx context.Context, binary string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, binary, args...)
	// A child that holds the pipe open must not hold us up too.
	command.WaitDelay = time.Second
	var out bytes.Buffer
	command.Stdout = &out
	if err := runSaying(ctx, command); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// runSaying runs a command. The error is what it said, where it said something.
func runSaying(ctx context.Context, command *exec.Cmd) error {
	var stderr bytes.Buffer
	command.Stderr = &stderr
	err := command.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return orLastLine(err, stderr.Bytes())
}

// said gets what the runtime said out of an error of the kind library, which
// prints the command instead.
func said(err error) error {
	if failed := kindexec.RunErrorForError(err); failed != nil {
		return orLastLine(failed.Inner, failed.Output)
	}
	return err
}

// orLastLine returns the last line of a program's output as an error, or else
// err. Warnings come before it.
func orLastLine(err error, output []byte) error {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return errors.New(last)
	}
	return err
}
