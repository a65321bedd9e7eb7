package joining

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

func TestHostName(t *testing.T) {
	tests := map[string]string{
		"kind-fed-master":         "kind-fed-master",
		"admin@prod:6443/default": "host-9a2a02db1d",
	}
	for context, want := range tests {
		got := HostName(context, "")
		if strings.HasPrefix(want, "host-") {
			if !strings.HasPrefix(got, "host-") || len(got) != len(want) || got != HostName(context, "") {
				t.Errorf("%s: got %s, want something like %s, the same each time", context, got, want)
			}
		} else if got != want {
			t.Errorf("%s: got %s, want %s", context, got, want)
		}
	}
	if HostName("a/b", "") == HostName("a:b", "") {
		t.Error("two contexts have one name")
	}
	if got := HostName("Admin@Hub", "hub"); got != "hub" {
		t.Errorf("a kind cluster is called %s, want its kind name", got)
	}
}

var request = Request{
	Cluster: "fed-worker01", Host: "kind-fed-master", HostUID: "uid-0", UID: "uid-1", Namespace: "kube-federation-system",
	Registration: Registration{Endpoint: "https://fed-worker01-control-plane:6443", CA: []byte("CA")},
}

// token is what a member issues to the account of the request.
var token = Token{uid: "uid-t", value: []byte("e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"system:serviceaccount:ns:name"}`)) + ".c2ln")}

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
	if diff := cmp.Diff(want, names(t, p.HostObjects(token)...)); diff != "" {
		t.Errorf("in the host, -want +got\n%s", diff)
	}
}

// TestMarks: everything but the namespace, which may be there already, says who made it and for what.
func TestMarks(t *testing.T) {
	p := New(request)
	for _, o := range append(p.Member[1:], p.HostObjects(token)...) {
		m, err := meta.Accessor(o)
		if err != nil {
			t.Fatal(err)
		}
		labels := map[string]string{"app.kubernetes.io/managed-by": "kubectl-fed", "kubectl-fed.io/cluster": "fed-worker01"}
		if diff := cmp.Diff(labels, m.GetLabels()); diff != "" {
			t.Errorf("labels of %s, -want +got\n%s", m.GetName(), diff)
		}
		if a := m.GetAnnotations(); a["kubectl-fed.io/host"] != "kind-fed-master" || a["kubectl-fed.io/kube-system-uid"] != "uid-1" || a["kubectl-fed.io/host-uid"] != "uid-0" {
			t.Errorf("annotations of %s: %v", m.GetName(), a)
		}
	}
}

func TestRegistration(t *testing.T) {
	p := New(request)
	c := p.kubefedCluster(token)
	if c.Spec.APIEndpoint != request.Endpoint || string(c.Spec.CABundle) != "CA" || c.Spec.SecretRef.Name != p.secret(token).Name || c.Annotations[TokenAnnotation] != "uid-t" {
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
	contexts := clientcmdapi.Config{Contexts: map[string]*clientcmdapi.Context{"kind-a": {}, "a": {}, "kind-b": {}, "bare": {}, "gone": {}, "lost": {}}}
	entries := []kubeconfig.Entry{
		{Name: "kind-a", CA: []byte("A"), Contexts: []string{"kind-a"}},
		{Name: "a", CA: []byte("other"), Contexts: []string{"a"}},
		{Name: "kind-b", CA: []byte("B"), Contexts: []string{"kind-b"}},
		{Name: "bare", Contexts: []string{"bare"}},
		{Name: "gone", Contexts: []string{"gone"}, CAError: errors.New("reading certificate authority: no such file")},
	}
	tests := map[string]struct {
		name, context string
		want, err     string
		hint          string
	}{
		"kind's context":          {"b", "", "kind-b", "", ""},
		"named":                   {"edge", "kind-b", "kind-b", "", ""},
		"two different":           {"a", "", "", "the contexts a and kind-a are different clusters", "kubectl fed join a --cluster-context kind-a"},
		"two, and one is meant":   {"a", "kind-a", "kind-a", "", ""},
		"none":                    {"c", "", "", "the kubeconfig has no context c or kind-c", "kubectl config get-contexts"},
		"none of that name":       {"c", "what", "", "the kubeconfig has no context what", "kubectl config get-contexts"},
		"no cluster entry":        {"lost", "", "", "the kubeconfig has no context lost or kind-lost", "kubectl config get-contexts"},
		"no CA, so the cluster's": {"bare", "", "bare", "", ""},
		"a CA that can't be read": {"gone", "", "", "reading certificate authority: no such file", ""},
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

// TestNamespacedRoles: the health check is granted in lower case, or it would not be granted at all.
func TestNamespacedRoles(t *testing.T) {
	r := request
	r.Namespaced = true
	want := []string{
		"Role kube-federation-system/kubefed-controller-manager:fed-worker01-kind-fed-master",
		"RoleBinding kube-federation-system/kubefed-controller-manager:fed-worker01-kind-fed-master",
		"ClusterRole /kubefed-controller-manager:kube-federation-system:healthcheck-fed-worker01-kind-fed-master",
		"ClusterRoleBinding /kubefed-controller-manager:kube-federation-system:healthcheck-fed-worker01-kind-fed-master",
	}
	roles := r.roles()
	if diff := cmp.Diff(want, names(t, roles...)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if verbs := roles[2].(*rbacv1.ClusterRole).Rules[0].Verbs; len(verbs) != 1 || verbs[0] != "get" {
		t.Errorf("the health check's verbs: %q", verbs)
	}
}

// TestEarlierNames: what an earlier join chose stays, labels included; ours win where they are the same.
func TestEarlierNames(t *testing.T) {
	r := request
	r.Account, r.Secret = "fed-worker01-hub", "fed-worker01-x7k2p"
	r.Labels = map[string]string{"stage": "test", ManagedByLabel: "somebody"}
	p := New(r)
	if got := p.Member[1].(*corev1.ServiceAccount).Name; got != "fed-worker01-hub" {
		t.Errorf("the account is called %s", got)
	}
	if got := p.secret(token).Name; got != "fed-worker01-x7k2p" {
		t.Errorf("the Secret is called %s", got)
	}
	want := map[string]string{"stage": "test", ManagedByLabel: ManagedBy, ClusterLabel: "fed-worker01"}
	if diff := cmp.Diff(want, p.kubefedCluster(token).Labels); diff != "" {
		t.Errorf("labels, -want +got\n%s", diff)
	}
}

func TestInsecure(t *testing.T) {
	r := request
	r.Insecure = true
	spec := New(r).kubefedCluster(token).Spec
	if len(spec.CABundle) != 0 || len(spec.DisabledTLSValidations) != 1 || spec.DisabledTLSValidations[0] != "*" {
		t.Errorf("got %+v", spec)
	}
}

func TestAccountOf(t *testing.T) {
	for text, want := range map[string]string{
		string(token.value): "name",
		"":                  "",
		"a.b":               "",
		"a.b.c":             "",
		"a.e30.c":           "",
		"a." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"somebody"}`)) + ".c": "",
	} {
		if got := accountOf([]byte(text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestPrinted: what is printed has no token, and no field that a server would not take.
func TestPrinted(t *testing.T) {
	inMember, inHost, err := New(request).Printed()
	if err != nil {
		t.Fatal(err)
	}
	if len(inMember) != 5 || len(inHost) != 2 {
		t.Fatalf("%d and %d objects", len(inMember), len(inHost))
	}
	secret := inHost[0]
	if secret.Object["data"] != nil || secret.Object["stringData"].(map[string]any)["token"] != "<the token in Secret fed-worker01-kind-fed-master of fed-worker01>" {
		t.Errorf("got %v", secret.Object)
	}
	for _, u := range append(inMember, inHost...) {
		if _, has := u.Object["status"]; has || strings.Contains(fmt.Sprint(u.Object), "creationTimestamp") {
			t.Errorf("%s has a status or a time", u.GetName())
		}
	}
}

func TestParseLabels(t *testing.T) {
	got, err := ParseLabels([]string{"a=b", "c=", "d=e=f"})
	if diff := cmp.Diff(map[string]string{"a": "b", "c": "", "d": "e=f"}, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	for _, bad := range []string{"a", "=b", ""} {
		if _, err := ParseLabels([]string{bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
