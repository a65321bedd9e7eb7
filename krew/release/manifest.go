package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// manifest is what Krew reads about one plugin; the order of its fields is the one that its index uses.
type manifest struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   metadata `yaml:"metadata"`
	Spec       spec     `yaml:"spec"`
}

type metadata struct {
	Name string `yaml:"name"`
}

type spec struct {
	Version          string   `yaml:"version"`
	Homepage         string   `yaml:"homepage"`
	ShortDescription string   `yaml:"shortDescription"`
	Description      string   `yaml:"description,omitempty"`
	Caveats          string   `yaml:"caveats,omitempty"`
	Platforms        []target `yaml:"platforms"`
}

type target struct {
	Selector selector `yaml:"selector"`
	URI      string   `yaml:"uri"`
	SHA256   string   `yaml:"sha256"`
	Bin      string   `yaml:"bin"`
}

type selector struct {
	MatchLabels labels `yaml:"matchLabels"`
}

type labels struct {
	OS   string `yaml:"os"`
	Arch string `yaml:"arch"`
}

const header = "# Written by \"make release\" from plugins.yaml, which is the file to change.\n"

// Manifest is the Krew manifest of a plugin. sum gives the SHA-256 of an archive by its file name.
func (s *Set) Manifest(p Plugin, sum func(archive string) (string, error)) ([]byte, error) {
	m := manifest{
		APIVersion: "krew.googlecontainertools.github.com/v1alpha2",
		Kind:       "Plugin",
		Metadata:   metadata{Name: p.Name},
		Spec: spec{
			Version: s.Version, Homepage: s.Homepage,
			ShortDescription: p.ShortDescription, Description: p.Description, Caveats: p.Caveats,
		},
	}
	for _, on := range p.Platforms {
		hash, err := sum(p.ArchiveName(on))
		if err != nil {
			return nil, err
		}
		m.Spec.Platforms = append(m.Spec.Platforms, target{
			Selector: selector{MatchLabels: labels{OS: on.OS, Arch: on.Arch}},
			URI:      fmt.Sprintf("%s/releases/download/%s/%s", s.Homepage, s.Version, p.ArchiveName(on)),
			SHA256:   hash,
			Bin:      p.BinaryName(on),
		})
	}
	out := bytes.NewBufferString(header)
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	err := errors.Join(encoder.Encode(m), encoder.Close())
	return out.Bytes(), err
}

// WriteManifest writes the plugin's manifest into a folder, with the sums of the archives in dist, and
// returns its path. Krew wants it to be called like the plugin.
func (s *Set) WriteManifest(p Plugin, dist, folder string) (string, error) {
	data, err := s.Manifest(p, func(archive string) (string, error) { return sum(filepath.Join(dist, archive)) })
	if err != nil {
		return "", fmt.Errorf("making the manifest of %s: %w", p.Name, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(folder, p.Name+".yaml")
	return file, os.WriteFile(file, data, 0o644)
}

// sum is the SHA-256 of an archive, in hexadecimal.
func sum(archive string) (string, error) {
	f, err := os.Open(archive)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the archive %s is not there: go run ./krew/archive makes it", archive)
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", fmt.Errorf("reading the archive %s: %w", archive, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
