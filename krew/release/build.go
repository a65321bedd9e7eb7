package release

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// licence is packed beside every binary: Krew's index takes no plugin without one.
const licence = "LICENSE"

// MakeArchive builds the plugin for a platform from the tree at root, packs it with the licence, and writes
// the archive into dist. It returns the archive's path.
func (s *Set) MakeArchive(ctx context.Context, root string, p Plugin, on Platform, dist string) (string, error) {
	binary, err := s.build(ctx, root, p, on)
	if err != nil {
		return "", fmt.Errorf("building %s for %s: %w", p.Name, on, err)
	}
	terms, err := os.ReadFile(filepath.Join(root, licence))
	if err != nil {
		return "", fmt.Errorf("reading the licence: %w", err)
	}
	data, err := Pack(on.Archive, []File{
		{Name: p.BinaryName(on), Mode: 0o755, Data: binary},
		{Name: licence, Mode: 0o644, Data: terms},
	})
	if err != nil {
		return "", fmt.Errorf("packing %s for %s: %w", p.Name, on, err)
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dist, p.ArchiveName(on))
	return file, os.WriteFile(file, data, 0o644)
}

// build returns the plugin's binary. Every setting that changes it is given here, so that it does not depend
// on the environment of whoever releases.
func (s *Set) build(ctx context.Context, root string, p Plugin, on Platform) ([]byte, error) {
	dir, err := os.MkdirTemp("", "kubectl-fed-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, p.BinaryName(on))
	link := "-s -w -X " + p.VersionVariable + "=" + s.Version
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", link, "-o", file, p.Package)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+on.OS, "GOARCH="+on.Arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	return os.ReadFile(file)
}
