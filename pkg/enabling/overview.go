package enabling

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// View is how an enabled type stands.
type View struct {
	Type   federation.Type
	Config v1beta1.FederatedTypeConfig
	// Instances are counted; -1 where they can't be, with the reason in the problems.
	Instances int64
	Absent    []Absence
	Problems  []string // what is wrong with it, each in one line
}

// Running tells whether KubeFed's controller of the type runs, as far as KubeFed has said since the last change.
func (v View) Running() bool {
	return v.Config.Status.PropagationController == "Running" && v.Config.Status.ObservedGeneration >= v.Config.Generation
}

// Overview says how types stand: those that the names mean, or all that are enabled.
func (s *Scene) Overview(ctx context.Context, names []string) ([]View, error) {
	chosen := s.Types()
	if len(names) > 0 {
		chosen = nil
	}
	for _, name := range names {
		t, err := s.enabled(name)
		if err != nil {
			return nil, err
		}
		if s.config(t.Name) == nil {
			return nil, &NotEnabledError{Context: s.Host.Context, Type: t.Name}
		}
		if !slices.Contains(chosen, t) {
			chosen = append(chosen, t)
		}
	}
	views := make([]View, len(chosen))
	var all errgroup.Group
	all.SetLimit(16)
	for i, t := range chosen {
		all.Go(func() error { views[i] = s.view(ctx, t); return nil })
	}
	return views, all.Wait()
}

// NotEnabledError says that a type that the host serves is not federated.
type NotEnabledError struct{ Context, Type string }

// Error names the type and the host.
func (e *NotEnabledError) Error() string { return e.Type + " is not a federated type in " + e.Context }

func (s *Scene) view(ctx context.Context, t federation.Type) View {
	v := View{Type: t, Config: *s.config(t.Name), Absent: s.Lacking(t.Target)}
	served, _ := s.Catalog.Serves(t.Federated)
	switch list, err := s.at(t.Federated, "").List(ctx, metav1.ListOptions{Limit: 1}); {
	case apierrors.IsNotFound(err) || err != nil && !served:
		v.Instances = -1
		v.Problems = append(v.Problems, fmt.Sprintf("%s is not served: its definition is missing or refused", t.Federated.Resource()))
	case err != nil:
		v.Instances = -1
		v.Problems = append(v.Problems, "its objects can't be listed: "+member.Plain(err).Error())
	default:
		v.Instances = int64(len(list.Items))
		if rest := list.GetRemainingItemCount(); rest != nil {
			v.Instances += *rest
		}
	}
	v.Problems = append(v.Problems, s.problems(v)...)
	return v
}

// problems are what keeps KubeFed from propagating a type.
func (s *Scene) problems(v View) []string {
	var all []string
	if here, err := s.Catalog.Serves(v.Type.Target); err == nil && !here && v.Type.Target.Version != "" {
		all = append(all, fmt.Sprintf("the host does not serve %s", named(v.Type.Target)))
	}
	var ready, later []string
	for _, a := range v.Absent {
		switch {
		case a.Err != nil:
			all = append(all, fmt.Sprintf("whether %s serves it is not known: %v", a.Member, a.Err))
		case a.Ready:
			ready = append(ready, a.Member)
		default:
			later = append(later, a.Member)
		}
	}
	if len(ready) > 0 {
		all = append(all, fmt.Sprintf("%s is not served by %s, so KubeFed propagates it to no member, and stops after %s",
			named(v.Type.Target), strings.Join(ready, ", "), s.patience()))
	}
	if len(later) > 0 {
		all = append(all, fmt.Sprintf("%s is not served by %s, so KubeFed will propagate it to no member once that is ready",
			named(v.Type.Target), strings.Join(later, ", ")))
	}
	return append(all, s.stillness(v)...)
}

// stillness says why a type's controller does not run.
func (s *Scene) stillness(v View) []string {
	switch {
	case !v.Type.PropagationEnabled || v.Running():
		return nil
	case v.Config.DeletionTimestamp != nil:
		return []string{"it is being disabled"}
	case v.Config.Status.ObservedGeneration < v.Config.Generation:
		return []string{"KubeFed's controller manager has not looked at it since it was changed"}
	case s.Host.IsNamespaced() && !v.Type.Target.Namespaced:
		return []string{"this KubeFed is limited to a namespace, and propagates only types that have one"}
	case v.Type.Target.Namespaced && s.config("namespaces") == nil:
		return []string{"its controller does not run, since the type of namespaces is not enabled"}
	}
	return []string{"its controller does not run"}
}
