package joining

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
)

// TestNamesAreValid: whatever the host's context is called, the servers take the names.
func TestNamesAreValid(t *testing.T) {
	for _, context := range []string{
		"admin@Corp:Prod", "arn:aws:eks:eu-west-1:1234:cluster/Prod", "gke_project_zone_name", "", "-", "UPPER",
		strings.Repeat("long", 30), "kind-hub", "a.b.c",
	} {
		r := request
		r.Cluster, r.Host = strings.Repeat("c", validation.DNS1123LabelMaxLength), HostName(context, "")
		for _, name := range []string{r.account(), r.hostSecret()} {
			if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
				t.Errorf("%q: %s: %s", context, name, problems[0])
			}
		}
		if problems := validation.IsDNS1123Label(r.Host); len(problems) > 0 {
			t.Errorf("%q: the host is called %s: %s", context, r.Host, problems[0])
		}
	}
}

// TestNoTokenComes: it is said which Secret stays empty, as it does where no controller fills it in.
func TestNoTokenComes(t *testing.T) {
	w := newWorld(t)
	namespace := w.b.NewNamespace(t, "empty")
	r := request
	r.Namespace = namespace
	p := New(r)
	empty := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: r.account()}}
	if _, err := w.b.Host().Client().CoreV1().Secrets(namespace).Create(t.Context(), empty, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 300*time.Millisecond, errors.New("no longer"))
	defer cancel()
	_, err := p.token(ctx, w.dynamic(w.b.Host()))
	if err == nil || !strings.HasPrefix(err.Error(), "waiting for the token in Secret "+r.account()+": ") {
		t.Errorf("got %v", err)
	}
}

// TestLostSecret: a member whose Secret is gone from the host, which stops KubeFed's controllers when they start
// again, is pointed out, and mended by joining it again.
func TestLostSecret(t *testing.T) {
	w := newWorld(t)
	w.mustJoin()
	defer w.unjoin()
	v := w.view()
	if err := w.b.Host().Client().CoreV1().Secrets(space).Delete(t.Context(), v.Member.Secret, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if v := w.view(); v.Credentials == nil || !strings.Contains(v.Credentials.Error(), v.Member.Secret) {
		t.Errorf("clusters says of its credentials: %v", v.Credentials)
	}
	w.mustJoin()
	w.tokenWorks()
	if v := w.view(); v.Credentials != nil {
		t.Error(v.Credentials)
	}
}

// TestOrderInHost: the registration goes before the Secret, without which the controllers don't start.
func TestOrderInHost(t *testing.T) {
	w := newWorld(t)
	w.mustJoin()
	defer w.unjoin()
	d, err := w.scene().Leave(t.Context(), w.member.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Host) != 2 || d.Host[0].GetKind() != "KubeFedCluster" || d.Host[1].GetKind() != "Secret" {
		t.Errorf("%d objects in the host, and they are not the KubeFedCluster and then the Secret", len(d.Host))
	}
	if d.Member[0].GetKind() != "ClusterRoleBinding" {
		t.Errorf("first in the member: %s", d.Member[0].GetKind())
	}
}

// TestKubeconfigs: however the kubeconfig has the CA, or none, the controllers check the member by its own.
func TestKubeconfigs(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(file, w.member.Config().CAData, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*clientcmdapi.Cluster, *kubeconfig.Entry){
		"a file": func(c *clientcmdapi.Cluster, _ *kubeconfig.Entry) {
			c.CertificateAuthorityData, c.CertificateAuthority = nil, file
		},
		"no check": func(c *clientcmdapi.Cluster, e *kubeconfig.Entry) {
			c.CertificateAuthorityData, c.InsecureSkipTLSVerify, e.CA = nil, true, nil
		},
		"another name": func(c *clientcmdapi.Cluster, _ *kubeconfig.Entry) { c.TLSServerName = "kubernetes" },
	} {
		s := w.scene()
		for i := range s.Entries {
			if s.Entries[i].Name == w.member.Context() {
				change(s.Contexts.Clusters[w.member.Context()], &s.Entries[i])
			}
		}
		plan, sides := w.plan(s)
		if err := errors.Join(plan.Try(t.Context(), sides), plan.Apply(t.Context(), sides)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.ready()
		v := w.view()
		if v.Member.Insecure || len(v.Member.CA) == 0 || v.Endpoint != nil || v.Identity != Matched {
			t.Errorf("%s: registered as %+v: %v", name, v.Member, v.Endpoint)
		}
		w.unjoin()
	}
}

// TestOutside: the host is no candidate for --all, and neither is a member; a kind cluster is.
func TestOutside(t *testing.T) {
	w := newWorld(t)
	has := func() bool {
		for _, name := range w.scene().Outside(t.Context()) {
			if name == w.b.Host().Name {
				t.Errorf("the host is among those outside")
			}
			if name == w.member.Name {
				return true
			}
		}
		return false
	}
	if w.scene().Place.Kind == nil {
		t.Skip("the bed runs as processes, and they are no kind clusters")
	}
	if !has() {
		t.Error("a cluster that has not joined is not outside")
	}
	w.mustJoin()
	defer w.unjoin()
	if has() {
		t.Error("a member is outside")
	}
}
