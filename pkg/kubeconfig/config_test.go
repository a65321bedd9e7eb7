package kubeconfig

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func load1(t *testing.T, text string) []Entry {
	t.Helper()
	_, path := config(t, text)
	c, err := Load(explicit(path))
	if err != nil {
		t.Fatal(err)
	}
	return c.Entries()
}

func TestLoadChain(t *testing.T) {
	dir := t.TempDir()
	first := put(t, filepath.Join(dir, "first"), `
clusters:
- {name: kind-beta, cluster: {server: "https://first", certificate-authority-data: Q0E=, tls-server-name: beta}}
contexts:
- {name: z, context: {cluster: kind-beta, user: u}}
- {name: other, context: {cluster: elsewhere, user: u}}
`)
	second := put(t, filepath.Join(dir, "second"), `
clusters:
- {name: kind-beta, cluster: {server: "https://second"}}
- {name: kind-alpha, cluster: {server: "https://alpha"}}
contexts:
- {name: a, context: {cluster: kind-beta, user: u}}
`)
	c, err := Load(chain(first, filepath.Join(dir, "missing"), second))
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{Name: "kind-alpha", Server: "https://alpha", File: second},
		{
			Name: "kind-beta", Server: "https://first", ServerName: "beta", CA: []byte("CA"),
			File: first, Shadowed: []string{second}, Contexts: []string{"a", "z"},
		},
	}
	if diff := cmp.Diff(want, c.Entries()); diff != "" {
		t.Error(diff)
	}
}

func TestLoadCAFile(t *testing.T) {
	dir, path := config(t, `
clusters:
- {name: absent, cluster: {server: "https://x", certificate-authority: nowhere.pem}}
- {name: data-wins, cluster: {server: "https://x", certificate-authority: nowhere.pem, certificate-authority-data: Q0E=}}
- {name: relative, cluster: {server: "https://x", certificate-authority: pki/ca.pem}}
`)
	if err := makeDir(filepath.Join(dir, "pki")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "pki", "ca.pem"), "PEM")
	c, err := Load(explicit(path))
	if err != nil {
		t.Fatal(err)
	}
	entries := c.Entries()
	if err := entries[0].CAError; !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), filepath.Join(dir, "nowhere.pem")) {
		t.Errorf("got %v, want an error that names the file", err)
	}
	for i, want := range []string{"", "CA", "PEM"} {
		if got := string(entries[i].CA); got != want {
			t.Errorf("%s: got CA %q, want %q", entries[i].Name, got, want)
		}
	}
}

func TestLoadMissing(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if _, err := Load(explicit(nowhere)); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), nowhere) {
		t.Errorf("explicit: got %v, want an error that names the file", err)
	}
	c, err := Load(chain(nowhere))
	if err != nil || len(c.Entries()) != 0 {
		t.Errorf("chain: got %v, %v, want no entries and no error", c, err)
	}
}

// client-go quotes the whole list of users when a name is there twice.
func TestErrorsHoldNoSecrets(t *testing.T) {
	text := `
clusters:
- {name: kind-alpha, cluster: {server: "https://127.0.0.1:34001"}}
users:
- {name: admin, user: {token: s3cret-one}}
- {name: admin, user: {token: s3cret-two}}
`
	_, path := config(t, text)
	_, err := Load(explicit(path))
	checkNoSecret(t, err)
	err = Apply(t.Context(), []Edit{{path, "kind-alpha", loopback, inner}})
	checkNoSecret(t, err)
}

func checkNoSecret(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), `duplicate name "admin"`) {
		t.Errorf("got %v, want an error that names the duplicate", err)
	}
	for ; err != nil; err = errors.Unwrap(err) {
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a token is in the error %v", err)
		}
	}
}

func TestPlan(t *testing.T) {
	c := &Config{}
	for _, test := range []struct {
		from, to string
		changes  bool
	}{
		{loopback, inner, true},
		{inner, inner, false},
		{inner + "/", inner, false},
		{"", inner, true},
	} {
		entry := Entry{Name: "kind-alpha", Server: test.from, File: "f"}
		edit, changes := c.Plan(entry, test.to)
		if changes != test.changes {
			t.Errorf("%q to %q: got %t", test.from, test.to, changes)
		}
		if want := (Edit{File: "f", Cluster: "kind-alpha", From: test.from, To: test.to}); edit != want {
			t.Errorf("got %+v, want %+v", edit, want)
		}
	}
}

func TestEntriesIsACopy(t *testing.T) {
	c := &Config{entries: []Entry{{Name: "a"}}}
	c.Entries()[0].Name = "b"
	if c.entries[0].Name != "a" {
		t.Error("a caller changed the config")
	}
}

func TestLoadOnlyOneFileShadowsNothing(t *testing.T) {
	if got := load1(t, two)[0].Shadowed; got != nil {
		t.Errorf("got %q", got)
	}
}
