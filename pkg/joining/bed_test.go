package joining

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/kindnode"
	"github.com/kubectl-fed/kubectl-fed/pkg/kubeconfig"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

const space = "kube-federation-system"

// world is a bed with a host and one cluster that joins and leaves.
type world struct {
	t      *testing.T
	b      *bed.Bed
	member *bed.Cluster
}

func newWorld(t *testing.T) *world {
	t.Helper()
	b := bed.Get(t, bed.Need{Clusters: 2, KubeFed: true, Alone: true})
	w := &world{t: t, b: b, member: b.Clusters[1]}
	w.unjoin()
	return w
}

// scene is what a verb would look at: the bed's kubeconfig and the kind clusters of this machine.
func (w *world) scene() *Scene {
	w.t.Helper()
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: w.b.Kubeconfig()}
	loaded, err := kubeconfig.Load(rules)
	if err != nil {
		w.t.Fatal(err)
	}
	contexts, err := rules.Load()
	if err != nil {
		w.t.Fatal(err)
	}
	h := member.Host{Context: w.b.Host().Context(), Namespace: space, Config: w.b.Host().Config(), Kinds: findKinds}
	host, err := member.Connect(w.t.Context(), h, *contexts, loaded.Entries())
	if err != nil {
		w.t.Fatal(err)
	}
	scene, err := Look(w.t.Context(), host, Sources{
		Kubeconfig: func() (*kubeconfig.Config, error) { return loaded, nil },
		Contexts:   func() (clientcmdapi.Config, error) { return *contexts, nil },
		Kinds:      findKinds, Timeout: 20 * time.Second,
	})
	if err != nil && !errors.Is(err, exec.ErrNotFound) {
		w.t.Fatal(err)
	}
	return scene
}

// findKinds looks again where a node vanished since it was listed: other tests on this machine remove theirs.
func findKinds(ctx context.Context) (found []kindnode.Cluster, err error) {
	for range 5 {
		if found, err = kindnode.Find(ctx); err == nil || errors.Is(err, exec.ErrNotFound) {
			break
		}
	}
	return found, err
}

// join is all that the verb does for one cluster, with the axe between it and both servers.
func (w *world) join(a *axe, renew bool) error {
	w.t.Helper()
	ctx := w.t.Context()
	s := w.scene()
	m, err := s.Meet(ctx, w.member.Name, "", Wishes{})
	if err != nil {
		return err
	}
	proofs, err := s.Place.Prove(ctx, []Wanted{{URLs: m.URLs, CA: m.CA, Kind: m.Kind}})
	var notThere *NotFromThereError
	if err != nil && !errors.As(err, &notThere) || proofs[0].URL == "" {
		return fmt.Errorf("proving the endpoint: %w", errors.Join(err, proofs[0].Err))
	}
	request, err := s.Request(ctx, m, proofs[0].URL, Wishes{})
	if err != nil {
		return err
	}
	request.Renew = renew
	plan := New(request)
	sides := Sides{Member: m.Client, Host: s.Host.Client}
	if err := plan.Conflicts(ctx, sides, s.Members, s.Host.Context); err != nil {
		return err
	}
	if err := plan.Try(ctx, sides); err != nil {
		return err
	}
	return plan.Apply(ctx, Sides{Member: a.client(w.t, w.member.Config()), Host: a.client(w.t, w.b.Host().Config())})
}

func (w *world) mustJoin() {
	w.t.Helper()
	if err := w.join(nil, false); err != nil {
		w.t.Fatal(err)
	}
}

// leave is all that unjoin does for one cluster, with the axe between it and both servers.
func (w *world) leave(a *axe) error {
	w.t.Helper()
	s := w.scene()
	d, err := s.Leave(w.t.Context(), w.member.Name, "")
	if err != nil {
		return err
	}
	if d.Unreached != nil {
		return d.Unreached
	}
	s.Host.Client = a.client(w.t, w.b.Host().Config())
	d.client = a.client(w.t, w.member.Config())
	_, err = d.Apply(w.t.Context(), Leaving{Workloads: Keep})
	return err
}

