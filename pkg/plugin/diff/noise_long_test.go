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
// is no difference, neither by its own record nor when every member is asked about everything. What is a default depends
// on the members' Kubernetes.
func TestDefaultsGiveNoNoise(t *testing.T) {
	newGround(t).staysQuiet(t)
}

// TestOldDefaultsGiveNoNoise is the same on the oldest Kubernetes that there are programs for, on a bed of its own.
func TestOldDefaultsGiveNoNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("needs real clusters, and -short was given")
	}
	if !bed.HasDocker(t.Context()) {
		t.Skip(bed.ErrNeedsDocker)
	}
	spec := bed.Spec{Name: bed.TestBed + "-134", KubeFed: true, Kubernetes: "1.34"}
	for _, name := range []string{"master", "worker01", "worker02"} {
		spec.Clusters = append(spec.Clusters, spec.Name+"-"+name)
	}
	t.Cleanup(func() {
		if err := bed.Down(context.Background(), spec.Name); err != nil {
			t.Error(err)
		}
	})
	b, err := bed.Up(t.Context(), spec, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Clusters {
		version, err := c.Client().Discovery().ServerVersion()
		if err != nil || version.GitVersion != programs.OldKubernetesVersion {
			t.Fatalf("%s runs %v, want %s (%v)", c.Name, version, programs.OldKubernetesVersion, err)
		}
	}
	groundOn(t, b).staysQuiet(t)
}

// staysQuiet propagates the objects.
func (g *ground) staysQuiet(t *testing.T) {
	t.Helper()
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
