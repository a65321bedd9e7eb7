package releasing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// pause is between two looks at what KubeFed has done.
const pause = 200 * time.Millisecond

// Release is the letting go of some federated objects.
type Release struct {
	Host    *member.Host
	Members []member.Member
	Timeout time.Duration // of one member
	Objects []Object      // those of namespaces last
	// Placements are where each object is placed.
	Placements []federation.Placement

	before []view
}

// view is what one member has of the objects, each as they are in the Release.
type view struct {
	client *member.Client
	states []State
	err    error
}

// Prepare works out where the objects are placed, and refuses what would delete something: a namespace that is not
// federated any more places nothing, so KubeFed would delete what else is federated in it.
func Prepare(ctx context.Context, host *member.Host, members []member.Member, objects []Object, types []federation.Type, timeout time.Duration) (*Release, error) {
	r := &Release{Host: host, Members: members, Timeout: timeout, Objects: slices.Clone(objects)}
	slices.SortStableFunc(r.Objects, func(a, b Object) int { return rank(a) - rank(b) })
	namespaces, err := host.FederatedNamespaces(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range r.Objects {
		if !o.Type.PropagationEnabled {
			return nil, fmt.Errorf("%s: propagation of %s is disabled, so no controller of KubeFed would let go of it", o.ID(), o.Type.Name)
		}
		placement, err := federation.Place(o.Type, o.Object, namespaces[o.Object.GetNamespace()], member.Clusters(members), host.IsNamespaced())
		if err != nil {
			return nil, err
		}
		r.Placements = append(r.Placements, placement)
		if !o.Type.IsNamespace() || host.IsNamespaced() {
			continue
		}
		if err := r.othersIn(ctx, o, types); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func rank(o Object) int {
	if o.Type.IsNamespace() {
		return 1
	}
	return 0
}

// OthersError says that a namespace has other federated objects in it.
type OthersError struct {
	Namespace string
	Others    []string
}

// Error names some of them.
func (e *OthersError) Error() string {
	return fmt.Sprintf("namespace %s has other federated objects, which KubeFed would delete from the members once the namespace is not federated: %s",
		e.Namespace, strings.Join(e.Others, ", "))
}

func (r *Release) othersIn(ctx context.Context, namespace Object, types []federation.Type) error {
	found, err := Find(ctx, r.Host, Which{Namespace: namespace.Object.GetName(), Types: namespaced(types)})
	if err != nil {
		return err
	}
	var others []string
	for _, o := range found {
		if !slices.ContainsFunc(r.Objects, o.Is) {
			others = append(others, o.ID())
		}
	}
	if len(others) > 0 {
		return &OthersError{Namespace: namespace.Object.GetName(), Others: others}
	}
	return nil
}

func namespaced(types []federation.Type) []federation.Type {
	return slices.DeleteFunc(slices.Clone(types), func(t federation.Type) bool { return !t.Federated.Namespaced || t.IsNamespace() })
}

// Look sees what every member has, to be held against what it has afterwards.
func (r *Release) Look(ctx context.Context) {
	r.before = r.look(ctx, nil)
}

// look looks at all members at once. With clients of an earlier look it asks those again.
func (r *Release) look(ctx context.Context, earlier []view) []view {
	outcomes := member.Each(ctx, r.Members, r.Timeout, func(ctx context.Context, m member.Member) (view, error) {
		var v view
		var err error
		i := slices.IndexFunc(r.Members, func(o member.Member) bool { return o.Name == m.Name })
		if earlier != nil {
			v.client = earlier[i].client
		}
		if v.client == nil && r.placesOn(m.Name) {
			if v.client, err = r.Host.Dial(ctx, m); err != nil {
				return v, err
			}
		}
		v.states, err = r.states(ctx, v.client, m.Name)
		return v, err
	})
	views := make([]view, len(outcomes))
	for i, out := range outcomes {
		views[i] = out.Value
		views[i].err = out.Err
	}
	return views
}

func (r *Release) placesOn(cluster string) bool {
	return slices.ContainsFunc(r.Placements, func(p federation.Placement) bool { return p.Has(cluster) })
}

func (r *Release) states(ctx context.Context, client *member.Client, cluster string) ([]State, error) {
	states := make([]State, len(r.Objects))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, o := range r.Objects {
		if !r.watched(i, cluster) {
			continue
		}
		all.Go(func() (err error) {
			states[i], err = stateOf(ctx, client, o)
			return err
		})
	}
	return states, all.Wait()
}

// watched tells whether an object is looked at in a member: where it is placed, and KubeFed has a say in it.
func (r *Release) watched(i int, cluster string) bool {
	o := r.Objects[i]
	return r.Placements[i].Has(cluster) && federation.Ignored(o.Type, o.Object, r.Host.Namespace) == ""
}

// Delete marks the objects for orphaning and deletes them, namespaces after all else is gone. It waits until
// KubeFed has let go of them, and returns those that are still there when ctx ends. gone is called for each that is.
func (r *Release) Delete(ctx context.Context, gone func(Object)) (still []Object, err error) {
	var errs []error
	for _, group := range [][]Object{r.ranked(0), r.ranked(1)} {
		removed := make([]error, len(group))
		var all errgroup.Group
		all.SetLimit(atOnce)
		for i, o := range group {
			all.Go(func() error { removed[i] = remove(ctx, r.Host, o); return nil })
		}
		_ = all.Wait() // each one's error is its own
		var waiting []Object
		for i, o := range group {
			if removed[i] == nil {
				waiting = append(waiting, o)
			}
		}
		errs = append(errs, removed...)
		if still = r.await(ctx, waiting, gone); len(still) > 0 || errors.Join(errs...) != nil {
			break // namespaces stay, since what is in them is not released
		}
	}
	return still, errors.Join(errs...)
}

func (r *Release) ranked(rank0 int) []Object {
	return slices.DeleteFunc(slices.Clone(r.Objects), func(o Object) bool { return rank(o) != rank0 })
}

// await waits until objects are gone, or made anew by somebody.
func (r *Release) await(ctx context.Context, objects []Object, gone func(Object)) []Object {
	for {
		there := make([]bool, len(objects))
		var all errgroup.Group
		all.SetLimit(atOnce)
		for i, o := range objects {
			all.Go(func() error {
				found, err := r.Host.Find(ctx, o.Type.Federated, o.Object.GetNamespace(), o.Object.GetName())
				there[i] = err != nil || found != nil && found.GetUID() == o.Object.GetUID()
				return nil
			})
		}
		_ = all.Wait() // what can't be read is looked at again
		var rest []Object
		for i, o := range objects {
			if there[i] {
				rest = append(rest, o)
				continue
			}
			gone(o)
		}
		if objects = rest; len(objects) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return objects
		case <-time.After(pause):
		}
	}
}
