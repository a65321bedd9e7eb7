//go:build long

package diff_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// enabled are the types beside those that KubeFed comes with.
var enabled = []string{
	"statefulsets.apps", "daemonsets.apps", "cronjobs.batch", "persistentvolumeclaims", "horizontalpodautoscalers.autoscaling",
	"poddisruptionbudgets.policy", "networkpolicies.networking.k8s.io", "roles.rbac.authorization.k8s.io",
	"rolebindings.rbac.authorization.k8s.io", "customresourcedefinitions.apiextensions.k8s.io",
}

// TestDefaultsGiveNoNoise propagates an object of each kind that people federate. Once KubeFed is done with them there
// is no difference, neither by its own record nor when every member is asked about everything.
func TestDefaultsGiveNoNoise(t *testing.T) {
	g := newGround(t)
	host := g.bed.Host()
	g.enable(t, enabled...)
	g.apply(t, "kinds.yaml")
	if err := bed.Apply(t.Context(), host.Config(), "", g.text(t, "crd.yaml")); err != nil {
		t.Fatal(err)
	}
	g.apply(t, "federated-crd.yaml")
	g.settled(t)
	g.enable(t, "gizmos.noise.example.org")
	g.apply(t, "custom.yaml")
	g.settled(t)
}

// settled waits until diff finds nothing, whichever way it is asked.
func (g *ground) settled(t *testing.T) {
	t.Helper()
	bed.Eventually(t, "there are no differences", func(context.Context) error {
		for _, args := range [][]string{{"diff", "-A"}, {"diff", "-A", "--full"}} {
			if code, out := g.run(args...); code != 0 {
				return fmt.Errorf("%v: exit code %d\n%s", args, code, out)
			}
		}
		return nil
	})
	code, out := g.run("diff", "-A", "--full", "--summary")
	t.Logf("exit code %d\n%s", code, out)
}

func (g *ground) text(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "$NS", g.namespace)
}

// apply applies objects to the host, and removes those of the whole cluster in the end; the rest goes with its namespace.
func (g *ground) apply(t *testing.T, name string) {
	t.Helper()
	if err := bed.Apply(t.Context(), g.bed.Host().Config(), g.namespace, g.text(t, name)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(g.text(t, name)), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.program(t, "kubectl", "delete", "-f", file, "--ignore-not-found", "--context", g.bed.Host().Context())
	})
}

// enable enables types that are not yet, with the real kubefedctl, and disables them in the end.
func (g *ground) enable(t *testing.T, types ...string) {
	t.Helper()
	for _, typ := range types {
		g.program(t, "kubefedctl", "enable", typ, "--host-cluster-context", g.bed.Host().Context())
		t.Cleanup(func() {
			g.program(t, "kubefedctl", "disable", typ, "--delete-crd", "--host-cluster-context", g.bed.Host().Context())
		})
	}
}

func (g *ground) program(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	file, err := programs.Path(ctx, name, programs.Target{}, t.Output())
	if err != nil {
		t.Error(err)
		return
	}
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+g.bed.Kubeconfig())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Error(errors.Join(fmt.Errorf("%s %s: %s", name, strings.Join(args, " "), out), err))
	}
}
