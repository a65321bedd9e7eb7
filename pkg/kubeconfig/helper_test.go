package kubeconfig

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// Two servers that tests move an entry between.
const (
	loopback = "https://127.0.0.1:34001"
	inner    = "https://172.18.0.2:6443"
)

// two is a kubeconfig with everything that other writers lose.
const two = `# work clusters
apiVersion: v1
kind: Config
clusters:
- name: kind-alpha   # the host
  cluster:
    # leave this alone
    server: https://127.0.0.1:34001   # set by kind
    x-team: platform
- name: kind-beta
  cluster: {server: https://127.0.0.1:34002}
contexts: []
users: []
current-context: ""
preferences: {}
x-unknown: [1, "two", ~]
`

// put writes a file of a test and returns its path.
func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func get(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// explicit is what --kubeconfig gives, chain what $KUBECONFIG does.
func explicit(path string) clientcmd.ConfigAccess {
	return &clientcmd.ClientConfigLoadingRules{ExplicitPath: path}
}

func chain(paths ...string) clientcmd.ConfigAccess {
	return &clientcmd.ClientConfigLoadingRules{Precedence: paths}
}

// checkFiles checks that a directory holds these files and nothing else, no lock
// and no temporary file.
func checkFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if len(got) != len(want) {
		t.Fatalf("%s holds %q, want %q", dir, got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s holds %q, want %q", dir, got, want)
		}
	}
}

// config returns a fresh directory and the path of a kubeconfig in it.
func config(t *testing.T, text string) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	return dir, put(t, filepath.Join(dir, "config"), text)
}
