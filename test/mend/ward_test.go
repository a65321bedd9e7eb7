//go:build long

package mend

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// TestMain lets the test binary be the plugin, under its name on PATH.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl-fed" {
		streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
		os.Exit(plugin.Main(os.Args[1:], streams))
	}
	os.Exit(m.Run())
}

// patience bounds each wait: KubeFed tries again once a minute in the end.
const patience = 150 * time.Second

// ward is what ailments are laid out on: the bed, and the programs that a user has.
type ward struct {
	bed *bed.Bed
	env []string
}

func newWard(t *testing.T) *ward {
	b := bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Docker: true, Alone: true})
	w := &ward{bed: b}
	gateway, err := exec.CommandContext(t.Context(), "docker", "network", "inspect", "kind", "-f", "{{range .IPAM.Config}}{{.Gateway}} {{end}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	kubectl, err := programs.Path(t.Context(), "kubectl", programs.Target{}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"kubectl": kubectl, "kubectl-fed": self} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	data, err := os.ReadFile(b.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kubeconfig, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w.env = append(os.Environ(),
		"PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir, "KUBECONFIG="+kubeconfig,
		"A="+b.Clusters[0].Name, "B="+b.Clusters[1].Name, "C="+b.Clusters[2].Name, "GATEWAY="+firstV4(string(gateway)))
	w.must(t, "kubectl config use-context kind-$A && kubectl fed join --wait $A $B $C")
	return w
}

func firstV4(addresses string) string {
	for _, a := range strings.Fields(addresses) {
		if !strings.Contains(a, ":") {
			return a
		}
	}
	return ""
}

// run runs a script of a user's.
func (w *ward) run(ctx context.Context, script string, env ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", script)
	cmd.Env = append(append([]string{}, w.env...), env...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		_, last, _ := strings.Cut(script, spaceScript) // what is the same for all says nothing
		return out.String(), fmt.Errorf("%s: %w\n%s%s", cmp.Or(last, script), err, out.String(), errOut.String())
	}
	return out.String(), nil
}

func (w *ward) must(t *testing.T, script string) {
	t.Helper()
	if _, err := w.run(t.Context(), script); err != nil {
		t.Fatal(err)
	}
}

// until looks again and again until the condition holds.
func until(ctx context.Context, what string, holds func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := holds()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not after %s: %w", what, patience, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// bedside is where one ailment is: a namespace of its own.
type bedside struct {
	*ward
	ailment
	space string
}

func (w *ward) bedside(a ailment) *bedside {
	return &bedside{ward: w, ailment: a, space: "mend-" + strings.ToLower(strings.NewReplacer(" ", "-", ",", "").Replace(a.name)) + "-" + rand.String(4)}
}

func (b *bedside) do(ctx context.Context, script string) error {
	_, err := b.run(ctx, script, "NS="+b.space, "KUBE_EDITOR=sed -i -e '"+b.edit+"'")
	return err
}

// object is how the ailing object is called.
func (b *bedside) object() string {
	if b.called == "" {
		return "configmap x"
	}
	return strings.ReplaceAll(b.called, "$NS", b.space)
}

// asked asks the plugin.
func (b *bedside) asked(ctx context.Context) (diagnosis.Diagnosis, error) {
	out, err := b.run(ctx, "kubectl fed status "+b.object()+" -n "+b.space+" -o json || test $? = 3")
	if err != nil {
		return diagnosis.Diagnosis{}, err
	}
	var s report.Status
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return diagnosis.Diagnosis{}, err
	}
	if len(s.Objects) != 1 {
		return diagnosis.Diagnosis{}, fmt.Errorf("%d objects", len(s.Objects))
	}
	return s.Objects[0], nil
}
