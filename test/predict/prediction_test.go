//go:build long

package predict

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// prediction is what "kubectl fed diff -o json" said of one federated object in one member.
type prediction struct {
	state  state
	place  place
	typ    federation.Type
	object report.DiffObject
	result report.DiffResult
	member string
	// live is what the member had when it was said; nil for nothing.
	live *unstructured.Unstructured
	// doomed is set where the namespace itself is to be deleted from the member:
	// all that is in it goes with it, whatever else KubeFed does there.
	doomed bool
}

// predict runs diff over everything, and reads what each member has of the states.
func (g *ground) predict(t *testing.T, states []state) []prediction {
	t.Helper()
	byNamespace := map[string]state{}
	for _, s := range states {
		byNamespace[g.space(s)] = s
	}
	doomed := map[string]bool{}
	var out []prediction
	for _, object := range g.diff(t).Objects {
		s, ours := byNamespace[object.Federated.Namespace]
		if !ours {
			continue
		}
		p := place{g, s, g.space(s)}
		typ := g.types[object.Target.Resource]
		for _, r := range object.Results {
			one := prediction{state: s, place: p, typ: typ, object: object, result: r, member: r.Cluster}
			var err error
			if one.live, err = one.get(t.Context()); err != nil {
				t.Fatalf("%s: %v", one, err)
			}
			if typ.IsNamespace() && r.Action == drift.Delete {
				doomed[r.Cluster+" "+p.space] = true
			}
			out = append(out, one)
		}
	}
	for i, p := range out {
		out[i].doomed = !p.typ.IsNamespace() && doomed[p.member+" "+p.place.space]
	}
	return out
}

// diff is the document that the command prints.
func (g *ground) diff(t *testing.T) report.DiffDocument {
	t.Helper()
	var out, errOut bytes.Buffer
	streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &errOut}
	if code := plugin.Main([]string{"diff", "-A", "-o", "json", "--context", g.host.Context}, streams); code > 1 {
		t.Fatalf("kubectl fed diff: exit code %d\n%s", code, errOut.String())
	}
	var document report.DiffDocument
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	return document
}

// get reads the target in the member; nil when it is not there.
func (p prediction) get(ctx context.Context) (*unstructured.Unstructured, error) {
	obj, err := p.place.in(p.member, p.typ.Target).Get(ctx, p.object.Target.Name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return obj, err
}

// check is nil when the member has what was predicted.
func (g *ground) check(ctx context.Context, p prediction) error {
	got, err := p.get(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", p, err)
	}
	switch {
	case p.doomed, p.result.Action == drift.Delete:
		held := slices.Contains(p.state.edits, heldUp) // the object itself, and the namespace that it is in
		if got != nil && (!held || got.GetDeletionTimestamp() == nil) {
			return fmt.Errorf("%s: the object is there", p)
		}
	case p.result.Action == drift.Create:
		return p.checkCreated(got)
	case p.live == nil && got != nil:
		return fmt.Errorf("%s: the object is there", p)
	case p.live != nil && got == nil:
		return fmt.Errorf("%s: the object is gone", p)
	case p.live != nil:
		var announced []drift.Change
		if p.result.Action != drift.None { // what is refused or left alone is shown all the same
			announced = p.result.Changes
		}
		want, made := p.comparable(announced), p.comparable(drift.Compare(p.live, got))
		if diff := cmp.Diff(asJSON(want), asJSON(made)); diff != "" {
			return fmt.Errorf("%s: -predicted +made:\n%s", p, diff)
		}
	}
	return nil
}

// checkCreated compares the object with the one that was announced. One that could not be tried has no defaults yet.
func (p prediction) checkCreated(got *unstructured.Unstructured) error {
	if got == nil {
		return fmt.Errorf("%s: the object is not there", p)
	}
	if annotations := got.GetAnnotations(); annotations[revision] != "" {
		delete(annotations, revision)
		got.SetAnnotations(annotations)
	}
	want := &unstructured.Unstructured{Object: p.result.Object}
	untried := strings.HasPrefix(p.result.Cause, drift.NamespaceMissing)
	changes := slices.DeleteFunc(p.comparable(drift.Compare(want, got)), func(c drift.Change) bool {
		allotted := p.typ.Target.Kind == "Service" && strings.HasPrefix(c.Path, "/spec/clusterIP")
		return untried && c.Added || allotted || p.isSecret() && strings.HasPrefix(c.Path, "/data")
	})
	if len(changes) > 0 {
		return fmt.Errorf("%s: it is not as announced: %v", p, changes)
	}
	return nil
}

func (p prediction) isSecret() bool { return p.typ.Target.Kind == "Secret" }

// revision is the annotation that the controller of Deployments writes.
const revision = "deployment.kubernetes.io/revision"

// comparable leaves of changes what both sides must agree on: no secrets, which are told masked, not who owns what, and
// not what the member's own controllers and allocators choose, such as the revision of a Deployment and the node ports
// of a Service that had none.
func (p prediction) comparable(changes []drift.Change) []drift.Change {
	var out []drift.Change
	for _, c := range changes {
		c.Owner, c.Origin = nil, nil
		if p.isSecret() {
			c = report.Masked(c)
		}
		port := p.typ.Target.Kind == "Service" && len(nodePorts(p.live)) == 0 && strings.HasSuffix(c.Path, "/nodePort")
		if !port && c.Path != federation.Pointer("metadata", "annotations", revision) {
			out = append(out, c)
		}
	}
	return out
}

// asJSON writes changes as a program reads them: numbers have another type in what has been JSON.
func asJSON(changes []drift.Change) string {
	text, err := json.MarshalIndent(changes, "", " ")
	if err != nil || len(changes) == 0 {
		return ""
	}
	return string(text)
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
	return map[drift.Action][]string{
		drift.Create: {"create"}, drift.Update: {"update"}, drift.Adopt: {"update"}, drift.Delete: {"delete"}, drift.Release: {"patch"},
	}[p.result.Action]
}

// wroteNothing tells whether a PUT left the object as it was: no write of KubeFed's is newer in its record than what was
// there, or than its creation.
func (p prediction) wroteNothing(ctx context.Context) bool {
	got, err := p.get(ctx)
	switch {
	case err != nil || got == nil:
		return false
	case p.live != nil:
		return got.GetUID() == p.live.GetUID() && cmp.Equal(written(p.live), written(got))
	}
	made := got.GetCreationTimestamp()
	return !slices.ContainsFunc(written(got), func(e metav1.ManagedFieldsEntry) bool { return e.Time != nil && made.Before(e.Time) })
}

// written is KubeFed's part of the record of managed fields.
func written(obj *unstructured.Unstructured) []metav1.ManagedFieldsEntry {
	return slices.DeleteFunc(obj.GetManagedFields(), func(e metav1.ManagedFieldsEntry) bool {
		return !drift.Owner{Manager: e.Manager}.IsKubeFed()
	})
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
			if p.member != m.Name || p.doomed {
				continue
			}
			got, want := made[target(p.typ, p.place.space, p.object.Target.Name)], p.announced()
			got = slices.Compact(got)
			if last := len(got) - 1; len(got) > len(want) && got[last] == "update" && p.wroteNothing(t.Context()) {
				got = got[:last]
			}
			if !slices.Equal(got, want) {
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