// unjoin takes the cluster out, whoever joined it, with KubeFed's namespace.
func (w *world) unjoin() {
	w.t.Helper()
	if err := w.leave(nil); err != nil {
		w.t.Fatal(err)
	}
	to := w.dynamic(w.member).Resource(namespaces)
	if err := to.Delete(w.t.Context(), space, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		w.t.Fatal(err)
	}
	bed.Eventually(w.t, "KubeFed's namespace is gone", func(ctx context.Context) error {
		_, err := to.Get(ctx, space, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(errors.New("it is there"), err)
	})
}

func (w *world) dynamic(c *bed.Cluster) dynamic.Interface {
	config := c.Config()
	config.WarningHandler = rest.NoWarnings{} // every kind is listed, old ones too
	return dynamic.NewForConfigOrDie(config)
}

// listing is every object of both clusters by its name, without what differs from run to run.
func (w *world) listing() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, c := range []*bed.Cluster{w.b.Host(), w.member} {
		dying := w.dying(c)
		api := discovery.NewDiscoveryClientForConfigOrDie(c.Config())
		lists, err := api.ServerPreferredResources()
		if err != nil {
			w.t.Fatal(err)
		}
		for _, list := range lists {
			version, err := schema.ParseGroupVersion(list.GroupVersion)
			if err != nil {
				w.t.Fatal(err)
			}
			for _, r := range list.APIResources {
				if slices.Contains(r.Verbs, "list") && !slices.Contains(fleeting, r.Name) {
					w.collect(all, c, version.WithResource(r.Name), dying)
				}
			}
		}
	}
	return all
}

// fleeting are the kinds whose objects come and go by themselves.
var fleeting = []string{"events", "leases", "componentstatuses"}

// dying are other tests' namespaces that are still on their way out.
func (w *world) dying(c *bed.Cluster) map[string]bool {
	w.t.Helper()
	list, err := c.Client().CoreV1().Namespaces().List(w.t.Context(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	names := map[string]bool{}
	for _, n := range list.Items {
		names[n.Name] = n.DeletionTimestamp != nil && n.Name != space
	}
	return names
}

func (w *world) collect(all map[string]string, c *bed.Cluster, r schema.GroupVersionResource, dying map[string]bool) {
	w.t.Helper()
	list, err := w.dynamic(c).Resource(r).List(w.t.Context(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, u := range list.Items {
		if dying[u.GetNamespace()] || r == namespaces && dying[u.GetName()] {
			continue
		}
		text, err := yaml.Marshal(settled(u).Object)
		if err != nil {
			w.t.Fatal(err)
		}
		all[c.Name+" "+r.GroupResource().String()+" "+u.GetNamespace()+"/"+u.GetName()] = string(text)
	}
}

// settled is an object without what differs from run to run: times, versions, and what names such a thing.
func settled(u unstructured.Unstructured) unstructured.Unstructured {
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"} {
		unstructured.RemoveNestedField(u.Object, "metadata", field)
	}
	for _, annotation := range []string{TokenAnnotation, "control-plane.alpha.kubernetes.io/leader", "kubernetes.io/service-account.uid"} {
		unstructured.RemoveNestedField(u.Object, "metadata", "annotations", annotation)
	}
	unstructured.RemoveNestedField(u.Object, "metadata", "labels", "kubernetes.io/legacy-token-last-used")
	unstructured.RemoveNestedField(u.Object, "status")
	unstructured.RemoveNestedField(u.Object, "data", "token")
	return u
}

// token is the one that the host holds.
func (w *world) token() string {
	w.t.Helper()
	s := w.scene()
	m, ok := s.Member(w.member.Name)
	if !ok {
		w.t.Fatal("it is not a member")
	}
	token, err := s.hostToken(w.t.Context(), m.Secret)
	if err != nil || len(token) == 0 {
		w.t.Fatalf("no token in %s: %v", m.Secret, err)
	}
	return string(token)
}

// tokenWorks calls the member as KubeFed's controllers do.
func (w *world) tokenWorks() {
	w.t.Helper()
	config := rest.AnonymousClientConfig(w.member.Config())
	config.BearerToken = w.token()
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := client.Resource(clusterRoles).List(w.t.Context(), metav1.ListOptions{Limit: 1}); err != nil {
		w.t.Fatalf("with the token that the host holds: %v", err)
	}
	if account := accountOf([]byte(w.token())); !strings.HasPrefix(account, w.member.Name+"-") {
		w.t.Errorf("the token is that of %q", account)
	}
}
