package federating

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// NotFederatedError says that a namespace is not federated, so that KubeFed would place nothing that is in it.
type NotFederatedError struct{ Namespace, Called string }

// Error names the namespace, and the first object that lies in it.
func (e *NotFederatedError) Error() string {
	return fmt.Sprintf("namespace %s is not federated, so KubeFed would place %s nowhere", e.Namespace, e.Called)
}

// Make plans the federated objects of items, whose types have to be enabled. It reads what is there already, and
// writes nothing.
func (s Source) Make(ctx context.Context, items []Item, members []member.Member, o Options) (*Plan, error) {
	there, err := s.existing(ctx, items)
	if err != nil {
		return nil, err
	}
	p, err := plan(items, o, func(i Item) *unstructured.Unstructured { return there[key(i)] })
	if err != nil {
		return nil, err
	}
	return p, s.place(ctx, p, members, o)
}

// MakeOffline plans the federated objects of items without asking anybody.
func MakeOffline(items []Item, o Options) (*Plan, error) {
	p, err := plan(items, o, func(Item) *unstructured.Unstructured { return nil })
	if err != nil || !o.FederateNamespace {
		return p, err
	}
	for _, namespace := range slices.Backward(p.unfederated()) {
		kind, _ := federation.WellKnown("Namespace")
		step, err := makeStep(namespaceItem(kind, nil, namespace), o.withoutOverrides(), nil, nil)
		if err != nil {
			return nil, err
		}
		p.Steps = append([]*Step{step}, p.Steps...)
	}
	return p, nil
}

// Unfederated are the namespaces of a plan whose own federated objects are not in it, sorted.
func (p *Plan) Unfederated() []string { return p.unfederated() }

func (p *Plan) unfederated() []string {
	var names []string
	for _, s := range p.Steps {
		if s.Type.Target.Namespaced && !p.federates(s.After.GetNamespace()) {
			names = append(names, s.After.GetNamespace())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (p *Plan) federates(namespace string) bool {
	return slices.ContainsFunc(p.Steps, func(s *Step) bool { return s.Type.IsNamespace() && s.After.GetName() == namespace })
}

// withoutOverrides are the options for a namespace that is federated for what is in it.
func (o Options) withoutOverrides() Options {
	o.Overrides, o.Edits, o.KeepAnnotations = nil, nil, nil
	o.Placing.Overrides, o.Placing.PinAPIVersion = nil, false
	return o
}

// namespaceItem is a namespace, which offline nobody knows more of than the name.
func namespaceItem(kind federation.Type, live *unstructured.Unstructured, name string) Item {
	if live == nil {
		live = &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
		live.SetName(name)
	}
	return Item{Type: kind, API: kind.Target, Object: live, Called: "namespace/" + name, Live: true}
}

func key(i Item) string {
	return i.API.Resource().String() + " " + i.Object.GetNamespace() + "/" + i.Object.GetName()
}

// few is up to how many objects of a type are asked for one by one: more come in one list.
const few = 2

// existing reads the federated objects that items have already.
func (s Source) existing(ctx context.Context, items []Item) (map[string]*unstructured.Unstructured, error) {
	groups := map[string][]Item{}
	for _, item := range items {
		group := item.Type.Name + " " + federatedNamespace(item)
		groups[group] = append(groups[group], item)
	}
	there := newTable()
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, group := range groups {
		all.Go(func() error { return s.existingOf(ctx, group, there) })
	}
	return there.objects, all.Wait()
}

func (s Source) existingOf(ctx context.Context, group []Item, there *table) error {
	if len(group) <= few {
		for _, item := range group {
			found, err := s.Host.Find(ctx, item.Type.Federated, federatedNamespace(item), item.Object.GetName())
			if err != nil {
				return err
			}
			there.put(key(item), found)
		}
		return nil
	}
	list, err := s.Host.List(ctx, group[0].Type.Federated, federatedNamespace(group[0]))
	if err != nil {
		return err
	}
	byName := map[string]*unstructured.Unstructured{}
	for _, object := range list {
		byName[object.GetName()] = object
	}
	for _, item := range group {
		there.put(key(item), byName[item.Object.GetName()])
	}
	return nil
}

// federatedNamespace is where the federated object of an item lies.
func federatedNamespace(i Item) string {
	if i.Type.IsNamespace() {
		return i.Object.GetName()
	}
	return i.Object.GetNamespace()
}

// place adds the FederatedNamespaces that are missing, and works out where everything goes.
func (s Source) place(ctx context.Context, p *Plan, members []member.Member, o Options) error {
	enclosing := map[string]*unstructured.Unstructured{}
	for _, namespace := range slices.Backward(p.unfederated()) {
		if s.Host.IsNamespaced() {
			continue
		}
		found, err := s.Host.FederatedNamespace(ctx, namespace)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Host.Context, err)
		}
		if found == nil {
			if err := s.federateNamespace(ctx, p, namespace, o); err != nil {
				return err
			}
			continue
		}
		enclosing[namespace] = found
	}
	for _, step := range p.Steps {
		if step.Type.IsNamespace() {
			enclosing[step.After.GetName()] = step.After
		}
	}
	for _, step := range p.Steps {
		var err error
		step.Placement, err = federation.Place(step.Type, step.After, enclosing[step.After.GetNamespace()], member.Clusters(members), s.Host.IsNamespaced())
		if err != nil {
			return err
		}
	}
	return nil
}

func (s Source) federateNamespace(ctx context.Context, p *Plan, namespace string, o Options) error {
	first := slices.IndexFunc(p.Steps, func(step *Step) bool { return step.After.GetNamespace() == namespace })
	if !o.FederateNamespace {
		return &NotFederatedError{Namespace: namespace, Called: p.Steps[first].Called}
	}
	found, err := s.find("namespaces")
	if err != nil {
		return err
	}
	if !found.IsEnabled() {
		return fmt.Errorf("namespaces is not a federated type in %s", s.Host.Context)
	}
	live, err := s.Host.Object(ctx, found.API, "", namespace)
	if err != nil {
		return err
	}
	step, err := makeStep(namespaceItem(found.Type, live, namespace), o.withoutOverrides(), nil, nil)
	if err != nil {
		return err
	}
	p.Steps = append([]*Step{step}, p.Steps...)
	return nil
}

// CutOff are the members that steps are placed on and don't reach, since their namespace is not placed there, as
// "MEMBER NAMESPACE", sorted.
func (p *Plan) CutOff() [][2]string {
	seen := map[[2]string]bool{}
	var found [][2]string
	for _, s := range p.Steps {
		for cluster, reason := range s.Placement.Excluded {
			pair := [2]string{cluster, s.After.GetNamespace()}
			if reason.Code == federation.NamespaceExcludes && !seen[pair] {
				seen[pair] = true
				found = append(found, pair)
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]string) int { return strings.Compare(a[1]+" "+a[0], b[1]+" "+b[0]) })
	return found
}
