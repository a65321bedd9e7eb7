package release

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// valid is a set that each case of TestOpenRefuses spoils in one place.
const valid = `version: v1.2.3
homepage: https://example.org
plugins:
  - name: sample
    binary: kubectl-sample
    package: ./cmd/kubectl-sample
    versionVariable: example.org/sample.version
    shortDescription: Show samples
    description: |
      Shows samples, some of them.
    platforms:
      - {os: linux, arch: amd64, archive: tar.gz}
      - {os: windows, arch: amd64, archive: zip}
`

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"a field that does not exist", "homepage:", "homePage:", "homePage"},
		{"a version without v", "v1.2.3", "1.2.3", "not like v1.2.3"},
		{"no homepage", "https://example.org", `""`, "homepage"},
		{"a name that Krew's index refuses", "name: sample", "name: Sample_1", "kebab-case"},
		{"no variable for the version", "example.org/sample.version", `""`, "versionVariable"},
		{"a long short description", "Show samples", strings.Repeat("x", 51), "longer than 50"},
		{"a short description of two lines", "Show samples", `"a\nb"`, "not one line"},
		{"a description that is not wrapped", "some of them.", strings.Repeat("x", 80), "longer than 80"},
		{"an archive that Krew cannot unpack", "archive: zip", "archive: tar.xz", "tar.xz"},
		{"one platform twice", "os: windows", "os: linux", "linux/amd64 is there twice"},
		{"a platform without arch", "os: windows, arch: amd64", "os: windows", "without os or arch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(write(t, strings.Replace(valid, c.old, c.new, 1)), "", nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestOpenReplacesVersionAndPlatforms(t *testing.T) {
	file := write(t, valid)
	set, err := Open(file, "v9.0.0-rc.1", []string{"windows/amd64"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Platform{{OS: "windows", Arch: "amd64", Archive: "zip"}}
	if diff := cmp.Diff(want, set.Plugins[0].Platforms); diff != "" || set.Version != "v9.0.0-rc.1" {
		t.Errorf("version %s, platforms (-want +got):\n%s", set.Version, diff)
	}
	if _, err := Open(file, "", []string{"plan9/amd64"}); err == nil || !strings.Contains(err.Error(), "plan9/amd64") {
		t.Errorf("error %v, want one that names the platform", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "plugins.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

var packed = []File{
	{Name: "LICENSE", Mode: 0o644, Data: []byte("terms")},
	{Name: "kubectl-sample", Mode: 0o755, Data: bytes.Repeat([]byte("binary "), 1000)},
}

func TestPackKeepsFilesAndNothingElse(t *testing.T) {
	for format, unpack := range map[string]func(*testing.T, []byte) []File{"tar.gz": untar, "zip": unzip} {
		t.Run(format, func(t *testing.T) {
			data, err := Pack(format, packed)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(packed, unpack(t, data)); diff != "" {
				t.Errorf("unpacked (-want +got):\n%s", diff)
			}
			turned, err := Pack(format, []File{packed[1], packed[0]})
			if err != nil || !bytes.Equal(data, turned) {
				t.Errorf("the same files in another order made another archive (%v)", err)
			}
		})
	}
	if _, err := Pack("rar", packed); err == nil {
		t.Error("an unknown format was packed")
	}
}

func untar(t *testing.T, data []byte) []File {
	t.Helper()
	compressed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	for r := tar.NewReader(compressed); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(epoch) || h.Uid != 0 || h.Gid != 0 || h.Uname != "" {
			t.Errorf("%s tells when or by whom it was packed: %+v", h.Name, h)
		}
		files = append(files, File{Name: h.Name, Mode: h.FileInfo().Mode(), Data: readAll(t, r)})
	}
}

func unzip(t *testing.T, data []byte) []File {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	for _, f := range r.File {
		if !f.Modified.Equal(epoch) {
			t.Errorf("%s tells when it was packed: %s", f.Name, f.Modified)
		}
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{Name: f.Name, Mode: f.Mode(), Data: readAll(t, content)})
	}
	return files
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestManifest(t *testing.T) {
	set, err := Open(write(t, valid), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	dist, out := t.TempDir(), t.TempDir()
	put := func(archive string) {
		if err := os.WriteFile(filepath.Join(dist, archive), []byte(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("kubectl-sample_linux_amd64.tar.gz")
	_, err = set.WriteManifest(set.Plugins[0], dist, out)
	if err == nil || !strings.Contains(err.Error(), filepath.Join(dist, "kubectl-sample_windows_amd64.zip")) {
		t.Errorf("error %v, want one that names the archive that is not there", err)
	}

	put("kubectl-sample_windows_amd64.zip")
	file, err := set.WriteManifest(set.Plugins[0], dist, out)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, filepath.Join("testdata", "sample.yaml"), file)
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	wanted, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(wanted), string(written)); diff != "" {
		t.Errorf("%s (-%s +written):\n%s", filepath.Base(got), want, diff)
	}
}

var sumLine = regexp.MustCompile(`(?m)^( +sha256: )(.*)$`)

// The manifests that are committed say what plugins.yaml says. Their checksums are those of archives that
// were released, which no test can know from the tree; it can tell whether they are checksums.
func TestCommittedManifestsFollowThePluginSet(t *testing.T) {
	set, err := Open(filepath.Join("..", "..", "plugins.yaml"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, plugin := range set.Plugins {
		committed, err := os.ReadFile(filepath.Join("..", plugin.Name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, line := range sumLine.FindAllSubmatch(committed, -1) {
			hash := string(line[2])
			if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(hash) || seen[hash] {
				t.Errorf("krew/%s.yaml: %q is no checksum, or there twice", plugin.Name, hash)
			}
			seen[hash] = true
		}
		want, err := set.Manifest(plugin, func(string) (string, error) { return "SUM", nil })
		if err != nil {
			t.Fatal(err)
		}
		got := sumLine.ReplaceAllString(string(committed), "${1}SUM")
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("krew/%s.yaml is not what plugins.yaml makes; run \"make release\" (-want +committed):\n%s", plugin.Name, diff)
		}
	}
}
