package joining

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// plan is the plan of the member's join, with sides to apply it to.
func (w *world) plan(s *Scene) (Plan, Sides) {
	w.t.Helper()
	m, err := s.Meet(w.t.Context(), w.member.Name, "", Wishes{})
	if err != nil {
		w.t.Fatal(err)
	}
	request, err := s.Request(w.t.Context(), m, m.URLs[0], Wishes{})
	if err != nil {
		w.t.Fatal(err)
	}
	return New(request), Sides{Member: m.Client, Host: s.Host.Client}
}

// TestNamespaced: in a namespace's scope the controllers get that namespace, the health check and the nodes, and
// no more. The bed's control plane has the whole cluster's scope, so they don't call the member here.
func TestNamespaced(t *testing.T) {
	w := newWorld(t)
	bare := w.listing()
	s := w.scene()
	s.Host.Kubefed.Spec.Scope = "Namespaced"
	plan, sides := w.plan(s)
	if err := errors.Join(plan.Try(t.Context(), sides), plan.Apply(t.Context(), sides)); err != nil {
		t.Fatal(err)
	}
	client := w.asController()
	if _, err := client.CoreV1().Secrets(space).List(t.Context(), metav1.ListOptions{}); err != nil {
		t.Errorf("in KubeFed's namespace: %v", err)
	}
	if _, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{}); err != nil {
		t.Errorf("nodes: %v", err)
	}
	if body, err := client.Discovery().RESTClient().Get().AbsPath("/healthz").DoRaw(t.Context()); err != nil || string(body) != "ok" {
		t.Errorf("health: %q, %v", body, err)
	}
	if _, err := client.CoreV1().Secrets("default").List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("in another namespace: %v", err)
	}
	w.unjoin()
	w.same(bare, "joined and unjoined in a namespace's scope")
}

// asController calls the member with the token that the host holds.
func (w *world) asController() kubernetes.Interface {
	w.t.Helper()
	config := rest.AnonymousClientConfig(w.member.Config())
	config.BearerToken = w.token()
	return kubernetes.NewForConfigOrDie(config)
}

