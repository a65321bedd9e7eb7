//go:build long

package predict

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// prediction is what was said of one federated object in one member.
type prediction struct {
	state     state
	place     place
	federated member.Federated
	member    member.Member
	result    drift.Result // as kubectl fed diff reports it
	action    drift.Action
	// live is what the member has, and object what it shall have; nil for none.
	live, object *unstructured.Unstructured
	// untried is set where the member could not be asked: then object is what
	// KubeFed sends, without what a server adds to it.
	untried bool
	// doomed is set where the namespace itself is to be deleted from the member:
	// all that is in it goes with it, whatever else KubeFed does there.
	doomed bool
}

// predict asks every member about the federated objects of a state, the
// FederatedNamespace included.
func (g *ground) predict(t *testing.T, s state) []prediction {
	t.Helper()
	p := place{g, s, g.space(s)}
	var objects []member.Federated
	for _, typ := range []string{"namespaces", s.typ} {
		found, err := g.host.Federated(t.Context(), g.types[typ], p.space, nil, g.members)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		objects = append(objects, found...)
	}
	doomed := map[string]bool{}
	var out []prediction
	for _, f := range objects { // the FederatedNamespace comes first
		for _, m := range g.members {
			one, err := g.predictOne(t.Context(), p, f, m)
			if err != nil {
				t.Fatalf("%s: %s on %s: %v", s, f.ID(), m.Name, err)
			}
			if f.Type.IsNamespace() {
				doomed[m.Name] = one.result.Verdict == drift.WillDelete
			} else if one.doomed = doomed[m.Name]; one.doomed {
				one.object = nil
			}
			out = append(out, one)
		}
	}
	return out
}

func (g *ground) predictOne(ctx context.Context, p place, f member.Federated, m member.Member) (prediction, error) {
	out := prediction{state: p.state, place: p, federated: f, member: m}
	var err error
	if out.result, err = g.host.Ask(ctx, g.clients[m.Name], m, f); err != nil {
		return out, err
	}
	if out.live, err = p.get(ctx, m.Name, f); err != nil {
		return out, err
	}
	d := drift.Judge(drift.Input{
		Type: f.Type, Federated: f.Object, Cluster: m.Name, Placed: f.Placement.Has(m.Name), Reason: f.Placement.Excluded[m.Name],
		Live: out.live, Recorded: f.Recorded[m.Name], NoAdoption: g.host.NoAdoption(), NotReady: !m.Ready,
		HostNamespace: f.HostNamespace, KubeFedNamespace: g.host.Namespace,
	})
	out.action = d.Action
	return out, out.expect(ctx, d)
}

// expect works out the object that the verdict promises, by asking the member
// for what a write would come to.
func (p *prediction) expect(ctx context.Context, d drift.Decision) (err error) {
	target, dry := p.place.in(p.member.Name, p.federated.Type.Target), []string{metav1.DryRunAll}
	switch p.result.Verdict {
	case drift.WillDelete:
		p.object = nil
	case drift.WillRelease:
		p.object = d.Desired
	case drift.WillUpdate, drift.WillAdopt:
		p.object, err = target.Update(ctx, d.Desired, metav1.UpdateOptions{DryRun: dry})
	case drift.WillCreate:
		p.object, err = target.Create(ctx, d.Desired, metav1.CreateOptions{DryRun: dry})
		if apierrors.IsNotFound(err) { // its namespace is not there yet
			p.object, p.untried, err = d.Desired, true, nil
		}
	default:
		p.object = p.live
	}
	return err
}

