//go:build kind

package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

var update = flag.Bool("update", false, "write into docs/tutorial.md what its commands print")

// tutorialClusters are those that the tutorial makes.
var tutorialClusters = []string{"fed-master", "fed-worker01", "fed-worker02"}

// TestKindTutorial types what docs/tutorial.md shows, from its first line to its last, and nothing else. The one thing
// that a reader has and this machine may not is a registry: kind is wrapped, so that each new cluster has the images.
func TestKindTutorial(t *testing.T) {
	root, err := programs.Root()
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(root, "docs", "tutorial.md")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	s := newTutorial(t)
	var ran strings.Builder
	blocks := consoles.Split(string(text), -1)
	for i, block := range consoles.FindAllStringSubmatch(string(text), -1) {
		ran.WriteString(blocks[i] + "```console\n")
		for _, command := range commandsIn(block[1]) {
			ran.WriteString("$ " + command + "\n" + s.typed(command))
		}
		ran.WriteString("```\n")
	}
	ran.WriteString(blocks[len(blocks)-1])
	if *update {
		if err := os.WriteFile(page, []byte(ran.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(normal(string(text)), normal(ran.String())); diff != "" {
		t.Errorf("docs/tutorial.md shows something else (-page +ran); -update writes it anew:\n%s", diff)
	}
}

// consoles are the page's blocks of commands and their output.
var consoles = regexp.MustCompile("(?s)```console\n(.*?)```\n")

// commandsIn are the lines of a block that are typed.
func commandsIn(block string) []string {
	var commands []string
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ "); ok {
			commands = append(commands, command)
		}
	}
	return commands
}

// newTutorial is a shell with nothing in its home, and a kind that knows this machine's images.
func newTutorial(t *testing.T) shell {
	k := kindGround{t: t, kind: program(t, "kind"), kubectl: program(t, "kubectl"), kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	remove := append([]string{"delete", "clusters"}, tutorialClusters...)
	k.must(k.kind, remove...)
	t.Cleanup(func() {
		if out, err := exec.Command(k.kind, remove...).CombinedOutput(); err != nil {
			t.Errorf("removing the clusters: %v\n%s", err, out)
		}
	})
	const nginx = "nginx:1.27"
	k.makeImage(kubefedImage, "hyperfed", kubefedPlaces...)
	k.makeImage(nginx, "bednode", "bin/probe")
	wrapper := fmt.Sprintf(`#!/bin/sh
set -e
if [ "$1" != create ]; then exec %[1]s "$@"; fi
%[1]s "$@" ${KIND_NODE_IMAGE:+--image $KIND_NODE_IMAGE}
for last; do :; done
%[1]s load docker-image --quiet --name "$last" %[2]s %[3]s >/dev/null 2>&1
`, k.kind, kubefedImage, nginx)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kind"), []byte(wrapper), 0o755); err != nil {
		t.Fatal(err)
	}
	s := newShell(t, k)
	for i, variable := range s.env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			s.env[i] = "PATH=" + dir + string(os.PathListSeparator) + path
		}
	}
	return s
}

// typed is what a command prints, both streams as on a terminal. Only diff may end otherwise than well.
func (s shell) typed(command string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Minute)
	defer cancel()
	out, err := s.run(ctx, "sh", "-c", command)
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1 && strings.Contains(command, " fed diff ")) {
		s.t.Fatalf("$ %s\n%s%v", command, out, err)
	}
	s.t.Logf("$ %s\n%s", command, out)
	return shown(out)
}

// progress are the lines that say what is waited for; a terminal takes them back.
var progress = regexp.MustCompile(`(?m)^[^\n:]+: waiting(:| for) .*\n`)

// shown is an output as a page has it: without what vanishes, and without blanks at the ends of lines.
func shown(out string) string {
	out = progress.ReplaceAllString(out, "")
	return regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAllString(out, "")
}

// changing are what differs from run to run, and what it is replaced with before pages are compared.
var changing = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\b(172|192|10)(\.\d+){3}\b`), "ADDRESS"},
	{regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?m?s\b`), "TIME"},
	{regexp.MustCompile(`\b\d+[smh](\d+[smh])?\b`), "TIME"},
	{regexp.MustCompile(`(nginx|kubefed-controller-manager)-[a-z0-9]+-[a-z0-9]{5}\b`), "$1-POD"},
	{regexp.MustCompile(` +ready after TIME`), ""},
	{regexp.MustCompile(`v1\.\d+\.\d+`), "VERSION"},
	{regexp.MustCompile(`[ \t]{2,}`), "  "},
}

func normal(text string) string {
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.with)
	}
	return text
}
