package diff_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// ground is a federated ConfigMap on two members, and a way to spoil what leads to the second.
type ground struct {
	bed       *bed.Bed
	good, bad *bed.Cluster
	namespace string
}

func (g *ground) run(args ...string) (code int, out string) {
	var both bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &both, ErrOut: &both}
	code = plugin.Main(args, streams)
	return code, both.String()
}

func newGround(t *testing.T) *ground {
	t.Helper()
	return groundOn(t, bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Docker: true, Alone: true}))
}

// groundOn is newGround on three clusters of any bed.
func groundOn(t *testing.T, b *bed.Bed) *ground {
	t.Helper()
	t.Setenv("KUBECONFIG", b.Kubeconfig())
	g := &ground{bed: b, good: b.Clusters[1], bad: b.Clusters[2], namespace: b.NewNamespace(t, "codes")}
	if code, out := g.run("join", "--wait", "--context", b.Host().Context(), g.good.Name, g.bad.Name); code != 0 {
		t.Fatalf("joining: exit code %d\n%s", code, out)
	}
	text := fmt.Sprintf(`
apiVersion: types.kubefed.io/v1beta1
kind: FederatedNamespace
metadata: {name: %[1]s, namespace: %[1]s}
spec: {placement: {clusterSelector: {}}}
---
apiVersion: types.kubefed.io/v1beta1
kind: FederatedConfigMap
metadata: {name: settings, namespace: %[1]s}
spec: {placement: {clusterSelector: {}}, template: {data: {colour: blue}}}
`, g.namespace)
	if err := bed.Apply(t.Context(), b.Host().Config(), g.namespace, text); err != nil {
		t.Fatal(err)
	}
	bed.Eventually(t, "the ConfigMap is propagated", func(context.Context) error {
		code, out := g.run("diff", "-n", g.namespace)
		if code != 0 {
			return errors.New(out)
		}
		return nil
	})
	return g
}

// spoilt writes a kubeconfig in which the way to the second member is not as it was.
func (g *ground) spoilt(t *testing.T, spoil func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo)) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(g.bed.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	name := g.bad.Context()
	spoil(config.Clusters[name], config.AuthInfos[name])
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", file)
}

func (g *ground) proxy(t *testing.T, of *bed.Cluster) *bed.Proxy {
	t.Helper()
	p, err := of.Proxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// token is that of a ServiceAccount without rights; one that is gone has a token that has expired with it.
func (g *ground) token(t *testing.T, name string, gone bool) string {
	t.Helper()
	accounts := g.bad.Client().CoreV1().ServiceAccounts(g.namespace)
	if _, err := accounts.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	request, err := accounts.CreateToken(t.Context(), name, &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if gone {
		if err := accounts.Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return request.Status.Token
}

// timeout is the deadline of each member, and slack what the rest may take on a busy machine.
const (
	timeout = time.Second
	slack   = 3 * time.Second
)

// TestExitCodes runs diff with every way in which one member may fail, with the other in sync and not: the other's
// result is always there, within the deadline, and 2 wins over 1.
func TestExitCodes(t *testing.T) {
	g := newGround(t)
	ways := map[string]struct {
		said  string
		spoil func(t *testing.T) func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo)
	}{
		"hanging": {"no answer in time", func(t *testing.T) func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {
			p := g.proxy(t, g.bad)
			p.SetLatency(time.Hour)
			return func(c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) { c.Server = p.URL() }
		}},
		"refusing": {"connection refused", func(t *testing.T) func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {
			p := g.proxy(t, g.bad)
			p.Close()
			return func(c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) { c.Server = p.URL() }
		}},
		"wrong certificate": {"certificate signed by unknown authority", func(t *testing.T) func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {
			p := g.proxy(t, g.good)
			return func(c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) { c.Server = p.URL() }
		}},
		"expired token": {"Unauthorized", func(t *testing.T) func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {
			return func(_ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
				*u = clientcmdapi.AuthInfo{Token: g.token(t, "expired", true)}
			}
		}},
		"forbidden": {"cannot get resource", func(t *testing.T) func(*clientcmdapi.Cluster, *clientcmdapi.AuthInfo) {
			return func(_ *clientcmdapi.Cluster, u *clientcmdapi.AuthInfo) {
				*u = clientcmdapi.AuthInfo{Token: g.token(t, "nobody", false)}
			}
		}},
	}
	for name, way := range ways {
		t.Run("in sync, "+name, func(t *testing.T) {
			g.spoilt(t, way.spoil(t))
			g.fails(t, g.good.Name+": in sync", way.said)
		})
	}
	t.Run("calls", g.calls)

	if err := g.bed.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := g.bed.StartKubeFed(ctx); err != nil {
			t.Error(err)
		}
	})
	g.change(t)
	t.Run("different", func(t *testing.T) {
		if code, out := g.run("diff", "-n", g.namespace); code != 1 || !strings.Contains(out, g.good.Name+": will be updated") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	p := g.proxy(t, g.bad)
	p.SetLatency(time.Hour)
	t.Run("different, hanging", func(t *testing.T) {
		g.spoilt(t, func(c *clientcmdapi.Cluster, _ *clientcmdapi.AuthInfo) { c.Server = p.URL() })
		g.fails(t, g.good.Name+": will be updated", "no answer in time")
	})
}

// fails runs diff, which can't compare everything.
func (g *ground) fails(t *testing.T, printed, said string) {
	t.Helper()
	for _, form := range [][]string{nil, {"--summary"}, {"-o", "json"}} {
		start := time.Now()
		code, out := g.run(append([]string{"diff", "-n", g.namespace, "--cluster-timeout", timeout.String()}, form...)...)
		took := time.Since(start)
		if code != 2 || !strings.Contains(out, said) || form == nil && !strings.Contains(out, printed) {
			t.Errorf("%v: exit code %d, want 2, %q and %q\n%s", form, code, printed, said, out)
		}
		if took > timeout+slack {
			t.Errorf("%v: it took %s", form, took)
		}
	}
}

// change changes the ConfigMap in the first member.
func (g *ground) change(t *testing.T) {
	t.Helper()
	maps := g.good.Client().CoreV1().ConfigMaps(g.namespace)
	live, err := maps.Get(t.Context(), "settings", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	live.Data["colour"] = "red"
	if _, err := maps.Update(t.Context(), live, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// calls are those that say nothing of differences.
func (g *ground) calls(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"-n", g.namespace}, 0, "no differences: 2 objects, 2 members: 4 in sync"},
		{[]string{"-n", g.namespace, "--no-such-flag"}, 2, "unknown flag"},
		{[]string{"cm", "nothing", "-n", g.namespace}, 2, "there is no FederatedConfigMap nothing"},
		{[]string{"gizmo", "-n", g.namespace}, 2, `the server doesn't have a resource type "gizmo"`},
		{[]string{"--context", g.good.Context()}, 2, "hint: kubectl fed diff --context " + g.bed.Host().Context()},
		{[]string{"--clusters", "nowhere"}, 2, "nowhere is not a member"},
		{[]string{"-n", "no-such-namespace"}, 0, "no federated objects in namespace no-such-namespace"},
	} {
		code, out := g.run(append([]string{"diff"}, c.args...)...)
		if code != c.code || !strings.Contains(out, c.said) {
			t.Errorf("%v: exit code %d, want %d and %q\n%s", c.args, code, c.code, c.said, out)
		}
	}
}