// get reads the target in a member; nil when it is not there.
func (p place) get(ctx context.Context, m string, f member.Federated) (*unstructured.Unstructured, error) {
	obj, err := p.in(m, f.Type.Target).Get(ctx, f.Object.GetName(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return obj, err
}

// check is nil when the member has what was predicted.
func (g *ground) check(ctx context.Context, p prediction) error {
	got, err := p.place.get(ctx, p.member.Name, p.federated)
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	if (got == nil) != (p.object == nil) {
		return fmt.Errorf("%s: the object is there: %t, predicted: %t", p, got != nil, p.object != nil)
	}
	changes := drift.Compare(p.settled(p.object), p.settled(got))
	if p.untried { // a server adds defaults
		changes = slices.DeleteFunc(changes, func(c drift.Change) bool { return c.Added })
	}
	if len(changes) > 0 {
		return fmt.Errorf("%s: -predicted +there:\n%s", p, cmp.Diff(p.object.Object, got.Object))
	}
	return nil
}

// settled takes from an object what the member's own controllers and its
// allocators choose: the revision of a Deployment and, of a Service that gets
// them only now, addresses and node ports.
func (p prediction) settled(obj *unstructured.Unstructured) *unstructured.Unstructured {
	if obj == nil {
		return nil
	}
	obj = obj.DeepCopy()
	unstructured.RemoveNestedField(obj.Object, "metadata", "annotations", "deployment.kubernetes.io/revision")
	if p.federated.Type.Target.Kind != "Service" {
		return obj
	}
	if p.live == nil {
		unstructured.RemoveNestedField(obj.Object, "spec", "clusterIP")
		unstructured.RemoveNestedField(obj.Object, "spec", "clusterIPs")
	}
	if len(nodePorts(p.live)) == 0 {
		for _, port := range nodePorts(obj) {
			delete(port, "nodePort")
		}
	}
	return obj
}

// nodePorts are the ports of a Service that have a node port.
func nodePorts(service *unstructured.Unstructured) []map[string]any {
	if service == nil {
		return nil
	}
	value, _, _ := unstructured.NestedFieldNoCopy(service.Object, "spec", "ports")
	ports, _ := value.([]any)
	var out []map[string]any
	for _, p := range ports {
		if port, ok := p.(map[string]any); ok && port["nodePort"] != nil {
			out = append(out, port)
		}
	}
	return out
}

// announced are the verbs of the writes that a prediction announces.
func (p prediction) announced() []string {
	if p.result.Verdict == drift.Blocked {
		return nil
	}
	return map[drift.Action][]string{
		drift.Create: {"create"}, drift.Update: {"update"}, drift.Adopt: {"update"}, drift.Delete: {"delete"}, drift.Release: {"patch"},
	}[p.action]
}

// compareWrites holds the audit logs of the members against what was announced:
// KubeFed wrote where it was said to, and nowhere else.
func (g *ground) compareWrites(t *testing.T, all []prediction, since time.Time) {
	t.Helper()
	for _, m := range g.members {
		events, err := g.bed.Cluster(m.Name).Audit(t.Context(), bed.AuditQuery{Since: since})
		if err != nil {
			t.Fatal(err)
		}
		made := writes(events)
		for _, p := range all {
			if p.member.Name != m.Name || p.doomed {
				continue
			}
			key := target(p.federated.Type, p.place.space, p.federated.Object.GetName())
			if got, want := made[key], p.announced(); !slices.Equal(slices.Compact(got), want) {
				t.Errorf("%s: KubeFed's writes were %v, announced %v", p, got, want)
			}
		}
	}
}

// target is how a target is called in an audit log.
func target(typ federation.Type, space, name string) string {
	if typ.IsNamespace() {
		space = name
	}
	return typ.Target.Plural + " " + space + "/" + name
}

// writes are the verbs of KubeFed's successful writes, by target.
func writes(events []bed.AuditEvent) map[string][]string {
	out := map[string][]string{}
	for _, e := range events {
		kubefed := strings.HasPrefix(e.User.Username, "system:serviceaccount:kube-federation-system:")
		if !kubefed || e.Response.Code >= 300 || e.Object.Subresource != "" || !slices.Contains([]string{"create", "update", "patch", "delete"}, e.Verb) {
			continue
		}
		space := e.Object.Namespace
		if e.Object.Resource == "namespaces" {
			space = e.Object.Name
		}
		key := e.Object.Resource + " " + space + "/" + e.Object.Name
		out[key] = append(out[key], e.Verb)
	}
	return out
}
