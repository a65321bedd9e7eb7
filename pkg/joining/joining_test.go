package joining

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

func TestHostName(t *testing.T) {
	tests := map[string]string{
		"kind-fed-master":         "kind-fed-master",
		"admin@prod:6443/default": "host-9a2a02db1d",
	}
	for context, want := range tests {
		got := HostName(context)
		if strings.HasPrefix(want, "host-") {
			if !strings.HasPrefix(got, "host-") || len(got) != len(want) || got != HostName(context) {
				t.Errorf("%s: got %s, want something like %s, the same each time", context, got, want)
			}
		} else if got != want {
			t.Errorf("%s: got %s, want %s", context, got, want)
		}
	}
	if HostName("a/b") == HostName("a:b") {
		t.Error("two contexts have one name")
	}
}

var request = Request{
	Cluster: "fed-worker01", Host: "kind-fed-master", Namespace: "kube-federation-system",
	Endpoint: "https://fed-worker01-control-plane:6443", CA: []byte("CA"), UID: "uid-1",
}

// names lists kind, namespace and name of objects.
func names(t *testing.T, objects ...runtime.Object) []string {
	t.Helper()
	var all []string
	for _, o := range objects {
		m, err := meta.Accessor(o)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o.GetObjectKind().GroupVersionKind().Kind+" "+m.GetNamespace()+"/"+m.GetName())
	}
	return all
}

// TestNames: they are those that kubefedctl gives, so that either tool finds what the other made. The Secret
// in the host has another, since the host may be its own member.
func TestNames(t *testing.T) {
	p := New(request)
	want := []string{
		"Namespace /kube-federation-system",
		"ServiceAccount kube-federation-system/fed-worker01-kind-fed-master",
		"ClusterRole /kubefed-controller-manager:fed-worker01-kind-fed-master",
		"ClusterRoleBinding /kubefed-controller-manager:fed-worker01-kind-fed-master",
		"Secret kube-federation-system/fed-worker01-kind-fed-master",
	}
	if diff := cmp.Diff(want, names(t, p.Member...)); diff != "" {
		t.Errorf("in the member, -want +got\n%s", diff)
	}
	want = []string{"Secret kube-federation-system/fed-worker01-kind-fed-master-token", "KubeFedCluster kube-federation-system/fed-worker01"}
	if diff := cmp.Diff(want, names(t, p.Secret([]byte("t")), p.KubeFedCluster())); diff != "" {
		t.Errorf("in the host, -want +got\n%s", diff)
	}
}

// TestMarks: everything but the namespace, which may be there already, says who made it and for what.
func TestMarks(t *testing.T) {
	p := New(request)
	for _, o := range append(p.Member[1:], p.Secret(nil), p.KubeFedCluster()) {
		m, err := meta.Accessor(o)
		if err != nil {
			t.Fatal(err)
		}
		labels := map[string]string{"app.kubernetes.io/managed-by": "kubectl-fed", "kubectl-fed.io/cluster": "fed-worker01"}
		if diff := cmp.Diff(labels, m.GetLabels()); diff != "" {
			t.Errorf("labels of %s, -want +got\n%s", m.GetName(), diff)
		}
		if a := m.GetAnnotations(); a["kubectl-fed.io/host"] != "kind-fed-master" || a["kubectl-fed.io/kube-system-uid"] != "uid-1" {
			t.Errorf("annotations of %s: %v", m.GetName(), a)
		}
	}
}

func TestRegistration(t *testing.T) {
	p := New(request)
	c := p.KubeFedCluster()
	if c.Spec.APIEndpoint != request.Endpoint || string(c.Spec.CABundle) != "CA" || c.Spec.SecretRef.Name != p.Secret(nil).Name {
		t.Errorf("got %+v", c.Spec)
	}
	token := p.Member[4].(*corev1.Secret)
	if token.Type != corev1.SecretTypeServiceAccountToken || token.Annotations["kubernetes.io/service-account.name"] != "fed-worker01-kind-fed-master" {
		t.Errorf("the token's Secret: %+v", token)
	}
}

