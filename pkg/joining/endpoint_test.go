package joining

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
)

func kindCluster(name, address string) *kindnode.Cluster {
	return &kindnode.Cluster{Name: name, Nodes: []kindnode.Node{{
		Name: name + "-control-plane", Cluster: name, Role: "control-plane", Running: true,
		Networks: []kindnode.Network{{Name: "kind", IPv4: address}},
	}}}
}

func TestEndpoints(t *testing.T) {
	hub, edge := kindCluster("hub", "172.18.0.2"), kindCluster("edge", "172.18.0.3")
	inner := []string{"https://edge-control-plane:6443", "https://172.18.0.3:6443"}
	tests := map[string]struct {
		server string
		kind   *kindnode.Cluster
		wish   string
		from   Place
		want   []string // nil: refused
	}{
		"kind to kind":                          {"https://127.0.0.1:34567", edge, "", Place{Kind: hub}, inner},
		"not kind":                              {"https://edge.example.org:6443", nil, "", Place{Kind: hub}, []string{"https://edge.example.org:6443"}},
		"kind from elsewhere":                   {"https://10.0.0.1:6443", edge, "", Place{Server: "https://hub.example.org"}, []string{"https://10.0.0.1:6443"}},
		"upper case and a path":                 {"https://EDGE.example.org/k8s/clusters/C-1", nil, "", Place{Kind: hub}, []string{"https://edge.example.org/k8s/clusters/C-1"}},
		"loopback":                              {"https://127.0.0.1:6443", nil, "", Place{Kind: hub, Server: "https://127.0.0.1:7443"}, nil},
		"all of 127/8":                          {"https://127.1.2.3:6443", nil, "", Place{Kind: hub}, nil},
		"IPv6 loopback":                         {"https://[::1]:6443", nil, "", Place{Kind: hub}, nil},
		"localhost":                             {"https://LocalHost:6443", nil, "", Place{Kind: hub}, nil},
		"unspecified":                           {"https://0.0.0.0:6443", nil, "", Place{Kind: hub}, nil},
		"Docker Desktop's name for the Mac":     {"https://host.docker.internal:6443", nil, "", Place{Kind: hub}, nil},
		"loopback, from a process beside it":    {"https://127.0.0.1:6443", nil, "", Place{Server: "https://127.0.0.1:7443"}, []string{"https://127.0.0.1:6443"}},
		"loopback, from elsewhere":              {"https://127.0.0.1:6443", nil, "", Place{Server: "https://hub.example.org"}, nil},
		"the kubeconfig's, asked for":           {"https://172.18.0.3:6443", edge, Kubeconfig, Place{Kind: hub}, []string{"https://172.18.0.3:6443"}},
		"the kubeconfig's, which is no use":     {"https://127.0.0.1:34567", edge, Kubeconfig, Place{Kind: hub}, nil},
		"the inner one, from elsewhere":         {"https://10.0.0.1:6443", edge, Internal, Place{Server: "https://hub.example.org"}, inner},
		"a URL":                                 {"https://127.0.0.1:34567", edge, "https://lb.example.org", Place{Kind: hub}, []string{"https://lb.example.org"}},
		"a URL that means something else there": {"https://10.0.0.1:6443", edge, "https://localhost:6443", Place{Kind: hub}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := &Met{Candidate: Candidate{Name: "edge", Entry: kubeconfig.Entry{Server: test.server}}, Kind: test.kind}
			got, err := m.endpoints(t.Context(), test.wish, test.from)
			if diff := cmp.Diff(test.want, got); diff != "" || (err != nil) != (test.want == nil) {
				t.Errorf("%v, -want +got\n%s", err, diff)
			}
			if err != nil && hint.Of(err) != "kubectl fed fix-server edge" {
				t.Errorf("hint %q", hint.Of(err))
			}
		})
	}
}

func TestCarry(t *testing.T) {
	tests := map[string]struct {
		cluster clientcmdapi.Cluster
		wishes  Wishes
		proxy   string
		note    bool
		err     bool
	}{
		"nothing":                {clientcmdapi.Cluster{}, Wishes{}, "", false, false},
		"a proxy":                {clientcmdapi.Cluster{ProxyURL: "http://proxy:3128"}, Wishes{}, "http://proxy:3128", false, false},
		"this machine's proxy":   {clientcmdapi.Cluster{ProxyURL: "http://127.0.0.1:3128"}, Wishes{}, "", true, false},
		"another was named":      {clientcmdapi.Cluster{ProxyURL: "http://localhost:3128"}, Wishes{Proxy: "http://proxy:3128"}, "http://proxy:3128", false, false},
		"KubeFed would drop it":  {clientcmdapi.Cluster{ProxyURL: "http://proxy:3128"}, Wishes{Insecure: true}, "", false, true},
		"insecure, and no proxy": {clientcmdapi.Cluster{InsecureSkipTLSVerify: true}, Wishes{Insecure: true}, "", false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			proxy, note, err := carry(test.cluster, test.wishes)
			if proxy != test.proxy || (note != "") != test.note || (err != nil) != test.err {
				t.Errorf("got %q, %q, %v", proxy, note, err)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	failed := errors.New("no answer")
	for want, settings := range map[string]clientcmdapi.Cluster{
		"no answer": {},
		"the kubeconfig skips the check of its certificate, which is not carried over unasked: no answer": {InsecureSkipTLSVerify: true},
		"the kubeconfig has a tls-server-name, which KubeFed does not know: no answer":                    {TLSServerName: "x"},
	} {
		m := &Met{settings: settings}
		if got := m.Explain(failed).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestProveFromHere: where the host's node can't be asked, the error says so and the proofs are good.
func TestProveFromHere(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing is dialled for long
	place := Place{}
	proofs, err := place.Prove(ctx, []Wanted{{URLs: []string{"https://edge-control-plane:6443"}, CA: []byte("CA"), Kind: &kindnode.Cluster{
		Name: "edge", Nodes: []kindnode.Node{{Name: "edge-control-plane"}},
	}}, {URLs: []string{"https://x"}, CA: []byte("no PEM")}})
	var notThere *NotFromThereError
	if !errors.As(err, &notThere) || !strings.Contains(err.Error(), "the host is no kind cluster") {
		t.Errorf("got %v", err)
	}
	if proofs[0].URL != "https://edge-control-plane:6443" || proofs[1].URL != "" || proofs[1].Err == nil {
		t.Errorf("got %+v", proofs)
	}
}

// TestChoose: the first good URL of each, with what was wrong with those before it.
func TestChoose(t *testing.T) {
	broke := errors.New("it broke")
	all := []Wanted{{URLs: []string{"a", "b"}}, {URLs: []string{"c"}}, {URLs: []string{"d", "e"}}}
	got := choose(all, []error{broke, nil, nil, broke, broke})
	if got[0].URL != "b" || got[0].Err == nil || got[1] != (Proof{URL: "c"}) || got[2].URL != "" {
		t.Errorf("got %+v", got)
	}
	if text := got[2].Err.Error(); text != "it broke; it broke" || !errors.Is(got[2].Err, broke) {
		t.Errorf("got %q", text)
	}
}
