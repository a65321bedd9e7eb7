package joining

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// fieldManager owns what a join writes.
const fieldManager = "kubectl-fed"

// tokenTimeout bounds the wait for the member's controller that puts the token into its Secret.
const tokenTimeout = 30 * time.Second

// Apply makes the plan's objects, first in the member, then in the host, each as often as it is run: what is
// there as planned stays as it is. Errors say on which side and at which object it stopped.
func (p Plan) Apply(ctx context.Context, cluster, host dynamic.Interface) error {
	for _, object := range p.Member {
		if err := apply(ctx, cluster, object); err != nil {
			return fmt.Errorf("in the member: %w", err)
		}
	}
	token, err := p.token(ctx, cluster)
	if err != nil {
		return fmt.Errorf("in the member: %w", err)
	}
	for _, object := range []runtime.Object{p.Secret(token), p.KubeFedCluster()} {
		if err := apply(ctx, host, object); err != nil {
			return fmt.Errorf("in the host: %w", err)
		}
	}
	return nil
}

// apply sends one object by server-side apply: the same call makes it, mends it and leaves it alone.
func apply(ctx context.Context, client dynamic.Interface, object runtime.Object) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return err
	}
	u := &unstructured.Unstructured{Object: content}
	unstructured.RemoveNestedField(u.Object, "status")
	unstructured.RemoveNestedField(u.Object, "metadata", "creationTimestamp")
	what := fmt.Sprintf("%s %s", u.GetKind(), u.GetName())
	to := resource(client, u)
	if u.GetKind() == "Namespace" {
		return ensureNamespace(ctx, to, u, what)
	}
	if _, err = to.Apply(ctx, u.GetName(), u, metav1.ApplyOptions{FieldManager: fieldManager, Force: true}); err != nil {
		return fmt.Errorf("%s: %w", what, member.Plain(err))
	}
	return nil
}

// ensureNamespace makes a namespace and never touches one that is there: it may be somebody else's, or the
// host's own, and must not be taken for ours when the cluster leaves.
func ensureNamespace(ctx context.Context, to dynamic.ResourceInterface, u *unstructured.Unstructured, what string) error {
	u.SetLabels(map[string]string{ManagedByLabel: ManagedBy})
	_, err := to.Create(ctx, u, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("%s: %w", what, member.Plain(err))
	}
	return nil
}

// resource is where an object of one of the few kinds that a join makes is sent.
func resource(client dynamic.Interface, u *unstructured.Unstructured) dynamic.ResourceInterface {
	gvr, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind()) // right for all of them, and no request
	if u.GetNamespace() != "" {
		return client.Resource(gvr).Namespace(u.GetNamespace())
	}
	return client.Resource(gvr)
}

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}

// token waits until the member's token controller has filled in the Secret.
func (p Plan) token(ctx context.Context, client dynamic.Interface) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, tokenTimeout, fmt.Errorf("none after %s", tokenTimeout))
	defer cancel()
	for {
		secret, err := client.Resource(secrets).Namespace(p.Namespace).Get(ctx, p.account(), metav1.GetOptions{})
		if err == nil {
			if token, _, _ := unstructured.NestedString(secret.Object, "data", "token"); token != "" {
				return base64.StdEncoding.DecodeString(token)
			}
			err = errors.New("it is still empty")
		} else if !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("reading the token in Secret %s: %w", p.account(), member.Plain(err))
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the token in Secret %s: %w (%w)", p.account(), err, context.Cause(ctx))
		case <-time.After(50 * time.Millisecond):
		}
	}
}
