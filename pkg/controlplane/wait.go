package controlplane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// waiter looks once: why is what is still missing, "" when nothing is. An error ends the wait.
type waiter func(context.Context) (why string, err error)

// TimeoutError says what was still missing when time was up.
type TimeoutError struct{ Stage, Why string }

// Error names the stage, and what it lacked.
func (e *TimeoutError) Error() string {
	if e.Why == "" {
		return fmt.Sprintf("time was up at the %s", e.Stage)
	}
	return fmt.Sprintf("time was up at the %s: %s", e.Stage, e.Why)
}

// timedOut is the error of a request, or that time is up, when that is why the request failed.
func timedOut(ctx context.Context, stage, why string, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &TimeoutError{stage, why}
	}
	return err
}

// pause is the time between two looks.
const pause = 250 * time.Millisecond

// await looks until nothing is missing. A look that fails is no reason to give up: servers are restarted.
func (i *installation) await(ctx context.Context, stage string, look waiter) error {
	last := ""
	for {
		why, err := look(ctx)
		var request *requestError
		switch {
		case err == nil && why == "":
			return nil
		case errors.As(err, &request) && ctx.Err() == nil:
			why = request.Error()
		case err != nil && !errors.As(err, &request):
			return err
		}
		if why != "" && why != last {
			last = why
			i.observe.Waiting(stage, why)
		}
		select {
		case <-ctx.Done():
			return timedOut(ctx, stage, last, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// requestError is a look that failed.
type requestError struct{ error }

func (e *requestError) Unwrap() error { return e.error }

func failedRequest(what string, err error) error {
	return &requestError{fmt.Errorf("%s: %w", what, member.Plain(err))}
}

// all looks at one thing after another.
func inTurn(waiters ...waiter) waiter {
	return func(ctx context.Context) (string, error) {
		for _, look := range waiters {
			if why, err := look(ctx); why != "" || err != nil {
				return why, err
			}
		}
		return "", nil
	}
}

// established waits until the API server serves every definition.
func (i *installation) established() waiter {
	return func(ctx context.Context) (string, error) {
		for _, stage := range i.Stages {
			for _, object := range stage.Objects {
				if object.GetKind() != "CustomResourceDefinition" {
					continue
				}
				live, err := i.Client.Resource(definitions).Get(ctx, object.GetName(), metav1.GetOptions{})
				if err != nil {
					return "", failedRequest("reading "+object.GetName(), err)
				}
				if status, message := condition(live, "NamesAccepted"); status == "False" {
					return "", about(object, errors.New(message))
				}
				if status, _ := condition(live, "Established"); status != "True" {
					return object.GetName() + " is not served yet", nil
				}
			}
		}
		return "", nil
	}
}

// condition is one of an object's conditions.
func condition(object *unstructured.Unstructured, kind string) (status, message string) {
	list, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, item := range list {
		if c, ok := item.(map[string]any); ok && c["type"] == kind {
			status, _ = c["status"].(string)
			message, _ = c["message"].(string)
		}
	}
	return status, message
}

// controllersRun waits until the controller manager's pods run, one of them leads, and it has started the
// controller of every type.
func (i *installation) controllersRun() waiter {
	return inTurn(i.rollout(managerName), i.leads, i.typesRun)
}

// leads looks for the leader, which has to be one of today's pods: its record outlives it. KubeFed keeps it in an
// annotation.
func (i *installation) leads(ctx context.Context) (string, error) {
	const annotation = "control-plane.alpha.kubernetes.io/leader"
	from := i.Client.Resource(configMaps)
	if *i.Config.LeaderElect.ResourceLock != "configmaps" {
		from = i.Client.Resource(endpoints)
	}
	lock, err := getIf(ctx, from.Namespace(i.Namespace), managerName)
	if err != nil {
		return "", failedRequest("looking for the leader", err)
	}
	const none = "no controller manager leads yet"
	if lock == nil {
		return none, nil
	}
	record := struct{ HolderIdentity string }{}
	if err := json.Unmarshal([]byte(lock.GetAnnotations()[annotation]), &record); err != nil {
		return none, nil
	}
	pod, _, _ := strings.Cut(record.HolderIdentity, "_") // KubeFed adds something random to the host name
	live, err := getIf(ctx, i.Client.Resource(pods).Namespace(i.Namespace), pod)
	if err != nil {
		return "", failedRequest("looking for the leader", err)
	}
	if pod == "" || live == nil || live.GetDeletionTimestamp() != nil {
		return none + ": the lease of the one before has to end", nil
	}
	return "", nil
}

// typesRun looks at what the controllers say of each type. A control plane that has its namespace only leaves
// types alone that have none.
func (i *installation) typesRun(ctx context.Context) (string, error) {
	for _, t := range i.Types {
		if i.Namespaced() && !t.Target.Namespaced {
			continue
		}
		live, err := getIf(ctx, i.Client.Resource(typeConfigs).Namespace(i.Namespace), t.Name)
		if err != nil {
			return "", failedRequest("reading "+t.Name, err)
		}
		if live == nil {
			return t.Name + " is gone", nil
		}
		if off, _, _ := unstructured.NestedString(live.Object, "spec", "propagation"); off == "Disabled" {
			continue
		}
		if status, _, _ := unstructured.NestedString(live.Object, "status", "propagationController"); status != "Running" {
			return "the controller of " + t.Name + " does not run yet", nil
		}
	}
	return "", nil
}