func TestCheckIdentity(t *testing.T) {
	noted := func(name, uid string) member.Member {
		return member.Member{Name: name, Endpoint: "https://x", Annotations: map[string]string{UIDAnnotation: uid}}
	}
	tests := map[string]struct {
		members []member.Member
		err     string
	}{
		"new":             {[]member.Member{noted("other", "uid-2")}, ""},
		"again":           {[]member.Member{noted("fed-worker01", "uid-1")}, ""},
		"another cluster": {[]member.Member{noted("fed-worker01", "uid-2")}, "another cluster is joined as fed-worker01 already, at https://x; perhaps it was made anew since"},
		"another name":    {[]member.Member{noted("other", "uid-1")}, "this very cluster is joined already, as other"},
		"by kubefedctl":   {[]member.Member{{Name: "fed-worker01", CA: []byte("no PEM")}}, "another cluster is joined as fed-worker01 already, at ; perhaps it was made anew since"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			err := CheckIdentity(request, test.members, "kind-fed-master")
			if err != nil {
				got = err.Error()
			}
			if got != test.err {
				t.Errorf("got %q, want %q", got, test.err)
			}
		})
	}
}

func TestFindCandidate(t *testing.T) {
	contexts := clientcmdapi.Config{Contexts: map[string]*clientcmdapi.Context{"kind-a": {}, "a": {}, "kind-b": {}, "bare": {}, "lost": {}}}
	entries := []kubeconfig.Entry{
		{Name: "kind-a", CA: []byte("A"), Contexts: []string{"kind-a"}},
		{Name: "a", CA: []byte("other"), Contexts: []string{"a"}},
		{Name: "kind-b", CA: []byte("B"), Contexts: []string{"kind-b"}},
		{Name: "bare", Contexts: []string{"bare"}},
	}
	tests := map[string]struct {
		name, context string
		want, err     string
		hint          string
	}{
		"kind's context":        {"b", "", "kind-b", "", ""},
		"named":                 {"edge", "kind-b", "kind-b", "", ""},
		"two different":         {"a", "", "", "the contexts a and kind-a are different clusters", "kubectl fed join a --cluster-context kind-a"},
		"two, and one is meant": {"a", "kind-a", "kind-a", "", ""},
		"none":                  {"c", "", "", "the kubeconfig has no context c or kind-c", "kubectl config get-contexts"},
		"none of that name":     {"c", "what", "", "the kubeconfig has no context what", "kubectl config get-contexts"},
		"no cluster entry":      {"lost", "", "", "the kubeconfig has no context lost or kind-lost", "kubectl config get-contexts"},
		"no CA":                 {"bare", "", "", "the kubeconfig entry bare has no certificate authority", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := FindCandidate(test.name, test.context, contexts, entries)
			if err != nil {
				if err.Error() != test.err || hint.Of(err) != test.hint {
					t.Errorf("got %q, hint %q\nwant %q, hint %q", err, hint.Of(err), test.err, test.hint)
				}
				return
			}
			if got.Context != test.want || got.Name != test.name || test.err != "" {
				t.Errorf("got %+v, want the context %s, error %q", got, test.want, test.err)
			}
		})
	}
}

// TestEndpoint is about clusters that are not kind's; those are tried on the bed.
func TestEndpoint(t *testing.T) {
	at := func(server string) Candidate {
		return Candidate{Name: "edge", Context: "edge", Entry: kubeconfig.Entry{Server: server}}
	}
	tests := []struct {
		server  string
		host    Host
		refused bool
	}{
		{"https://edge.example.org:6443", Host{Kind: true}, false},
		{"https://127.0.0.1:6443", Host{Kind: true, Server: "https://127.0.0.1:7443"}, true},
		{"https://[::1]:6443", Host{Kind: true}, true},
		{"https://localhost:6443", Host{Kind: true}, true},
		{"https://127.0.0.1:6443", Host{Server: "https://127.0.0.1:7443"}, false},
		{"https://127.0.0.1:6443", Host{Server: "https://host.example.org"}, true},
	}
	for _, test := range tests {
		got, err := at(test.server).Endpoint(t.Context(), []kindnode.Cluster{{Name: "another"}}, test.host)
		if (err != nil) != test.refused || (err == nil && got != test.server) {
			t.Errorf("%s from %+v: got %q, %v", test.server, test.host, got, err)
		}
	}
}
