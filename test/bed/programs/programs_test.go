package programs

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var pinned = regexp.MustCompile(`(?m)^\s*(?:require )?k8s\.io/kubernetes (v\S+)`)

// TestVersions: the version that a Kubernetes is linked with is that of its source.
func TestVersions(t *testing.T) {
	for dir, want := range map[string]string{"kubernetes": KubernetesVersion, "kubernetes-" + minor(OldKubernetesVersion): OldKubernetesVersion} {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		if found := pinned.FindSubmatch(text); found == nil || string(found[1]) != want {
			t.Errorf("%s pins %q, want %s", dir, found, want)
		}
	}
}

// TestOf: only Kubernetes' own programs differ between its versions.
func TestOf(t *testing.T) {
	for _, test := range []struct{ kubernetes, name, want string }{
		{Minors[0], "kube-apiserver", "kube-apiserver"},
		{Minors[1], "kube-apiserver", "kube-apiserver-1.34"},
		{Minors[1], "etcd", "etcd"},
	} {
		if got := Of(test.kubernetes, test.name); got != test.want {
			t.Errorf("Of(%s, %s) = %s, want %s", test.kubernetes, test.name, got, test.want)
		}
	}
}
