package federating

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Options say how the federated objects are to be.
type Options struct {
	Placing federation.NewOptions // placement and whether the apiVersion is pinned
	Placed  bool                  // the placement was asked for: it also counts for objects that are federated already
	// Overrides and Edits are for members; Edits are worked out for each object, by its kind.
	Overrides []federation.Argument
	Edits     []ClusterEdit
	// KeepAnnotations are the keys of annotations to keep as overrides; "all" is every one but bookkeeping.
	KeepAnnotations   []string
	Members           []string // for which annotations are kept
	FederateNamespace bool
}

// ClusterEdit is a change for one member that some kinds have and others don't.
type ClusterEdit struct {
	Cluster string
	Flag    string // as it was typed, for messages
	Edit    federation.Edit
	// Kinds has those that it can be for; nil for all that it works for.
	Kinds []string
}

// Change is what a plan does with one federated object.
type Change string

// The changes.
const (
	Create Change = "created"
	Update Change = "configured"
	None   Change = "unchanged"
)

// Step is one federated object of a plan.
type Step struct {
	Item
	Before  *unstructured.Unstructured // nil where it is not federated yet
	After   *unstructured.Unstructured
	Change  Change
	Dropped []federation.Dropped // without what was kept as an override
	// Placement is where it goes, its namespace's placement included; it is not known offline.
	Placement federation.Placement
}

// Plan is what will be written: namespaces first, then the rest in the order in which it was named.
type Plan struct{ Steps []*Step }

// Changes tells whether anything would be written.
func (p *Plan) Changes() bool {
	return slices.ContainsFunc(p.Steps, func(s *Step) bool { return s.Change != None })
}

// errTerminating says that a federated object is on its way out.
var errTerminating = errors.New("its federated object is being deleted; wait until it is gone")

// plan makes the federated objects of items. before finds those that are there already; nil for none.
func plan(items []Item, o Options, before func(Item) *unstructured.Unstructured) (*Plan, error) {
	p := &Plan{}
	used := map[string]bool{}
	for _, item := range items {
		step, err := makeStep(item, o, before(item), used)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", item.API.Resource(), item.Object.GetName(), err)
		}
		p.Steps = append(p.Steps, step)
	}
	if err := allUsed(o, used); err != nil {
		return nil, err
	}
	slices.SortStableFunc(p.Steps, func(a, b *Step) int { return rank(a) - rank(b) })
	return p, nil
}

// rank puts namespaces before what is in them.
func rank(s *Step) int {
	if s.Type.IsNamespace() {
		return 0
	}
	return 1
}

func makeStep(item Item, o Options, before *unstructured.Unstructured, used map[string]bool) (*Step, error) {
	s := &Step{Item: item, Before: before, Change: Create}
	if before != nil && before.GetDeletionTimestamp() != nil {
		return nil, errTerminating
	}
	var err error
	if s.After, s.Dropped, err = federation.Federate(item.Type, item.Object, o.Placing); err != nil {
		return nil, err
	}
	if before != nil {
		if err := s.refresh(o); err != nil {
			return nil, err
		}
	}
	if err := s.override(o, used); err != nil {
		return nil, err
	}
	if err := s.keepAnnotations(o); err != nil {
		return nil, err
	}
	if err := s.try(); err != nil {
		return nil, err
	}
	switch {
	case before == nil:
	case reflect.DeepEqual(before.Object, s.After.Object):
		s.Change = None
	default:
		s.Change = Update
	}
	return s, nil
}

// refresh starts from the federated object that is there: its template becomes that of the plain object, its
// placement only changes when that was asked for.
func (s *Step) refresh(o Options) error {
	if s.Live && federation.IsManaged(s.Object) && !s.Type.IsNamespace() {
		// KubeFed's copy in a host that is a member itself: overrides are folded into it
		s.After = s.Before.DeepCopy()
	} else {
		refreshed, err := federation.Refresh(s.Before, s.After)
		if err != nil {
			return err
		}
		s.After = refreshed
	}
	if !o.Placed {
		return nil
	}
	return federation.SetPlacement(s.After, o.Placing)
}

// IsCopy tells whether the plain object is the one that KubeFed writes for this very federated object: then it
// says nothing that is new.
func (s *Step) IsCopy() bool {
	return s.Before != nil && s.Live && federation.IsManaged(s.Object) && !s.Type.IsNamespace()
}

