// Command demo brings up three clusters and walks through the product on them, showing what it types and what
// comes back. The clusters stay, so that you can go on by hand.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

var clusters = []string{"fed-master", "fed-worker01", "fed-worker02"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if !bed.HasDocker(ctx) {
		return errors.New("the demo needs Docker, and no engine answers")
	}
	fmt.Println("# three clusters; the first time, Kubernetes is built for them, which takes a while")
	b, err := bed.Up(ctx, bed.Spec{Name: "demo", Clusters: clusters, KubeFed: true}, os.Stdout)
	if err != nil {
		return err
	}
	kubectl, err := programs.Path(ctx, "kubectl", programs.Target{}, os.Stdout)
	if err != nil {
		return err
	}
	s, err := newShell(ctx, b, filepath.Dir(kubectl))
	if err != nil {
		return err
	}
	return s.walk()
}

// shell types commands and shows them.
type shell struct {
	ctx        context.Context
	kubeconfig string
	path       string
	plugin     string // folder of kubectl-fed
	kubectl    string // folder of kubectl
}

// newShell starts from the kubeconfig as kind would have left it, in a file of the demo's own.
func newShell(ctx context.Context, b *bed.Bed, kubectl string) (*shell, error) {
	root, err := programs.Root()
	if err != nil {
		return nil, err
	}
	plugin := filepath.Join(root, "bin")
	if _, err := os.Stat(filepath.Join(plugin, "kubectl-fed")); err != nil {
		return nil, fmt.Errorf("the plugin is not built, run make build: %w", err)
	}
	data, err := os.ReadFile(b.Kubeconfig())
	if err != nil {
		return nil, err
	}
	file := filepath.Join(filepath.Dir(b.Kubeconfig()), "demo.kubeconfig")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return nil, err
	}
	path := strings.Join([]string{plugin, kubectl, os.Getenv("PATH")}, string(os.PathListSeparator))
	return &shell{ctx: ctx, kubeconfig: file, path: path, plugin: plugin, kubectl: kubectl}, nil
}

// walk is the story. What an earlier demo left is removed first, so that it can be told again.
func (s *shell) walk() error {
	s.quiet("kubectl delete federateddeployments,deployments --all -n shop --wait --ignore-not-found")
	s.quiet("kubectl delete namespace shop --ignore-not-found")
	steps := []func() error{
		s.say("kind's servers are on loopback: no other cluster reaches them there"),
		s.do("kubectl fed fix-server"),
		s.say("two of the clusters become members of the federation of the third"),
		s.do("kubectl fed join fed-worker01 fed-worker02 --wait"),
		s.say("a plain Deployment, in a namespace of the host cluster"),
		s.do("kubectl create namespace shop"),
		s.do("kubectl create deployment nginx -n shop --image=nginx:1.27"),
		s.say("federated: on both members, with two replicas and another image on one of them"),
		s.do("kubectl fed federate deploy nginx -n shop --federate-namespace --override fed-worker01:replicas=2 --override fed-worker01:spec.template.spec.containers[nginx].image=nginx:1.28"),
		s.until("kubectl fed diff -n shop"),
		s.say("what came of it"),
		s.do("kubectl get deploy -n shop -o wide --context kind-fed-worker01"),
		s.do("kubectl get deploy -n shop -o wide --context kind-fed-worker02"),
		s.do("kubectl fed diff -n shop"),
		s.goOn,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *shell) say(text string) func() error {
	return func() error { fmt.Printf("\n# %s\n", text); return nil }
}

func (s *shell) do(line string) func() error {
	return func() error {
		fmt.Println("$ " + line)
		cmd := s.command(line)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stdout
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		return nil
	}
}

// until waits, without a word, until a command succeeds.
func (s *shell) until(line string) func() error {
	return func() error {
		ctx, cancel := context.WithTimeout(s.ctx, 2*time.Minute)
		defer cancel()
		for {
			out, err := s.command(line).CombinedOutput()
			if err == nil {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: %w\n%s", line, err, out)
			case <-time.After(time.Second):
			}
		}
	}
}

// quiet runs a command that may fail: there may be nothing to clean up.
func (s *shell) quiet(line string) { _ = s.command(line).Run() }

// command splits the line at spaces: none of the demo's words has one.
func (s *shell) command(line string) *exec.Cmd {
	words := strings.Fields(line)
	program := words[0]
	if program == "kubectl" {
		program = filepath.Join(s.kubectl, "kubectl")
	}
	cmd := exec.CommandContext(s.ctx, program, words[1:]...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+s.kubeconfig, "PATH="+s.path)
	return cmd
}

func (s *shell) goOn() error {
	fmt.Printf(`
# go on by hand:
export KUBECONFIG=%s
export PATH=%s:%s:$PATH
# change something behind KubeFed's back, and see what it will do about it:
go run ./test/bed/cmd/bed stop-kubefed
kubectl --context kind-fed-worker02 scale deploy nginx -n shop --replicas=5
kubectl fed diff -n shop
# remove the clusters:
go run ./test/bed/cmd/bed down
`, s.kubeconfig, s.plugin, s.kubectl)
	return nil
}
