package member

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kubefed/pkg/apis/core/common"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
)

const certificateA = "-----BEGIN CERTIFICATE-----\nQUFBQQ==\n-----END CERTIFICATE-----\n"
const certificateB = "-----BEGIN CERTIFICATE-----\nQkJCQg==\n-----END CERTIFICATE-----\n"

func TestSameCA(t *testing.T) {
	tests := map[string]struct {
		a, b string
		want bool
	}{
		"equal":           {certificateA, certificateA, true},
		"white space":     {certificateA, "\n" + strings.TrimSpace(certificateA), true},
		"in either order": {certificateA + certificateB, certificateB + certificateA, true},
		"another":         {certificateA, certificateB, false},
		"one of two":      {certificateA + certificateB, certificateA, false},
		"none":            {"", "", false},
		"no PEM":          {"x", "x", false},
	}
	for name, test := range tests {
		if got := SameCA([]byte(test.a), []byte(test.b)); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestMemberOf(t *testing.T) {
	text := func(s string) *string { return &s }
	ready := func(status corev1.ConditionStatus) v1beta1.ClusterCondition {
		return v1beta1.ClusterCondition{Type: common.ClusterReady, Status: status, Reason: text("ClusterNotReady"), Message: text("/healthz responded without ok")}
	}
	offline := v1beta1.ClusterCondition{Type: common.ClusterOffline, Status: corev1.ConditionTrue, Message: text("cluster is not reachable: dial tcp")}
	online := v1beta1.ClusterCondition{Type: common.ClusterOffline, Status: corev1.ConditionFalse, Message: text("cluster is reachable")}
	tests := map[string]struct {
		conditions []v1beta1.ClusterCondition
		ready      bool
		reason     string
	}{
		"not looked at":  {nil, false, "KubeFed has not looked at it yet"},
		"ready":          {[]v1beta1.ClusterCondition{ready(corev1.ConditionTrue)}, true, ""},
		"not ready":      {[]v1beta1.ClusterCondition{ready(corev1.ConditionFalse), online}, false, "/healthz responded without ok"},
		"offline":        {[]v1beta1.ClusterCondition{offline}, false, "cluster is not reachable: dial tcp"},
		"without a word": {[]v1beta1.ClusterCondition{{Type: common.ClusterReady, Status: corev1.ConditionUnknown}}, false, "Ready"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := memberOf(v1beta1.KubeFedCluster{Status: v1beta1.KubeFedClusterStatus{Conditions: test.conditions}})
			if m.Ready != test.ready || m.NotReady != test.reason {
				t.Errorf("got %v, %q", m.Ready, m.NotReady)
			}
		})
	}
}

func TestContextOf(t *testing.T) {
	m := Member{Name: "a", CA: []byte(certificateA)}
	tests := map[string]struct {
		entries []kubeconfig.Entry
		want    string
	}{
		"none":              {[]kubeconfig.Entry{{CA: []byte(certificateB), Contexts: []string{"kind-a"}}}, ""},
		"whatever its name": {[]kubeconfig.Entry{{CA: []byte(certificateA), Contexts: []string{"x"}}}, "x"},
		"the likeliest":     {[]kubeconfig.Entry{{CA: []byte(certificateA), Contexts: []string{"0", "kind-a", "x"}}}, "kind-a"},
		"its own name":      {[]kubeconfig.Entry{{CA: []byte(certificateA), Contexts: []string{"0", "kind-a"}}, {CA: []byte(certificateA), Contexts: []string{"a"}}}, "a"},
		"unused":            {[]kubeconfig.Entry{{CA: []byte(certificateA)}}, ""},
	}
	for name, test := range tests {
		if got := (&Host{entries: test.entries}).ContextOf(m); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestEach: one member that hangs and one that fails cost the third nothing, and the order is the members'.
func TestEach(t *testing.T) {
	broke := errors.New("it broke")
	members := []Member{{Name: "hangs"}, {Name: "fails"}, {Name: "works"}}
	outcomes := Each(t.Context(), members, 50*time.Millisecond, func(ctx context.Context, m Member) (string, error) {
		switch m.Name {
		case "hangs":
			<-ctx.Done()
			return "", ctx.Err()
		case "fails":
			return "", broke
		}
		return "done", nil
	})
	var got []string
	for _, o := range outcomes {
		line := o.Member.Name + " " + o.Value
		if o.Err != nil {
			line += o.Err.Error()
		}
		got = append(got, line)
	}
	want := []string{"hangs no answer within 50ms", "fails it broke", "works done"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestEachInterrupted: an interrupt is not taken for a member's fault.
func TestEachInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	outcomes := Each(ctx, []Member{{Name: "a"}}, time.Minute, func(ctx context.Context, _ Member) (int, error) { return 0, ctx.Err() })
	if !errors.Is(outcomes[0].Err, context.Canceled) {
		t.Errorf("got %v", outcomes[0].Err)
	}
}

func TestPlain(t *testing.T) {
	inner := errors.New("connection refused")
	if got := Plain(&url.Error{Op: "Get", URL: "https://x/api?a=b", Err: inner}); got != inner {
		t.Errorf("got %v", got)
	}
	if got := Plain(inner); got != inner {
		t.Errorf("got %v", got)
	}
}

func TestClusters(t *testing.T) {
	got := Clusters([]Member{{Name: "a", Labels: map[string]string{"x": "y"}, Ready: true}})
	want := []federation.Cluster{{Name: "a", Labels: map[string]string{"x": "y"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestFailedChecks(t *testing.T) {
	for text, want := range map[string]string{
		`dial tcp: lookup w1-control-plane: no such host`: `dial tcp: lookup w1-control-plane: no such host`,
		`cluster is not reachable: an error on the server ("[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n[-]poststarthook/x failed: reason withheld\nhealthz check failed") has prevented the request from succeeding`: `cluster is not reachable: an error on the server: etcd failed: reason withheld, poststarthook/x failed: reason withheld`,
		"[+]ping ok\n[-]etcd failed": "etcd failed",
		`all is well ("[+]ping ok")`: `all is well ("[+]ping ok")`,
	} {
		if got := failedChecks(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