// override adds the overrides that were asked for. Those that don't fit an object are an error where the user
// named it, and else are for the others.
func (s *Step) override(o Options, used map[string]bool) error {
	if len(o.Overrides) == 0 && len(o.Edits) == 0 {
		return nil // those that are there stay as they are written
	}
	overrides, err := federation.Overrides(s.After)
	if err != nil {
		return err
	}
	base, err := federation.Base(s.Type, s.After)
	if err != nil {
		return err
	}
	given := map[string]int{} // how many of each cluster's overrides come from this call
	for _, a := range o.Overrides {
		one, err := a.Resolve(base)
		if err != nil {
			if s.Named {
				return err
			}
			continue
		}
		used[a.String()] = true
		if overrides[a.Cluster], err = add(overrides[a.Cluster], one, len(overrides[a.Cluster])-given[a.Cluster]); err != nil {
			return fmt.Errorf("override %s: %w", a, err)
		}
		given[a.Cluster]++
	}
	if err := federation.SetOverrides(s.After, overrides); err != nil {
		return err
	}
	return s.edit(o, overrides, used)
}

// add puts an override in the place of the one for its path, or at the end. Those from old on are of the same
// call: the same path twice there is a mistake.
func add(overrides []federation.Override, one federation.Override, old int) ([]federation.Override, error) {
	i := slices.IndexFunc(overrides, func(other federation.Override) bool { return other.Path == one.Path })
	switch {
	case i < 0:
		return append(slices.Clone(overrides), one), nil
	case i >= old:
		return nil, fmt.Errorf("%s is overridden twice", one.Path)
	}
	overrides = slices.Delete(slices.Clone(overrides), i, i+1)
	return append(overrides, one), nil
}

func (s *Step) edit(o Options, overrides map[string][]federation.Override, used map[string]bool) error {
	for _, e := range o.Edits {
		if e.Kinds != nil && !slices.Contains(e.Kinds, s.API.Kind) {
			if s.Named {
				return fmt.Errorf("%s: a %s has no such thing", e.Flag, s.API.Kind)
			}
			continue
		}
		planned, err := federation.PlanOverrides(s.Type, s.After, e.Cluster, []federation.Edit{e.Edit})
		if err != nil {
			if s.Named {
				return fmt.Errorf("%s: %w", e.Flag, err)
			}
			continue
		}
		used[e.Flag] = true
		overrides[e.Cluster] = planned
		if err := federation.SetOverrides(s.After, overrides); err != nil {
			return err
		}
	}
	return nil
}

// allUsed refuses overrides that fitted nothing: they were misspelt.
func allUsed(o Options, used map[string]bool) error {
	for _, a := range o.Overrides {
		if !used[a.String()] {
			return fmt.Errorf("--override %s fits none of the objects", a)
		}
	}
	for _, e := range o.Edits {
		if !used[e.Flag] {
			return fmt.Errorf("%s fits none of the objects", e.Flag)
		}
	}
	return nil
}

// keepAnnotations keeps those that were asked for as an override of every member.
func (s *Step) keepAnnotations(o Options) error {
	kept := map[string]string{}
	for key, value := range s.Object.GetAnnotations() {
		d := federation.Dropped{Path: "metadata.annotations[" + key + "]"}
		if slices.Contains(o.KeepAnnotations, key) || slices.Contains(o.KeepAnnotations, "all") && !d.IsNoise() {
			kept[key] = value
		}
	}
	if len(kept) == 0 {
		return nil
	}
	override, err := federation.KeepAnnotations(s.Type, kept)
	if err != nil {
		if s.Named {
			return err
		}
		return nil // it stays among what is said not to travel
	}
	overrides, err := federation.Overrides(s.After)
	if err != nil {
		return err
	}
	for _, cluster := range o.Members {
		if overrides[cluster], err = add(overrides[cluster], override, len(overrides[cluster])); err != nil {
			return err
		}
	}
	s.Dropped = slices.DeleteFunc(s.Dropped, func(d federation.Dropped) bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(kept)), func(key string) bool { return d.Path == "metadata.annotations["+key+"]" })
	})
	return federation.SetOverrides(s.After, overrides)
}

// try applies the overrides as KubeFed will: one that does not apply would fail the object in every member.
func (s *Step) try() error {
	overrides, err := federation.Overrides(s.After)
	if err != nil {
		return err
	}
	for _, cluster := range append(slices.Sorted(maps.Keys(overrides)), "") {
		if _, err := federation.ForCreate(s.Type, s.After, cluster); err != nil {
			return err
		}
	}
	return nil
}