// TestTwoFederations: another host that is called the same must not be robbed of its objects, neither by a join
// nor by an unjoin.
func TestTwoFederations(t *testing.T) {
	w := newWorld(t)
	other := w.scene()
	other.HostUID = "another host"
	theirs, sides := w.plan(other)
	for _, object := range theirs.Member { // what they have in the member; their host is elsewhere
		if err := theirs.make(t.Context(), sides.Member, object); err != nil {
			t.Fatal(err)
		}
	}
	before := w.listing()
	ours, sides := w.plan(w.scene())
	err := ours.Conflicts(t.Context(), sides, nil, "kind-hub")
	if err == nil || !strings.Contains(err.Error(), "another federation's host made it") {
		t.Errorf("a join gets %v", err)
	}
	if err := w.leave(nil); err != nil {
		t.Fatal(err)
	}
	w.same(before, "unjoin of a cluster that only another host has joined")
	theirDeparture, err := other.Leave(t.Context(), w.member.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirDeparture.Apply(t.Context(), Leaving{Workloads: Keep}); err != nil {
		t.Fatal(err)
	}
}

// TestNamespaceOfOthers: KubeFed's namespace stays in a member when somebody uses it, though a join made it.
func TestNamespaceOfOthers(t *testing.T) {
	w := newWorld(t)
	w.mustJoin()
	theirs := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "theirs"}}
	if _, err := w.member.Client().CoreV1().ConfigMaps(space).Create(t.Context(), theirs, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	d, err := w.scene().Leave(t.Context(), w.member.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Kept != "it holds configmaps/theirs" || d.Namespace != nil {
		t.Errorf("kept since %q", d.Kept)
	}
	if _, err := d.Apply(t.Context(), Leaving{Workloads: Keep}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.member.Client().CoreV1().ConfigMaps(space).Get(t.Context(), "theirs", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

// TestJoinAfterDeletion: a namespace that is on its way out is waited for.
func TestJoinAfterDeletion(t *testing.T) {
	w := newWorld(t)
	w.mustJoin()
	defer w.unjoin()
	if err := w.member.Client().CoreV1().Namespaces().Delete(t.Context(), space, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	plan, sides := w.plan(w.scene())
	if err := plan.Try(t.Context(), sides); err != nil {
		t.Fatal(err)
	}
	if err := plan.Apply(t.Context(), sides); err != nil {
		t.Fatal(err)
	}
	w.tokenWorks()
}

// withoutContext is a scene in which the kubeconfig knows the host only.
func (w *world) withoutContext() *Scene {
	w.t.Helper()
	s := w.scene()
	s.Entries = slices.DeleteFunc(s.Entries, func(e kubeconfig.Entry) bool { return !slices.Contains(e.Contexts, s.Host.Context) })
	s.Contexts = clientcmdapi.Config{Contexts: map[string]*clientcmdapi.Context{s.Host.Context: s.Contexts.Contexts[s.Host.Context]}, Clusters: s.Contexts.Clusters}
	h := member.Host{Context: s.Host.Context, Namespace: space, Config: w.b.Host().Config(), Kinds: s.Host.Kinds}
	host, err := member.Connect(w.t.Context(), h, s.Contexts, s.Entries)
	if err != nil {
		w.t.Fatal(err)
	}
	s.Host = host
	return s
}

// TestOwnCredentials: a member that no context reaches is dialled as KubeFed's controllers do it, by its node's
// name at its container's address, and is cleared with credentials that are among what goes.
func TestOwnCredentials(t *testing.T) {
	w := newWorld(t)
	bare := w.listing()
	w.mustJoin()
	s := w.withoutContext()
	d, err := s.Leave(t.Context(), w.member.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Unreached != nil || d.Context != "" || len(d.Member) != 4 {
		t.Fatalf("context %q, %d objects, %v", d.Context, len(d.Member), d.Unreached)
	}
	if _, err := d.Apply(t.Context(), Leaving{Workloads: Keep}); err != nil {
		t.Fatal(err)
	}
	bed.Eventually(t, "the garbage collector has removed the rest", func(context.Context) error {
		for name := range w.listing() {
			if strings.Contains(name, w.member.Name+"-"+w.b.Host().Context()) {
				return errors.New(name + " is there")
			}
		}
		return nil
	})
	w.unjoin()
	w.same(bare, "cleared with KubeFed's own credentials")
}

// TestOwnCredentialsAreNotEnough: what the controllers would undo is refused.
func TestOwnCredentialsAreNotEnough(t *testing.T) {
	d := &Departure{Cluster: "a", Workloads: []Workload{{}}}
	for mode, refused := range map[string]bool{Keep: false, Orphan: true, Delete: true} {
		if err := d.Check(Leaving{Workloads: mode}); (err != nil) != refused {
			t.Errorf("%s: %v", mode, err)
		}
	}
	d.direct = true
	if err := d.Check(Leaving{Workloads: Delete}); err != nil {
		t.Error(err)
	}
}

// TestTwins: the same cluster under another name, and another cluster under a name that is taken.
func TestTwins(t *testing.T) {
	w := newWorld(t)
	w.mustJoin()
	defer w.unjoin()
	s := w.scene()
	m, err := s.Meet(t.Context(), "twin", w.member.Context(), Wishes{})
	if err != nil {
		t.Fatal(err)
	}
	request, err := s.Request(t.Context(), m, m.URLs[0], Wishes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckIdentity(request, s.Members, s.Host.Context); err == nil || !strings.Contains(err.Error(), "this very cluster is joined already, as "+w.member.Name) {
		t.Errorf("got %v", err)
	}
	request.Cluster, request.UID = w.member.Name, "another"
	if err := CheckIdentity(request, s.Members, s.Host.Context); err == nil || !strings.Contains(err.Error(), "another cluster is joined as "+w.member.Name) {
		t.Errorf("got %v", err)
	}
}

// TestHostJoinsItself: the host may be a member of its own. Then both sides lie in one namespace, which stays.
func TestHostJoinsItself(t *testing.T) {
	w := newWorld(t)
	w.member = w.b.Host()
	bare := w.listing()
	w.mustJoin()
	w.ready()
	w.tokenWorks()
	if v := w.view(); !v.IsHost || v.Endpoint != nil || v.Identity != Matched {
		t.Errorf("clusters says %+v", v)
	}
	if err := w.leave(nil); err != nil {
		t.Fatal(err)
	}
	w.same(bare, "the host joined itself and left")
}
