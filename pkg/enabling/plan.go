package enabling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Wish is a type that is to be enabled, and how.
type Wish struct {
	Name string // any that kubectl understands
	// Version, FederatedGroup and FederatedVersion may be empty: then they are what they were or, for a type that is
	// new, the preferred version of the target and KubeFed's own group and version.
	Version, FederatedGroup, FederatedVersion string
	Status                                    *bool // collect the members' statuses; nil leaves that as it is
}

// Action is what becomes of an object; also kubectl's word for it.
type Action string

// The actions.
const (
	Created    Action = "created"
	Configured Action = "configured"
	Unchanged  Action = "unchanged"
	Deleted    Action = "deleted"
	Restarted  Action = "restarted"
)

// Step is one object that is to be as it is here.
type Step struct {
	API    federation.API
	Object *unstructured.Unstructured
	Action Action
}

// Plan is what enables types.
type Plan struct {
	Types []federation.Type
	Steps []Step // in the order in which they are done
	// Grants give KubeFed the rights that it lacks on federated groups; they are among the steps where that was asked.
	Grants []*unstructured.Unstructured
	// Problems stop everything, unless it is forced; Warnings stop nothing.
	Problems []error
	Warnings []string

	scene *Scene
	held  map[string]bool // types whose controller is not expected to run
}

// Plan works out what enables the types. The error is for what can't be done at all. With grant, KubeFed is given
// the rights that it lacks; without, they are a problem.
func (s *Scene) Plan(ctx context.Context, wishes []Wish, grant bool) (*Plan, error) {
	p := &Plan{scene: s, held: map[string]bool{}}
	var errs []error
	var all []wished
	for _, w := range wishes {
		one, err := s.meant(w)
		if err != nil {
			errs = append(errs, err)
		} else if !slices.ContainsFunc(all, func(other wished) bool { return other.Type.Name == one.Type.Name }) {
			all = append(all, one) // unless it was called by two names
		}
	}
	all = p.withNamespaces(all)
	for i, one := range all {
		errs = append(errs, p.clash(one.Type, all[:i]))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, one := range all {
		p.Types = append(p.Types, one.Type)
		p.check(one.Type)
		if err := p.addType(ctx, one); err != nil {
			return nil, err
		}
	}
	if err := p.addRights(ctx, grant); err != nil {
		return nil, err
	}
	if err := p.addStatus(ctx, all); err != nil {
		return nil, err
	}
	p.sort()
	return p, nil
}

// wished is a type that was found for a wish.
type wished struct {
	federation.Type
	Resource
	status *bool
}

// meant finds the type that is wished for: as it is enabled already, as far as nothing else is wished.
func (s *Scene) meant(w Wish) (wished, error) {
	r, err := s.resource(w)
	if err != nil {
		return wished{}, err
	}
	if err := s.Catalog.federatable(r, s.Types()); err != nil {
		return wished{}, err
	}
	t := federation.NewType(r.API, w.FederatedGroup, w.FederatedVersion)
	if err := checkNames(t.Federated); err != nil {
		return wished{}, err
	}
	config := s.config(t.Name)
	if config == nil {
		return wished{t, r, w.Status}, nil
	}
	before := federation.TypeOf(config)
	if before.Federated != t.Federated && (w.FederatedGroup != "" || w.FederatedVersion != "") {
		err := fmt.Errorf("%s is enabled as %s, and can't become %s while it is", t.Name, named(before.Federated), named(t.Federated))
		return wished{}, hint.Add(err, "kubectl fed disable %s%s", t.Name, s.Catalog.in())
	}
	t.Federated = before.Federated
	if kept, ok := s.Catalog.find(before.Target.Resource(), before.Target.Version); ok && !w.versioned(r) {
		t.Target, r = kept.API, kept
	}
	return wished{t, r, w.Status}, nil
}

func named(a federation.API) string { return a.Resource().String() + "/" + a.Version }

// resource finds what a wish's name means. A version of its own has to be served by the host.
func (s *Scene) resource(w Wish) (Resource, error) {
	r, err := s.Catalog.Find(w.Name)
	if err != nil || w.Version == "" || w.Version == r.Version {
		return r, err
	}
	other, ok := s.Catalog.find(r.Resource(), w.Version)
	if !ok {
		return r, s.Catalog.unknown(r.Plural + "." + w.Version + "." + r.Group)
	}
	return other, nil
}

// versioned tells whether a wish names the version of what it means.
func (w Wish) versioned(r Resource) bool {
	return w.Version != "" || slices.ContainsFunc(readings(w.Name), func(one word) bool { return one.version == r.Version && one.group == r.Group })
}

// withNamespaces puts the type of namespaces first where it is missing and any other needs it.
func (p *Plan) withNamespaces(planned []wished) []wished {
	if p.scene.config("namespaces") != nil {
		return planned
	}
	i := slices.IndexFunc(planned, func(w wished) bool { return w.Type.Name == "namespaces" })
	if i >= 0 {
		first := planned[i]
		return slices.Insert(slices.Delete(planned, i, i+1), 0, first)
	}
	if !slices.ContainsFunc(planned, func(w wished) bool { return w.Type.Target.Namespaced }) {
		return planned
	}
	meant, err := p.scene.meant(Wish{Name: "namespaces"})
	if err != nil {
		p.Problems = append(p.Problems, err)
		return planned
	}
	p.Warnings = append(p.Warnings, "namespaces are enabled too: without them, KubeFed starts the controller of no type that has namespaces")
	return slices.Insert(planned, 0, meant)
}

// addType adds the definition of the federated kind and the FederatedTypeConfig.
func (p *Plan) addType(ctx context.Context, w wished) error {
	traits, err := p.scene.traits(ctx, w.Resource)
	if err != nil {
		return err
	}
	traits.ShortNames = p.free(w.Type, traits.ShortNames)
	definition := federation.FederatedCRD(w.Type, traits)
	if err := p.add(ctx, definitionAPI, definition, mergeDefinition); err != nil {
		return err
	}
	config := federation.TypeConfig(w.Type, w.status != nil && *w.status)
	config.SetNamespace(p.scene.Host.Namespace)
	return p.add(ctx, typeConfigAPI, config, func(before, after *unstructured.Unstructured) { mergeConfig(before, after, w.status) })
}

// add plans one object: new, or merged into what is there.
func (p *Plan) add(ctx context.Context, api federation.API, object *unstructured.Unstructured, merge func(into, from *unstructured.Unstructured)) error {
	before, err := p.scene.read(ctx, api, object)
	if err != nil {
		return err
	}
	p.Steps = append(p.Steps, stepFor(api, before, object, merge))
	return nil
}

// order is that of the steps: definitions before what is about them, and the restart last.
var order = []federation.API{definitionAPI, clusterRoleAPI, clusterRoleBindingAPI, roleAPI, roleBindingAPI, typeConfigAPI, configAPI, deploymentAPI}

func (p *Plan) sort() {
	slices.SortStableFunc(p.Steps, func(a, b Step) int { return slices.Index(order, a.API) - slices.Index(order, b.API) })
}

// Changes tells whether anything is to be written.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action != Unchanged })
}

// Manifests are the objects of the plan as they would be written anew, without what only the server sets.
func (p *Plan) Manifests() []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	for _, s := range p.Steps {
		if s.Action == Restarted {
			continue
		}
		all = append(all, Manifest(s.Object))
	}
	return all
}

// Manifest is an object as one would write it, without what only the server sets.
func Manifest(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	delete(object.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "finalizers"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	return object
}
