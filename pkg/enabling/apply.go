package enabling

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// fieldManager is whose writes these are.
const fieldManager = "kubectl-fed"

// Apply does the steps in their order; done is called after each. The definitions are waited for before anything is
// written that is about them. With dryRun the server is asked and writes nothing.
func (p *Plan) Apply(ctx context.Context, dryRun bool, done func(Step)) error {
	var dry []string
	if dryRun {
		dry = []string{metav1.DryRunAll}
	}
	for i, step := range p.Steps {
		if i > 0 && p.Steps[i-1].API == definitionAPI && step.API != definitionAPI && !dryRun {
			if err := p.await(ctx, p.served); err != nil {
				return err
			}
		}
		if err := p.scene.write(ctx, step, dry); err != nil {
			return fmt.Errorf("%s: %s %s: %w", p.scene.Host.Context, step.API.Kind, step.Object.GetName(), member.Plain(err))
		}
		done(step)
	}
	return nil
}

func (s *Scene) write(ctx context.Context, step Step, dry []string) error {
	to := s.at(step.API, step.Object.GetNamespace())
	switch step.Action {
	case Created:
		_, err := to.Create(ctx, step.Object, metav1.CreateOptions{FieldManager: fieldManager, DryRun: dry})
		return err
	case Configured:
		_, err := to.Update(ctx, step.Object, metav1.UpdateOptions{FieldManager: fieldManager, DryRun: dry})
		return err
	case Restarted:
		patch := fmt.Appendf(nil, `{"spec":{"template":{"metadata":{"annotations":{"kubectl.kubernetes.io/restartedAt":%q}}}}}`, time.Now().Format(time.RFC3339))
		_, err := to.Patch(ctx, step.Object.GetName(), types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager, DryRun: dry})
		return err
	}
	return nil
}

// pause is between two looks.
const pause = 150 * time.Millisecond

// WaitError says what was still awaited when the time was up.
type WaitError struct {
	Context string
	What    string // is awaited
	Cause   error
}

// Error names the host and what was awaited.
func (e *WaitError) Error() string { return e.Context + ": " + e.What }

// Unwrap is why the wait ended.
func (e *WaitError) Unwrap() error { return e.Cause }

// await looks again and again until nothing is awaited any more.
func (p *Plan) await(ctx context.Context, pending func(context.Context) (string, error)) error {
	return p.scene.await(ctx, pending)
}

func (s *Scene) await(ctx context.Context, pending func(context.Context) (string, error)) error {
	last := "no answer yet"
	for {
		what, err := pending(ctx)
		switch {
		case err == nil && what == "":
			return nil
		case err == nil:
			last = what
		case ctx.Err() == nil && !transient(err):
			return fmt.Errorf("%s: %w", s.Host.Context, err)
		}
		select {
		case <-ctx.Done():
			return &WaitError{Context: s.Host.Context, What: last, Cause: context.Cause(ctx)}
		case <-time.After(pause):
		}
	}
}

// transient tells errors that another try may mend from an answer that stays the same.
func transient(err error) bool {
	return !apierrors.IsForbidden(err) && !apierrors.IsUnauthorized(err) && !apierrors.IsInvalid(err)
}

// Await waits until every federated kind is served, and KubeFed has taken up every type.
func (p *Plan) Await(ctx context.Context) error {
	if err := p.await(ctx, p.served); err != nil {
		return err
	}
	if err := p.await(ctx, p.restarted); err != nil {
		return err
	}
	return p.await(ctx, p.running)
}

// served names a federated kind that is not served yet, as discovery and the server say.
func (p *Plan) served(ctx context.Context) (string, error) {
	catalog, err := Discover(ctx, p.scene.Host.Config)
	if err != nil {
		return "", err
	}
	for _, t := range p.Types {
		if served, _ := catalog.Serves(t.Federated); !served {
			return p.notYetServed(ctx, t.Federated)
		}
		if _, err := p.scene.at(t.Federated, "").List(ctx, metav1.ListOptions{Limit: 1}); apierrors.IsNotFound(err) {
			return t.Federated.Resource().String() + " is not served yet", nil
		} else if err != nil {
			return "", member.Plain(err)
		}
	}
	return "", nil
}

// notYetServed says why, where the API server knows.
func (p *Plan) notYetServed(ctx context.Context, api federation.API) (string, error) {
	what := api.Resource().String() + " is not served yet"
	name := &unstructured.Unstructured{}
	name.SetName(api.Resource().String())
	definition, err := p.scene.read(ctx, definitionAPI, name)
	if err != nil || definition == nil {
		return what, err
	}
	conditions, _, _ := unstructured.NestedSlice(definition.Object, "status", "conditions")
	for _, c := range conditions {
		condition, ok := c.(map[string]any)
		if ok && condition["status"] == "False" && condition["type"] != "Terminating" && condition["message"] != "the initial names have been accepted" {
			return fmt.Sprintf("%s: %v", what, condition["message"]), nil
		}
	}
	return what, nil
}

// restarted says that the controller manager which reads its new configuration is not there yet.
func (p *Plan) restarted(ctx context.Context) (string, error) {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Action == Restarted })
	if i < 0 {
		return "", nil
	}
	manager, err := p.scene.read(ctx, deploymentAPI, p.Steps[i].Object)
	if err != nil || manager == nil {
		return "", err
	}
	number := func(fields ...string) int64 {
		n, _, _ := unstructured.NestedInt64(manager.Object, fields...)
		return n
	}
	wanted := number("spec", "replicas")
	done := number("status", "observedGeneration") >= manager.GetGeneration() && number("status", "updatedReplicas") >= wanted &&
		number("status", "replicas") <= wanted && number("status", "availableReplicas") >= wanted
	if !done {
		return managerName + " is still starting again", nil
	}
	return "", nil
}

// running names a type that KubeFed has not taken up yet.
func (p *Plan) running(ctx context.Context) (string, error) {
	configs, err := p.scene.Host.TypeConfigs(ctx)
	if err != nil {
		return "", err
	}
	now := Scene{Configs: configs}
	for _, t := range p.Types {
		config := now.config(t.Name)
		switch {
		case config == nil:
			return t.Name + " has been disabled meanwhile", nil
		case config.Status.ObservedGeneration < config.Generation:
			return "KubeFed's controller manager has not looked at " + t.Name + " yet", nil
		case !p.held[t.Name] && config.Status.PropagationController != "Running":
			return "KubeFed's controller of " + t.Name + " does not run yet", nil
		}
	}
	return "", nil
}
