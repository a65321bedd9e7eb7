// Package release makes what a release consists of: an archive of each plugin for every platform, and the
// manifest that Krew installs the plugin by. plugins.yaml at the repository's root describes the plugins.
//
// The same tree and the same Go release make the same archives, byte for byte, on any machine. So anybody
// can check that a published archive comes from the source it claims, and a manifest can be committed
// before its archives are uploaded.
package release

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Set is the plugins of one release.
type Set struct {
	Version  string   `yaml:"version"`
	Homepage string   `yaml:"homepage"`
	Plugins  []Plugin `yaml:"plugins"`
}

// Plugin is one kubectl plugin.
type Plugin struct {
	Name             string     `yaml:"name"` // in Krew, and behind "kubectl"
	Binary           string     `yaml:"binary"`
	Package          string     `yaml:"package"`         // of Go, that the binary is built from
	VersionVariable  string     `yaml:"versionVariable"` // of Go, that the linker sets
	ShortDescription string     `yaml:"shortDescription"`
	Description      string     `yaml:"description"`
	Caveats          string     `yaml:"caveats"` // steps that installing does not do
	Platforms        []Platform `yaml:"platforms"`
}

// Platform is a system that a plugin is built for.
type Platform struct {
	OS      string `yaml:"os"`
	Arch    string `yaml:"arch"`
	Archive string `yaml:"archive"` // tar.gz or zip
}

func (p Platform) String() string { return p.OS + "/" + p.Arch }

// Open reads the description of a release. A version replaces the one in the file, and platforms, each
// written OS/ARCH, replace all those in it, unless they are empty.
func Open(file, version string, platforms []string) (*Set, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the plugin set: %w", err)
	}
	set := &Set{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(set); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	if version != "" {
		set.Version = version
	}
	if err := errors.Join(set.validate(), set.only(platforms)); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return set, nil
}

// only leaves the given platforms in every plugin.
func (s *Set) only(platforms []string) error {
	if len(platforms) == 0 {
		return nil
	}
	for i := range s.Plugins {
		p := &s.Plugins[i]
		for _, name := range platforms {
			if !slices.ContainsFunc(p.Platforms, func(has Platform) bool { return has.String() == name }) {
				return fmt.Errorf("%s is not built for %s, only for %v", p.Name, name, p.Platforms)
			}
		}
		p.Platforms = slices.DeleteFunc(p.Platforms, func(has Platform) bool { return !slices.Contains(platforms, has.String()) })
	}
	return nil
}

// ArchiveName is the file name of the plugin's archive for a platform.
func (p Plugin) ArchiveName(on Platform) string {
	return fmt.Sprintf("%s_%s_%s.%s", p.Binary, on.OS, on.Arch, on.Archive)
}

// BinaryName is the file name of the plugin's binary on a platform.
func (p Plugin) BinaryName(on Platform) string {
	if on.OS == "windows" {
		return p.Binary + ".exe"
	}
	return p.Binary
}

// What Krew's own validation wants, and what the maintainers of its index ask for beyond that.
var (
	versionForm = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	nameForm    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

const (
	shortDescriptionLimit = 50
	lineLimit             = 80
)

func (s *Set) validate() error {
	var problems []error
	if !versionForm.MatchString(s.Version) {
		problems = append(problems, fmt.Errorf("the version %q is not like v1.2.3", s.Version))
	}
	if s.Homepage == "" || len(s.Plugins) == 0 {
		problems = append(problems, errors.New("there has to be a homepage and at least one plugin"))
	}
	for _, p := range s.Plugins {
		for _, problem := range p.problems() {
			problems = append(problems, fmt.Errorf("plugin %q: %s", p.Name, problem))
		}
	}
	return errors.Join(problems...)
}

// problems says in words what is wrong with a plugin's description.
func (p Plugin) problems() []string {
	var found []string
	wrong := func(is bool, format string, args ...any) {
		if is {
			found = append(found, fmt.Sprintf(format, args...))
		}
	}
	wrong(!nameForm.MatchString(p.Name), "the name is not in kebab-case")
	wrong(p.Binary == "" || p.Package == "" || p.VersionVariable == "", "binary, package and versionVariable have to be set")
	wrong(p.ShortDescription == "" || strings.Contains(p.ShortDescription, "\n"), "the short description is not one line")
	wrong(utf8.RuneCountInString(p.ShortDescription) > shortDescriptionLimit, "the short description is longer than %d characters", shortDescriptionLimit)
	for line := range strings.Lines(p.Description + p.Caveats) {
		wrong(utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > lineLimit, "a line is longer than %d characters: %.20s...", lineLimit, line)
	}
	wrong(len(p.Platforms) == 0, "there are no platforms")
	seen := map[string]bool{}
	for _, on := range p.Platforms {
		wrong(on.OS == "" || on.Arch == "", "a platform without os or arch")
		wrong(on.Archive != "tar.gz" && on.Archive != "zip", "%s: the archive %q is neither tar.gz nor zip", on, on.Archive)
		wrong(seen[on.String()], "%s is there twice", on)
		seen[on.String()] = true
	}
	return found
}
