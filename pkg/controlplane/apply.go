package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Host is the cluster that the control plane is put into.
type Host struct {
	Client dynamic.Interface
	core   corev1client.CoreV1Interface // for logs
}

// Connect makes the clients for a host. No request is sent yet.
func Connect(config *rest.Config) (Host, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return Host{}, err
	}
	core, err := corev1client.NewForConfig(config)
	return Host{Client: client, core: core}, err
}

// Step is one write, and what came of it.
type Step struct {
	Object *unstructured.Unstructured
	What   string // Created, Configured or Unchanged
	Helm   string // the release of helm that it was taken over from
}

// What comes of an object.
const (
	Created    = "created"
	Configured = "configured"
	Unchanged  = "unchanged"
)

// Observer is told how an installation goes on.
type Observer struct {
	// Waiting is called while something is waited for, each time that the reason changes.
	Waiting func(stage, why string)
	// Done is called when a stage is done; waited is how long its objects took to work.
	Done func(stage string, steps []Step, waited time.Duration)
}

// installation is a plan on its way into a cluster.
type installation struct {
	Plan
	Host
	found   Found
	observe Observer
	changed bool // the webhook's objects had to be written
	proving bool // the proof's webhook configuration stands
}

// Apply puts the plan into the cluster stage by stage, and waits for each. What is there as planned stays as it
// is. The error is a *PodError when a program does not run, and a *TimeoutError when ctx ends first.
func (p Plan) Apply(ctx context.Context, h Host, found Found, observe Observer) error {
	i := &installation{Plan: p, Host: h, found: found, observe: observe}
	for _, stage := range p.Stages {
		if err := i.run(ctx, stage); err != nil {
			return err
		}
	}
	return nil
}

func (i *installation) run(ctx context.Context, stage Stage) error {
	if stage.Name == webhookStage {
		if err := i.bridge(ctx); err != nil {
			return err
		}
	}
	var steps []Step
	for _, object := range stage.Objects {
		step, err := i.put(ctx, object)
		if err != nil {
			return timedOut(ctx, stage.Name, "", err)
		}
		steps = append(steps, step)
		i.changed = i.changed || stage.Name == webhookStage && step.What != Unchanged
	}
	start := time.Now()
	if stage.wait != nil {
		err := i.await(ctx, stage.Name, stage.wait(i))
		i.withdraw(ctx)
		if err != nil {
			return err
		}
	}
	i.observe.Done(stage.Name, steps, time.Since(start))
	return nil
}

// bridge lets the API server trust the webhook's next certificate beside the one that its pods still have, before
// they are replaced: else nothing of KubeFed's could be written meanwhile.
func (i *installation) bridge(ctx context.Context) error {
	if len(i.found.Trusted) == 0 || bytes.Equal(i.found.Trusted, i.Certificate.Authorities) {
		return nil
	}
	both := i.Request
	both.Certificate = both.Certificate.trusting(i.found.Trusted)
	for _, typed := range both.webhookConfigurations() {
		object, err := untyped(typed)
		if err != nil {
			return err
		}
		if _, err := i.put(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// put makes one object what it should be. A namespace that is there may be somebody else's, and a type that is
// enabled may be so in a way of the user's own: both stay as they are.
func (i *installation) put(ctx context.Context, object *unstructured.Unstructured) (Step, error) {
	switch {
	case object.GetKind() == "Namespace":
		return i.ensureNamespace(ctx, object)
	case object.GetKind() == "FederatedTypeConfig" && i.found.Types[object.GetName()]:
		return Step{Object: object, What: Unchanged}, nil
	}
	to := resourceFor(i.Client, object)
	live, err := getIf(ctx, to, object.GetName())
	if err != nil {
		return Step{}, about(object, err)
	}
	step := Step{Object: object, What: Created}
	if live != nil {
		if step.Helm = live.GetAnnotations()[releaseAnnotation]; step.Helm != "" {
			if err := i.release(ctx, to, live); err != nil {
				return step, err
			}
		}
	}
	applied, err := i.send(ctx, to, object)
	if err != nil {
		return step, about(object, err)
	}
	if live != nil {
		step.What = Configured
		if applied.GetResourceVersion() == live.GetResourceVersion() {
			step.What = Unchanged
		}
	}
	return step, nil
}

// release takes helm's mark off an object, so that helm does not take it for its own any more.
func (i *installation) release(ctx context.Context, to dynamic.ResourceInterface, live *unstructured.Unstructured) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null,"meta.helm.sh/release-namespace":null}}}`, releaseAnnotation)
	_, err := to.Patch(ctx, live.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	return about(live, err)
}

// A webhook that a configuration names since a moment ago is asked again this often and for this long.
const (
	retryPause   = 250 * time.Millisecond
	retryTimeout = 30 * time.Second
)

// send applies one object on the server's side: the same call makes it, mends it, takes it over and leaves it
// alone. What the API server knows of the webhook may be a moment old.
func (i *installation) send(ctx context.Context, to dynamic.ResourceInterface, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true}
	for deadline := time.Now().Add(retryTimeout); ; {
		applied, err := to.Apply(ctx, object.GetName(), object, options)
		if err == nil || !isCallFailure(err) || time.Now().After(deadline) {
			return applied, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(retryPause):
		}
	}
}

// isCallFailure tells whether the API server did not get through to a webhook.
func isCallFailure(err error) bool { return strings.Contains(err.Error(), "failed calling webhook") }

// ensureNamespace makes a namespace. One that is being deleted, perhaps by a deinit a moment ago, is waited for.
func (i *installation) ensureNamespace(ctx context.Context, object *unstructured.Unstructured) (Step, error) {
	for {
		_, err := i.Client.Resource(namespaces).Create(ctx, object, metav1.CreateOptions{FieldManager: fieldManager})
		if !apierrors.IsAlreadyExists(err) {
			return Step{Object: object, What: Created}, about(object, err)
		}
		live, err := getIf(ctx, i.Client.Resource(namespaces), object.GetName())
		if err != nil {
			return Step{}, about(object, err)
		}
		if live != nil && live.GetDeletionTimestamp() == nil {
			return Step{Object: object, What: Unchanged}, nil
		}
		select {
		case <-ctx.Done():
			return Step{}, about(object, errors.New("it is being deleted, and is not gone in time"))
		case <-time.After(retryPause):
		}
	}
}

// getIf reads an object; nil when it is not there, or its kind is not served.
func getIf(ctx context.Context, from dynamic.ResourceInterface, name string) (*unstructured.Unstructured, error) {
	found, err := from.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// about names the object that an error is about.
func about(u *unstructured.Unstructured, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", strings.ToLower(u.GetKind()), u.GetName(), member.Plain(err))
}

// resourceFor is where an object of the control plane is sent.
func resourceFor(client dynamic.Interface, u *unstructured.Unstructured) dynamic.ResourceInterface {
	gvr, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind()) // right for all of them, and no request
	if u.GetNamespace() != "" {
		return client.Resource(gvr).Namespace(u.GetNamespace())
	}
	return client.Resource(gvr)
}
