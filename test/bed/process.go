package bed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kubectl-fed/kubectl-fed/test/bed/lock"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// process is a machine without Docker: a program of its own process group on this machine. It holds a
// lock file as long as it lives, which tells it from another process that has got its number.
type process struct {
	dir     string // holds all that it writes
	program string
	as      string // name that the program is called by
	args    func() ([]string, error)
	ports   int // that it needs, one after another
}

func (p *process) lockFile() string { return filepath.Join(p.dir, "alive.lock") }

func (p *process) state(context.Context) (state, error) {
	held, err := lock.Held(p.lockFile())
	if err != nil {
		return "", err
	}
	if held {
		return running, nil
	}
	if _, err := os.Stat(p.dir); errors.Is(err, os.ErrNotExist) {
		return absent, nil
	}
	return stopped, nil
}

func (p *process) create(ctx context.Context) error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	base, err := freePorts(p.ports)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.dir, "port"), []byte(strconv.Itoa(base)), 0o644); err != nil {
		return err
	}
	return p.start(ctx)
}

// start runs the program in the background, apart from this process's terminal and group.
func (p *process) start(context.Context) error {
	args, err := p.args()
	if err != nil {
		return err
	}
	alive, err := lock.File(p.lockFile())
	if err != nil {
		return err
	}
	defer alive.Close()
	log, err := os.OpenFile(filepath.Join(p.dir, p.as+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.program, args...)
	cmd.Args[0] = p.as
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{alive}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	go func() { _ = cmd.Wait() }() // reaped while this process lives; what became of it the lock says
	return os.WriteFile(filepath.Join(p.dir, "pid"), []byte(pid), 0o644)
}

func (p *process) stop(ctx context.Context) error {
	return p.end(ctx, syscall.SIGTERM)
}

func (p *process) remove(ctx context.Context) error {
	if err := p.end(ctx, syscall.SIGKILL); err != nil {
		return err
	}
	return os.RemoveAll(p.dir)
}

// end signals the whole group until the last of it has gone.
func (p *process) end(ctx context.Context, signal syscall.Signal) error {
	deadline := time.Now().Add(10 * time.Second)
	for {
		s, err := p.state(ctx)
		if err != nil || s != running {
			return err
		}
		if time.Now().After(deadline) {
			signal = syscall.SIGKILL
		}
		text, err := os.ReadFile(filepath.Join(p.dir, "pid"))
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			return err
		}
		if err := syscall.Kill(-pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stopping %s: %w", p.as, err)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (p *process) read(_ context.Context, path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(p.dir, path))
}

func (p *process) port(context.Context) (int, error) {
	text, err := os.ReadFile(filepath.Join(p.dir, "port"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(text))
}

// freePorts finds n ports in a row that are free, and returns the first.
func freePorts(n int) (int, error) {
	for range 100 {
		base, err := freePort()
		if err != nil {
			return 0, err
		}
		free := true
		for i := 1; i < n && free; i++ {
			free = portIsFree(base + i)
		}
		if free {
			return base, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports in a row on 127.0.0.1", n)
}

// nodeProcess is a cluster's node as processes on loopback.
func nodeProcess(ctx context.Context, dir, cluster, kubernetes string, log io.Writer) (*process, error) {
	files, err := nodeFiles(ctx, kubernetes, programs.Target{}, log)
	if err != nil {
		return nil, err
	}
	p := &process{dir: filepath.Join(dir, cluster), program: files["bednode"], as: "bednode", ports: 5}
	p.args = func() ([]string, error) {
		port, err := p.port(ctx)
		if err != nil {
			return nil, err
		}
		args := []string{"-cluster", cluster, "-root", p.dir, "-address", "127.0.0.1", "-port", strconv.Itoa(port),
			"-etcd-port", strconv.Itoa(port + 1), "-helper-port", strconv.Itoa(port + 3)}
		for _, name := range nodePrograms {
			args = append(args, "-program", name+"="+files[name])
		}
		return args, nil
	}
	return p, nil
}
