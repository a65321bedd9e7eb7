// Package krew tests the way that a release takes to its users: the archive of this machine's platform is
// built, installed with Krew itself, and called through kubectl.
package krew

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	// The tests build the plugin from the tree with "go run", which go test does not see: with this import
	// it takes no earlier result for the present one when the plugin has changed.
	_ "github.com/kubectl-fed/kubectl-fed/pkg/plugin"

	"github.com/kubectl-fed/kubectl-fed/krew/release"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// version is one that no release has, so that nothing but this test's own archive can have printed it.
const version = "v0.0.0-krewtest"

var platform = runtime.GOOS + "/" + runtime.GOARCH

func TestRelease(t *testing.T) {
	skipShort(t)
	dist := t.TempDir()
	r := released{archive: makeArchive(t, dist), manifest: makeManifest(t, dist)}
	t.Run("installed by krew and called through kubectl", r.install)
	t.Run("another archive is refused", r.refuse)
	t.Run("built again it is the same", r.repeat)
}

// released is what a release publishes.
type released struct{ archive, manifest string }

func (r released) install(t *testing.T) {
	m := newMachine(t)
	m.mustRun(t, "validate-krew-manifest", "-manifest="+r.manifest, "-skip-install")
	m.mustRun(t, "krew", "install", "--manifest="+r.manifest, "--archive="+r.archive)

	if out := m.mustRun(t, "kubectl", "fed", "version"); !strings.Contains(out, version) {
		t.Errorf("kubectl fed version does not name %s:\n%s", version, out)
	}
	help := m.mustRun(t, "kubectl", "fed", "--help")
	if !strings.Contains(help, "kubectl fed [command]") || strings.Contains(help, "kubectl-fed") {
		t.Errorf("the help does not call the plugin as its users do, kubectl fed:\n%s", help)
	}
	if out, code := m.run(t, "kubectl", "fed", "no-such-command"); code == 0 {
		t.Errorf("kubectl reports success for a command that there is not:\n%s", out)
	}
}

// The checksum in the manifest is that of the archive: Krew refuses any other.
func (r released) refuse(t *testing.T) {
	data, err := os.ReadFile(r.archive)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), filepath.Base(r.archive))
	if err := os.WriteFile(other, append(data, 0), 0o644); err != nil {
		t.Fatal(err)
	}
	out, code := newMachine(t).run(t, "krew", "install", "--manifest="+r.manifest, "--archive="+other)
	if code == 0 || !strings.Contains(out, "checksum") {
		t.Errorf("krew exited with %d for an archive that was changed:\n%s", code, out)
	}
}

// Two builds of one tree are the same file, or a committed checksum would mean nothing.
func (r released) repeat(t *testing.T) {
	first, err := os.ReadFile(r.archive)
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(makeArchive(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Errorf("two archives of one tree differ: %d and %d bytes", len(first), len(second))
	}
}

// The manifests in the tree name every platform; nothing is downloaded to check them.
func TestCommittedManifestsAreValid(t *testing.T) {
	skipShort(t)
	m := newMachine(t)
	set, err := release.Open(filepath.Join(root(t), "plugins.yaml"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, plugin := range set.Plugins {
		m.mustRun(t, "validate-krew-manifest", "-manifest="+filepath.Join(root(t), "krew", plugin.Name+".yaml"), "-skip-install")
	}
}

func makeArchive(t *testing.T, dist string) string {
	t.Helper()
	return goRun(t, "./krew/archive", "--version", version, "--platform", platform, "--dist", dist)
}

func makeManifest(t *testing.T, dist string) string {
	t.Helper()
	return goRun(t, "./krew/generate", "--version", version, "--platform", platform, "--dist", dist, "--out", t.TempDir())
}

// goRun runs one of the release's programs as the Makefile does, and returns the file name that it prints.
func goRun(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run"}, args...)...)
	cmd.Dir = root(t)
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go run %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out))
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := programs.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the plugin and kubectl")
	}
}

// machine is a user's machine: a home without a kubeconfig, and nothing on PATH but what Krew puts there.
type machine struct{ home string }

func newMachine(t *testing.T) machine {
	t.Helper()
	return machine{home: t.TempDir()}
}

func (m machine) env() []string {
	krew := filepath.Join(m.home, "krew")
	return []string{
		"HOME=" + m.home,
		"TMPDIR=" + m.home,
		"KREW_ROOT=" + krew,
		"KREW_NO_UPGRADE_CHECK=1",
		"PATH=" + filepath.Join(krew, "bin"),
	}
}

// run calls a program of the bed's and returns all that it prints, and its exit code.
func (m machine) run(t *testing.T, program string, args ...string) (string, int) {
	t.Helper()
	file, err := programs.Path(t.Context(), program, programs.Target{}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), file, args...)
	cmd.Env, cmd.Dir = m.env(), m.home
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// mustRun is run for what has to succeed.
func (m machine) mustRun(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, code := m.run(t, program, args...)
	if code != 0 {
		t.Fatalf("%s %s: exit code %d\n%s", program, strings.Join(args, " "), code, out)
	}
	return out
}
