//go:build long

package predict

import (
	"context"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// bare is a namespace in the host and nothing else.
func bare(_ *drawing, s *state) {
	s.before = append(s.before, action{"namespace", func(ctx context.Context, p place) error { return p.namespace(ctx, "") }})
}

// unfederated is a namespace that is in all clusters, and not KubeFed's.
func unfederated(d *drawing, s *state) {
	bare(d, s)
	for _, m := range d.members {
		s.before = append(s.before, action{"namespace in a member", func(ctx context.Context, p place) error { return p.namespace(ctx, m) }})
	}
}

// unpropagated is a federated namespace without the federated object.
func unpropagated(d *drawing, s *state) {
	bare(d, s)
	s.before = append(s.before, action{"FederatedNamespace", federateNamespace(d.members)})
	s.federatedNamespace = true
}

// propagated is a federated object that KubeFed has written to all members.
func propagated(d *drawing, s *state) {
	unpropagated(d, s)
	s.before = append(s.before, action{"federated object", created(nil)(d)})
	s.propagated = true
}

// immutable is a propagated ConfigMap whose data no server lets change.
func immutable(d *drawing, s *state) {
	unpropagated(d, s)
	fed := d.federated()
	fed["spec"].(map[string]any)["template"].(map[string]any)["immutable"] = true
	s.before = append(s.before, action{"federated object", func(ctx context.Context, p place) error {
		return p.put(ctx, "", p.typ().Federated, object, fed)
	}})
	s.propagated = true
}

func (p place) namespace(ctx context.Context, cluster string) error {
	return p.put(ctx, cluster, p.types["namespaces"].Target, p.space, map[string]any{})
}

func federateNamespace(members []string) change {
	return func(ctx context.Context, p place) error {
		return p.put(ctx, "", p.types["namespaces"].Federated, p.space, map[string]any{
			"spec": map[string]any{"placement": map[string]any{"clusters": refs(members...)}},
		})
	}
}

// awaitPropagation waits until every member has what KubeFed propagates before
// it is stopped, and KubeFed has recorded that it wrote it.
func (g *ground) awaitPropagation(t *testing.T, states []state) {
	t.Helper()
	g.await(t, "all states are propagated", func(ctx context.Context) error {
		for _, s := range states {
			if err := g.isPropagated(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	for _, s := range states {
		if err := g.isPropagated(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func (g *ground) isPropagated(ctx context.Context, s state) error {
	p := place{g, s, g.space(s)}
	namespaces := g.types["namespaces"]
	for _, m := range g.members {
		if s.federatedNamespace {
			if _, err := p.in(m.Name, namespaces.Target).Get(ctx, p.space, metav1.GetOptions{}); err != nil {
				return err
			}
		}
	}
	if s.federatedNamespace {
		if err := g.isRecorded(ctx, p, "namespaces", p.space); err != nil {
			return err
		}
	}
	if !s.propagated {
		return nil
	}
	return g.isRecorded(ctx, p, s.typ, object)
}

// isRecorded is nil when KubeFed has a version on record for every member.
func (g *ground) isRecorded(ctx context.Context, p place, typ, name string) error {
	found, err := g.host.Federated(ctx, g.types[typ], p.space, []string{name}, g.members)
	if err != nil {
		return err
	}
	if len(found) != 1 || len(found[0].Recorded) != len(g.members) {
		return fmt.Errorf("KubeFed has not recorded %s %s for every member", typ, name)
	}
	return nil
}

// awaitSentinels makes a federated object of each type, and waits until all
// members have it: KubeFed handles what was there when it started before what
// came later. Two, one after the other, since it handles two at a time.
func (g *ground) awaitSentinels(t *testing.T, first int) {
	t.Helper()
	for n := range 2 {
		for i, typ := range stateTypes {
			d := &drawing{Rand: newRand(i), typ: typ, members: g.names()}
			s := state{number: 1000 + first + 10*n + i, typ: typ, edits: []string{"sentinel"}}
			propagated(d, &s)
			g.do(t, s, s.before)
			t.Cleanup(func() { g.removeSpace(t, s) })
			g.await(t, s.String()+" is propagated", func(ctx context.Context) error { return g.isPropagated(ctx, s) })
		}
	}
}

func (g *ground) removeSpace(t *testing.T, s state) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p := place{g, s, g.space(s)}
	for _, cluster := range append([]string{""}, g.names()...) {
		err := p.in(cluster, g.types["namespaces"].Target).Delete(ctx, p.space, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("removing the namespace %s: %v", p.space, err)
		}
	}
}
