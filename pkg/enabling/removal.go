package enabling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/releasing"
)

// Leaving is one type that is to be disabled.
type Leaving struct {
	Type      federation.Type
	Instances []releasing.Object // the federated objects that there are, in all namespaces
	// Config and Definition are nil where there are none; the definition also where it is to stay.
	Config, Definition *unstructured.Unstructured
}

// Removal is what disables types.
type Removal struct {
	Leaving  []Leaving
	Problems []error // stop everything, unless it is forced

	scene *Scene
}

// PlanRemoval finds the types that the names mean, and what is in the way. One that is not enabled has no Config.
func (s *Scene) PlanRemoval(ctx context.Context, names []string, deleteCRD bool) (*Removal, error) {
	r := &Removal{scene: s}
	var errs []error
	for _, name := range names {
		t, err := s.enabled(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.ContainsFunc(r.Leaving, func(l Leaving) bool { return l.Type.Name == t.Name }) {
			continue
		}
		one, err := s.leaving(ctx, t, deleteCRD)
		if err != nil {
			return nil, err
		}
		r.Leaving = append(r.Leaving, one)
	}
	// without the type of namespaces, no other type that has them can let go of its instances
	slices.SortStableFunc(r.Leaving, func(a, b Leaving) int { return rank(a) - rank(b) })
	r.needNamespaces()
	return r, errors.Join(errs...)
}

func rank(l Leaving) int {
	if l.Type.IsNamespace() {
		return 1
	}
	return 0
}

// enabled finds a type by the name of its FederatedTypeConfig, which may be of a target that is not served any more,
// or by any name of the target or of the federated kind.
func (s *Scene) enabled(name string) (federation.Type, error) {
	enabled := s.Types()
	for _, t := range enabled {
		if t.Name == name || t.Target.Plural == name && t.Target.Group == "" {
			return t, nil
		}
	}
	r, err := s.Catalog.Find(name)
	if err != nil {
		return federation.Type{}, err
	}
	for _, t := range enabled {
		if t.Target.Resource() == r.Resource() || t.Federated.Resource() == r.Resource() {
			return t, nil
		}
	}
	return federation.NewType(r.API, "", ""), nil
}

func (s *Scene) leaving(ctx context.Context, t federation.Type, deleteCRD bool) (one Leaving, err error) {
	one.Type = t
	config := federation.TypeConfig(t, false)
	config.SetNamespace(s.Host.Namespace)
	if one.Config, err = s.read(ctx, typeConfigAPI, config); err != nil {
		return one, err
	}
	if deleteCRD {
		if one.Definition, err = s.read(ctx, definitionAPI, federation.FederatedCRD(t, federation.Traits{})); err != nil {
			return one, err
		}
	}
	if one.Config != nil || one.Definition != nil {
		one.Instances, err = s.instances(ctx, t)
	}
	return one, err
}

func (s *Scene) instances(ctx context.Context, t federation.Type) ([]releasing.Object, error) {
	return releasing.Find(ctx, s.Host, releasing.Which{Types: []federation.Type{t}})
}

// needNamespaces is a problem when the type of namespaces goes and types that need it stay: their controllers stop.
func (r *Removal) needNamespaces() {
	goes := func(name string) bool {
		return slices.ContainsFunc(r.Leaving, func(l Leaving) bool { return l.Type.Name == name && l.Config != nil })
	}
	if !goes("namespaces") {
		return
	}
	for _, t := range r.scene.Types() {
		if t.Target.Namespaced && !goes(t.Name) {
			r.Problems = append(r.Problems, fmt.Errorf("without namespaces, KubeFed stops the controllers of all types that have them, %s among them", t.Name))
			return
		}
	}
}

// Instances are those of all types.
func (r *Removal) Instances() []releasing.Object {
	var all []releasing.Object
	for _, l := range r.Leaving {
		all = append(all, l.Instances...)
	}
	return all
}

// Objects are what is removed beside instances, definitions last.
func (r *Removal) Objects() []Step {
	var configs, definitions []Step
	for _, l := range r.Leaving {
		if l.Config != nil {
			configs = append(configs, Step{typeConfigAPI, l.Config, Deleted})
		}
		if l.Definition != nil {
			definitions = append(definitions, Step{definitionAPI, l.Definition, Deleted})
		}
	}
	return append(configs, definitions...)
}

// Try asks the host's API server, by dry runs, whether it would delete what is to go.
func (r *Removal) Try(ctx context.Context) error {
	steps := r.Objects()
	for _, i := range r.Instances() {
		steps = append(steps, Step{i.Type.Federated, i.Object, Deleted})
	}
	for _, s := range steps {
		err := r.scene.at(s.API, s.Object.GetNamespace()).Delete(ctx, s.Object.GetName(), metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("%s: deleting %s %s: %w", r.scene.Host.Context, s.API.Kind, s.Object.GetName(), member.Plain(err))
		}
	}
	return nil
}

// Release is the letting go of all instances, so that members keep what they run.
func (r *Removal) Release(ctx context.Context) (*releasing.Release, error) {
	var members []member.Member
	for _, m := range r.scene.Members {
		members = append(members, m.Member)
	}
	return releasing.Prepare(ctx, r.scene.Host, members, r.Instances(), r.scene.Types(), r.scene.timeout)
}

// Apply removes types that have no instances any more. KubeFed first stops the controller of a type and says so; only
// then is its configuration deleted, and then the definition. done is called for each object. When ctx ends before
// KubeFed has answered, the type is as it was before or, with force, is removed without KubeFed.
func (r *Removal) Apply(ctx, waiting context.Context, force bool, done func(Step)) error {
	for _, l := range r.Leaving {
		if l.Config == nil {
			continue
		}
		if err := r.disable(ctx, waiting, l, force); err != nil {
			return err
		}
		done(Step{typeConfigAPI, l.Config, Deleted})
	}
	if force && waiting.Err() != nil {
		fresh, cancel := context.WithTimeout(ctx, r.scene.timeout)
		defer cancel()
		waiting = fresh // what went before took all the time, and was forced
	}
	for _, l := range r.Leaving {
		if l.Definition == nil {
			continue
		}
		if err := r.remove(waiting, definitionAPI, l.Definition); err != nil {
			return err
		}
		done(Step{definitionAPI, l.Definition, Deleted})
	}
	return nil
}

// disable has KubeFed stop the controller of a type, and then removes the type.
func (r *Removal) disable(ctx, waiting context.Context, l Leaving, force bool) error {
	if err := r.setPropagation(ctx, l, "Disabled"); err != nil {
		return err
	}
	err := r.stop(ctx, waiting, l)
	var late *WaitError
	if errors.As(err, &late) && force {
		return r.unfinalize(ctx, l.Config)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%w; the type stays enabled", err), r.setPropagation(ctx, l, propagation(l)))
	}
	err = r.remove(waiting, typeConfigAPI, l.Config)
	if errors.As(err, &late) && force {
		return r.unfinalize(ctx, l.Config)
	}
	return err
}

// stop waits until KubeFed's controller of a type has stopped. An instance that somebody made since is an error.
func (r *Removal) stop(ctx, waiting context.Context, l Leaving) error {
	if err := r.scene.await(waiting, func(ctx context.Context) (string, error) { return r.stopped(ctx, l.Type) }); err != nil {
		return err
	}
	made, err := r.scene.instances(ctx, l.Type)
	if err == nil && len(made) > 0 {
		err = fmt.Errorf("%s: %s was made meanwhile", l.Type.Name, made[0].ID())
	}
	return err
}

func propagation(l Leaving) string {
	if l.Type.PropagationEnabled {
		return "Enabled"
	}
	return "Disabled"
}

func (r *Removal) setPropagation(ctx context.Context, l Leaving, to string) error {
	patch := fmt.Appendf(nil, `{"spec":{"propagation":%q}}`, to)
	_, err := r.scene.at(typeConfigAPI, r.scene.Host.Namespace).Patch(ctx, l.Config.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("%s: %s: %w", r.scene.Host.Context, l.Type.Name, member.Plain(err))
	}
	return nil
}

// stopped says that KubeFed's controller of a type still runs, or that KubeFed has not looked yet.
func (r *Removal) stopped(ctx context.Context, t federation.Type) (string, error) {
	configs, err := r.scene.Host.TypeConfigs(ctx)
	if err != nil {
		return "", err
	}
	now := Scene{Configs: configs}
	config := now.config(t.Name)
	switch {
	case config == nil || config.DeletionTimestamp != nil:
		return "", nil
	case config.Status.ObservedGeneration < config.Generation:
		return "KubeFed's controller manager has not looked at " + t.Name + " yet", nil
	case config.Status.PropagationController == "Running":
		return "KubeFed's controller of " + t.Name + " still runs", nil
	}
	return "", nil
}

// remove deletes an object and waits until it is gone.
func (r *Removal) remove(ctx context.Context, api federation.API, object *unstructured.Unstructured) error {
	uid := object.GetUID()
	err := r.scene.at(api, object.GetNamespace()).Delete(ctx, object.GetName(), metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
	if err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
		return fmt.Errorf("%s: deleting %s %s: %w", r.scene.Host.Context, api.Kind, object.GetName(), member.Plain(err))
	}
	return r.scene.await(ctx, func(ctx context.Context) (string, error) {
		found, err := r.scene.read(ctx, api, object)
		if err != nil || found == nil || found.GetUID() != uid {
			return "", err
		}
		return fmt.Sprintf("%s %s is being deleted, and waits for the finalizers %v", api.Kind, object.GetName(), found.GetFinalizers()), nil
	})
}

// typeConfigFinalizer is KubeFed's on a FederatedTypeConfig (federatedtypeconfig/controller.go).
const typeConfigFinalizer = "core.kubefed.io/federated-type-config"

// unfinalize deletes a FederatedTypeConfig in the place of a KubeFed that does not answer.
func (r *Removal) unfinalize(ctx context.Context, config *unstructured.Unstructured) error {
	at := r.scene.at(typeConfigAPI, config.GetNamespace())
	if err := at.Delete(ctx, config.GetName(), metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("%s: %w", r.scene.Host.Context, member.Plain(err))
	}
	return dropFinalizer(ctx, r.scene, typeConfigAPI, config, typeConfigFinalizer)
}

// dropFinalizer takes one finalizer off an object, if it is still there.
func dropFinalizer(ctx context.Context, s *Scene, api federation.API, object *unstructured.Unstructured, name string) error {
	found, err := s.read(ctx, api, object)
	if err != nil || found == nil {
		return err
	}
	found.SetFinalizers(slices.DeleteFunc(found.GetFinalizers(), func(f string) bool { return f == name }))
	_, err = s.at(api, object.GetNamespace()).Update(ctx, found, metav1.UpdateOptions{FieldManager: fieldManager})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return hint.Add(member.Plain(err), "kubectl get %s %s -n %s -o yaml --context %s", api.Resource(), object.GetName(), object.GetNamespace(), s.Host.Context)
}
