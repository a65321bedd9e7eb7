package joining

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Sides are the clients of the two clusters that a join writes to.
type Sides struct{ Member, Host dynamic.Interface }

// Apply makes the plan's objects, first in the member, then in the host, each as often as it is run: what is
// there as planned stays as it is. Errors say on which side and at which object it stopped.
func (p Plan) Apply(ctx context.Context, s Sides) error {
	for _, objects := range p.stages() {
		if err := p.makeAll(ctx, s.Member, objects); err != nil {
			return fmt.Errorf("in the member: %w", err)
		}
	}
	token, err := p.token(ctx, s.Member)
	if err != nil {
		return fmt.Errorf("in the member: %w", err)
	}
	for _, object := range p.HostObjects(token) {
		if err := p.make(ctx, s.Host, object); err != nil {
			return fmt.Errorf("in the host: %w", err)
		}
	}
	return nil
}

// stages are the member's objects in groups that need nothing of each other. The namespace comes before all that
// lies in it; a token Secret is only filled in, and a binding only allowed to everybody, when what it is for is
// there.
func (p Plan) stages() [3][]runtime.Object {
	var stages [3][]runtime.Object
	for _, object := range p.Member {
		stage := 1
		switch object.(type) {
		case *corev1.Namespace:
			stage = 0
		case *corev1.Secret, *rbacv1.ClusterRoleBinding, *rbacv1.RoleBinding:
			stage = 2
		}
		stages[stage] = append(stages[stage], object)
	}
	return stages
}

// makeAll makes the objects of one stage at the same time.
func (p Plan) makeAll(ctx context.Context, client dynamic.Interface, objects []runtime.Object) error {
	var all errgroup.Group
	for _, object := range objects {
		all.Go(func() error { return p.make(ctx, client, object) })
	}
	return all.Wait()
}

// make sends one object; a token that is to be renewed goes first.
func (p Plan) make(ctx context.Context, client dynamic.Interface, object runtime.Object) error {
	u, err := Unstructured(object)
	if err != nil {
		return err
	}
	if u.GetKind() == "Namespace" {
		return ensureNamespace(ctx, client, u)
	}
	if p.Renew && isTokenSecret(object) {
		if err := remove(ctx, client, u, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	return send(ctx, client, u, nil)
}

func isTokenSecret(object runtime.Object) bool {
	secret, ok := object.(*corev1.Secret)
	return ok && secret.Type == corev1.SecretTypeServiceAccountToken
}

// Unstructured is an object as it is sent and printed: without the fields that only a server fills in.
func Unstructured(object runtime.Object) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	unstructured.RemoveNestedField(content, "status")
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	return &unstructured.Unstructured{Object: content}, nil
}

// send applies one object on the server's side: the same call makes it, mends it and leaves it alone.
func send(ctx context.Context, client dynamic.Interface, u *unstructured.Unstructured, dryRun []string) error {
	options := metav1.ApplyOptions{FieldManager: fieldManager, Force: true, DryRun: dryRun}
	_, err := resource(client, u).Apply(ctx, u.GetName(), u, options)
	return about(u, err)
}

// remove deletes one object; it is no error when it is gone.
func remove(ctx context.Context, client dynamic.Interface, u *unstructured.Unstructured, options metav1.DeleteOptions) error {
	err := resource(client, u).Delete(ctx, u.GetName(), options)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return about(u, err)
}

// about names the object that an error is about.
func about(u *unstructured.Unstructured, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", strings.ToLower(u.GetKind()), u.GetName(), member.Plain(err))
}

// A namespace that is on its way out is looked at this often, and waited for this long.
const (
	namespacePause   = 100 * time.Millisecond
	namespaceTimeout = time.Minute
)

// ensureNamespace makes a namespace and never touches one that is there: it may be somebody else's, or the
// host's own, and must not be taken for ours when the cluster leaves. One that is being deleted, perhaps by an
// unjoin a moment ago, is waited for.
func ensureNamespace(ctx context.Context, client dynamic.Interface, u *unstructured.Unstructured) error {
	u.SetLabels(map[string]string{ManagedByLabel: ManagedBy})
	ctx, cancel := context.WithTimeout(ctx, namespaceTimeout)
	defer cancel()
	for {
		_, err := resource(client, u).Create(ctx, u, metav1.CreateOptions{FieldManager: fieldManager})
		if !apierrors.IsAlreadyExists(err) {
			return about(u, err)
		}
		found, err := resource(client, u).Get(ctx, u.GetName(), metav1.GetOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return about(u, err)
		}
		if err == nil && found.GetDeletionTimestamp() == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return about(u, errors.New("it is being deleted, and is not gone in time"))
		case <-time.After(namespacePause):
		}
	}
}

// resource is where an object of one of the few kinds that a join makes is sent.
func resource(client dynamic.Interface, u *unstructured.Unstructured) dynamic.ResourceInterface {
	gvr, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind()) // right for all of them, and no request
	if u.GetNamespace() != "" {
		return client.Resource(gvr).Namespace(u.GetNamespace())
	}
	return client.Resource(gvr)
}
