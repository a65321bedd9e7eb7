package federating

import (
	"context"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/metadata"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Adoption is an object of a member that KubeFed did not make, and that a step of the plan is for.
type Adoption struct {
	Step    *Step
	Cluster string
	// Itself is set for the plain object that is federated, in a host that is a member.
	Itself bool
	// Forbidden is set where a label orders KubeFed to keep away.
	Forbidden bool
}

// Unasked is a member that could not be asked.
type Unasked struct {
	Cluster string
	Err     error
}

// Adoptions asks the members for objects that KubeFed would take over: those that new targets meet and that are
// not KubeFed's. They come in the order of the plan, and by member.
func (p *Plan) Adoptions(ctx context.Context, host *member.Host, members []member.Member, timeout time.Duration) ([]Adoption, []Unasked) {
	outcomes := member.Each(ctx, members, timeout, func(ctx context.Context, m member.Member) ([]Adoption, error) {
		groups := p.newTargets(host, members, m.Name)
		if len(groups) == 0 {
			return nil, nil
		}
		client, err := host.Dial(ctx, m)
		if err != nil {
			return nil, err
		}
		looker, err := metadata.NewForConfig(client.Config)
		if err != nil {
			return nil, err
		}
		return lookFor(ctx, looker, groups, m.Name)
	})
	var found []Adoption
	var unasked []Unasked
	for _, out := range outcomes {
		found = append(found, out.Value...)
		if out.Err != nil {
			unasked = append(unasked, Unasked{Cluster: out.Member.Name, Err: out.Err})
		}
	}
	slices.SortStableFunc(found, func(a, b Adoption) int {
		return slices.Index(p.Steps, a.Step) - slices.Index(p.Steps, b.Step)
	})
	return found, unasked
}

// newTargets are the steps that give a member an object, by type and namespace.
func (p *Plan) newTargets(host *member.Host, members []member.Member, cluster string) [][]*Step {
	groups := map[string][]*Step{}
	for _, s := range p.Steps {
		if !s.Placement.Has(cluster) || s.had(members, cluster) || federation.Ignored(s.Type, s.After, host.Namespace) != "" {
			continue
		}
		group := s.Type.Name + " " + s.Object.GetNamespace()
		groups[group] = append(groups[group], s)
	}
	var sorted [][]*Step
	for _, group := range groups {
		sorted = append(sorted, group)
	}
	return sorted
}

// had tells whether the object that is federated already was placed on a member by itself.
func (s *Step) had(members []member.Member, cluster string) bool {
	if s.Before == nil {
		return false
	}
	alone := s.Type
	alone.Target.Namespaced = false // its namespace may have kept it away, but not for long
	placement, err := federation.Place(alone, s.Before, nil, member.Clusters(members), true)
	return err == nil && placement.Has(cluster)
}

func lookFor(ctx context.Context, looker metadata.Interface, groups [][]*Step, cluster string) ([]Adoption, error) {
	type answer struct {
		found []Adoption
		err   error
	}
	answers := make(chan answer, len(groups))
	for _, group := range groups {
		go func() {
			found, err := lookForGroup(ctx, looker, group, cluster)
			answers <- answer{found, err}
		}()
	}
	var all []Adoption
	var failed error
	for range groups {
		a := <-answers
		all = append(all, a.found...)
		if a.err != nil {
			failed = a.err
		}
	}
	return all, failed
}

func lookForGroup(ctx context.Context, looker metadata.Interface, group []*Step, cluster string) ([]Adoption, error) {
	api := group[0].Type.Target
	var from metadata.ResourceInterface = looker.Resource(api.GVR())
	if api.Namespaced {
		from = looker.Resource(api.GVR()).Namespace(group[0].Object.GetNamespace())
	}
	there, err := metaOf(ctx, from, group)
	if err != nil {
		return nil, err
	}
	var found []Adoption
	for _, s := range group {
		meta, ok := there[s.Object.GetName()]
		if !ok || meta.Labels[federation.ManagedLabel] == "true" {
			continue
		}
		found = append(found, Adoption{
			Step: s, Cluster: cluster,
			Itself:    s.Object.GetUID() != "" && meta.UID == s.Object.GetUID(),
			Forbidden: strings.EqualFold(meta.Labels[federation.ManagedLabel], "false"),
		})
	}
	return found, nil
}

// metaOf reads the metadata of those objects of a group that a member has.
func metaOf(ctx context.Context, from metadata.ResourceInterface, group []*Step) (map[string]metav1.ObjectMeta, error) {
	there := map[string]metav1.ObjectMeta{}
	if len(group) > few {
		list, err := from.List(ctx, metav1.ListOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return nil, member.Plain(err)
		}
		if err == nil {
			for _, item := range list.Items {
				there[item.Name] = item.ObjectMeta
			}
		}
		return there, nil
	}
	for _, s := range group {
		found, err := from.Get(ctx, s.Object.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, member.Plain(err)
		default:
			there[found.Name] = found.ObjectMeta
		}
	}
	return there, nil
}
