package joining

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// kubefedctl runs the real one. It copies the server of the kubeconfig into the registration, so it gets a
// kubeconfig with servers that other clusters reach.
func (w *world) kubefedctl(args ...string) {
	w.t.Helper()
	program, err := programs.Path(w.t.Context(), "kubefedctl", programs.Target{}, os.Stderr)
	if err != nil {
		w.t.Fatal(err)
	}
	args = append(args, "--kubeconfig", w.reachable(), "--host-cluster-context", w.b.Host().Context(), "--cluster-context", w.member.Context())
	if out, err := exec.CommandContext(w.t.Context(), program, args...).CombinedOutput(); err != nil {
		w.t.Fatalf("kubefedctl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// reachable is the bed's kubeconfig with the addresses of containers, where the clusters are containers.
func (w *world) reachable() string {
	w.t.Helper()
	config, err := clientcmd.LoadFromFile(w.b.Kubeconfig())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range w.b.Clusters {
		address, err := c.Address(w.t.Context())
		if errors.Is(err, bed.ErrNeedsDocker) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		config.Clusters[c.Context()].Server = "https://" + address + ":6443"
	}
	file := filepath.Join(w.t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// ready waits until KubeFed's controllers call the member ready, after what was just done to it.
func (w *world) ready() {
	w.t.Helper()
	bed.Eventually(w.t, "the member is ready", func(context.Context) error {
		m, ok := w.scene().Member(w.member.Name)
		if !ok || !m.Ready {
			return fmt.Errorf("it is not: %s", m.NotReady)
		}
		return nil
	})
}

// view is what clusters says of the member.
func (w *world) view() View {
	w.t.Helper()
	views, err := w.scene().Views(w.t.Context())
	var notThere *NotFromThereError
	if err != nil && !errors.As(err, &notThere) {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(views, func(v View) bool { return v.Name == w.member.Name })
	if i < 0 {
		w.t.Fatalf("no %s among %d clusters", w.member.Name, len(views))
	}
	return views[i]
}

// TestJoinedByKubefedctl: a cluster that kubefedctl joined, under a name for the host that we would not choose, is
// listed, renewed in place and taken out.
func TestJoinedByKubefedctl(t *testing.T) {
	w := newWorld(t)
	w.kubefedctl("join", w.member.Name, "--host-cluster-name", "hub")
	w.ready()
	v := w.view()
	if v.Member == nil || v.Identity != NotNoted || v.Endpoint != nil || v.Credentials != nil || v.Version == "" {
		t.Errorf("clusters says %+v", v)
	}
	secret, before := v.Member.Secret, w.token()
	if err := w.join(nil, true); err != nil {
		t.Fatal(err)
	}
	w.tokenWorks()
	w.ready()
	v = w.view()
	if v.Member.Secret != secret || w.token() == before || accountOf([]byte(w.token())) != w.member.Name+"-hub" || v.Identity != Matched {
		t.Errorf("renewed in the Secret %s, which was %s, for the account %s; %s", v.Member.Secret, secret, accountOf([]byte(w.token())), v.Identity)
	}
	w.leaves("hub")
}

// TestUnjoinAfterKubefedctl: the same without a renewal, so that none of our marks is there to go by.
func TestUnjoinAfterKubefedctl(t *testing.T) {
	w := newWorld(t)
	w.kubefedctl("join", w.member.Name, "--host-cluster-name", "hub")
	w.leaves("hub")
}

// leaves takes the cluster out, and looks for what has the account's name after that.
func (w *world) leaves(host string) {
	w.t.Helper()
	if err := w.leave(nil); err != nil {
		w.t.Fatal(err)
	}
	for name := range w.listing() {
		if strings.Contains(name, w.member.Name+"-"+host) || strings.Contains(name, "kubefedclusters") && strings.HasSuffix(name, "/"+w.member.Name) || strings.Contains(name, "secrets "+space+"/"+w.member.Name) {
			w.t.Errorf("%s is left", name)
		}
	}
	if _, err := w.member.Client().CoreV1().Namespaces().Get(w.t.Context(), space, metav1.GetOptions{}); err != nil {
		w.t.Errorf("the namespace that kubefedctl made, and nobody marked, is gone: %v", err)
	}
}

// TestUnjoinedByKubefedctl: it finds all that our join made, since the names are those that it gives.
func TestUnjoinedByKubefedctl(t *testing.T) {
	w := newWorld(t)
	bare := w.listing()
	w.mustJoin()
	w.ready()
	w.kubefedctl("unjoin", w.member.Name)
	w.unjoin() // nothing is left to do but to wait for the namespace
	w.same(bare, "joined by us and unjoined by kubefedctl")
}
