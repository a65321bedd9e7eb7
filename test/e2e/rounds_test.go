//go:build kind

package e2e

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/rand"
)

var rounds = flag.Int("rounds", 10, "how often TestKindRounds sets up a federation and takes it down")

// What init may take on a quiet machine: half of the rounds less than the first, none more than the second.
const (
	initMedian = time.Minute
	initMost   = 2 * time.Minute
)

// TestKindRounds sets up a federation on the same clusters again and again: a control plane, two members, a
// Deployment whose pods run in both, and back to nothing.
func TestKindRounds(t *testing.T) {
	k := kindGround{t: t, kind: program(t, "kind"), kubectl: program(t, "kubectl"), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	k.create()
	k.loadKubeFed()
	images := k.loadProbe()
	s := newShell(t, k)
	s.must("kubectl", "config", "use-context", "kind-"+kindClusters[0])
	s.must("kubectl", "fed", "deinit", "--force", "--yes") // what an earlier run left
	var took []time.Duration
	for i := range *rounds {
		took = append(took, s.round(images[0]))
		t.Logf("round %d: init took %s", i+1, took[i].Round(100*time.Millisecond))
	}
	slices.Sort(took)
	median, most := took[len(took)/2], took[len(took)-1]
	t.Logf("%d rounds: init took %s at least, %s in the median, %s at most", len(took),
		took[0].Round(100*time.Millisecond), median.Round(100*time.Millisecond), most.Round(100*time.Millisecond))
	if median > initMedian || most > initMost {
		t.Errorf("init may take %s in the median and %s at most", initMedian, initMost)
	}
}

// round returns how long init took.
func (s shell) round(image string) time.Duration {
	start := time.Now()
	s.must("kubectl", "fed", "init", "--yes")
	took := time.Since(start)
	s.must("kubectl", "fed", "join", "--wait", kindClusters[1], kindClusters[2])
	namespace := "round-" + rand.String(5)
	s.must("kubectl", "create", "namespace", namespace)
	s.must("kubectl", "create", "deployment", "web", "-n", namespace, "--image", image)
	s.must("kubectl", "fed", "federate", "deploy", "web", "-n", namespace, "--federate-namespace")
	for _, member := range kindClusters[1:] {
		s.eventually("1", "kubectl", "--context", "kind-"+member, "get", "deploy", "web", "-n", namespace, "-o", "jsonpath={.status.readyReplicas}")
	}
	s.must("kubectl", "fed", "deinit", "--force", "--yes")
	for _, cluster := range kindClusters {
		left := s.must("kubectl", "--context", "kind-"+cluster, "get", "namespaces,crds,clusterroles,clusterrolebindings", "-o", "name")
		if strings.Contains(left, "kubefed") || strings.Contains(left, "kube-federation") {
			s.t.Fatalf("%s is not clean:\n%s", cluster, left)
		}
		s.must("kubectl", "--context", "kind-"+cluster, "delete", "namespace", namespace)
	}
	return took
}

// shell runs commands as a user would: kubectl finds the plugin on PATH.
type shell struct {
	t   *testing.T
	env []string
}

func newShell(t *testing.T, k kindGround) shell {
	t.Helper()
	path := []string{filepath.Dir(program(t, "kubectl-fed")), filepath.Dir(k.kubectl), filepath.Dir(k.kind), os.Getenv("PATH")}
	env := append(os.Environ(), "PATH="+strings.Join(path, string(os.PathListSeparator)), "KUBECONFIG="+k.kubeconfig, "HOME="+t.TempDir())
	return shell{t, env}
}

// run runs one command; both streams are one, as on a terminal.
func (s shell) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "env", args...) // looks for the program on the shell's own PATH
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s shell) must(args ...string) string {
	s.t.Helper()
	out, err := s.run(s.t.Context(), args...)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// eventually runs a command until it prints what is wanted.
func (s shell) eventually(want string, args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeoutCause(s.t.Context(), patience, errors.New("it took too long"))
	defer cancel()
	for {
		out, err := s.run(ctx, args...)
		if err == nil && strings.TrimSpace(out) == want {
			return
		}
		if ctx.Err() != nil {
			s.t.Fatalf("%s: want %q, at last %q (%v)", strings.Join(args, " "), want, out, err)
		}
	}
}
