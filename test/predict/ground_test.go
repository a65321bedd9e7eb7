//go:build long

package predict

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// ground is what states are laid out on: the host cluster and its members.
type ground struct {
	bed     *bed.Bed
	host    *member.Host
	members []member.Member
	clients map[string]*member.Client
	types   map[string]federation.Type
	prefix  string // of the namespaces of this run
}

// newGround joins the bed's workers, if they are not members yet.
func newGround(t *testing.T, b *bed.Bed) *ground {
	t.Helper()
	t.Setenv("KUBECONFIG", b.Kubeconfig())
	args := []string{"join", "--wait", "--context", b.Host().Context()}
	for _, worker := range b.Clusters[1:] {
		args = append(args, worker.Name)
	}
	var out bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &out}
	if code := plugin.Main(args, streams); code != 0 {
		t.Fatalf("kubectl fed %s: exit code %d\n%s", strings.Join(args, " "), code, out.String())
	}
	g := &ground{bed: b, clients: map[string]*member.Client{}, types: map[string]federation.Type{}, prefix: "predict-" + rand.String(5)}
	var err error
	if g.host, err = factory.New(streams, nil).Host(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.connect(t)
	return g
}

func (g *ground) connect(t *testing.T) {
	t.Helper()
	var err error
	if g.members, err = g.host.Members(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range g.members {
		if g.clients[m.Name], err = g.host.Dial(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	types, err := g.host.Types(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range types {
		g.types[typ.Name] = typ
	}
}

// names are the members' names, in order.
func (g *ground) names() []string { return factory.Names(g.members) }

// space is the namespace of a state.
func (g *ground) space(s state) string { return fmt.Sprintf("%s-%03d", g.prefix, s.number) }

// do lays out a part of a state.
func (g *ground) do(t *testing.T, s state, actions []action) {
	t.Helper()
	for _, a := range actions {
		if err := a.do(t.Context(), place{g, s, g.space(s)}); err != nil {
			t.Fatalf("%s: %s: %v", s, a.name, err)
		}
	}
}

// place is where the actions of a state work.
type place struct {
	*ground
	state state
	space string
}

// in is a resource of a cluster, in the state's namespace; the host is "".
func (p place) in(cluster string, api federation.API) dynamic.ResourceInterface {
	client := p.host.Client
	if cluster != "" {
		client = p.clients[cluster].Dynamic
	}
	if api.Namespaced {
		return client.Resource(api.GVR()).Namespace(p.space)
	}
	return client.Resource(api.GVR())
}

func (p place) typ() federation.Type { return p.types[p.state.typ] }

// put creates an object under the state's names.
func (p place) put(ctx context.Context, cluster string, api federation.API, name string, content map[string]any) error {
	obj := &unstructured.Unstructured{Object: content}
	obj = obj.DeepCopy()
	obj.SetAPIVersion(api.APIVersion())
	obj.SetKind(api.Kind)
	obj.SetName(name)
	if api.Namespaced {
		obj.SetNamespace(p.space)
	}
	_, err := p.in(cluster, api).Create(ctx, obj, metav1.CreateOptions{})
	return err
}

// edit reads an object, changes it and writes it back.
func (p place) edit(ctx context.Context, cluster string, api federation.API, name string, change func(*unstructured.Unstructured) error) error {
	for {
		obj, err := p.in(cluster, api).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if err := change(obj); err != nil {
			return err
		}
		if _, err = p.in(cluster, api).Update(ctx, obj, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
			return err
		}
	}
}

// clean removes all namespaces of the run from all clusters. KubeFed has to run:
// it holds finalizers.
func (g *ground) clean(t *testing.T, states []state) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.bed.StartKubeFed(ctx); err != nil {
		t.Errorf("starting the controllers again: %v", err)
	}
	namespaces := g.types["namespaces"].Target
	for _, s := range states {
		p := place{g, s, g.space(s)}
		g.letGo(ctx, t, p)
		for _, cluster := range append([]string{""}, g.names()...) {
			err := p.in(cluster, namespaces).Delete(ctx, p.space, metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				t.Errorf("removing the namespace %s: %v", p.space, err)
			}
		}
	}
}

// letGo takes off the finalizers that a state put on members' objects.
func (g *ground) letGo(ctx context.Context, t *testing.T, p place) {
	for _, m := range g.names() {
		if !slices.Contains(p.state.edits, heldUp) {
			continue
		}
		_, err := p.in(m, p.typ().Target).Patch(ctx, object, types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("%s: taking off its finalizer: %v", p.state, err)
		}
	}
}
