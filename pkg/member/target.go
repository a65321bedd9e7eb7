package member

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var dry = []string{metav1.DryRunAll}

// target is the resource that a federated object's target lies in.
func (c *Client) target(f Federated) dynamic.ResourceInterface {
	return within(c.Dynamic, f.Type.Target, f.Object.GetNamespace())
}

// Get reads the target of a federated object; the error is the server's own.
func (c *Client) Get(ctx context.Context, f Federated) (*unstructured.Unstructured, error) {
	return c.target(f).Get(ctx, f.Object.GetName(), metav1.GetOptions{})
}

// TryCreate asks the member, by a dry run, what it makes of an object that is created; the error is the server's own.
func (c *Client) TryCreate(ctx context.Context, f Federated, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return c.target(f).Create(ctx, object, metav1.CreateOptions{DryRun: dry})
}

// TryUpdate asks the member, by a dry run, what it makes of an object that is updated; the error is the server's own.
func (c *Client) TryUpdate(ctx context.Context, f Federated, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return c.target(f).Update(ctx, object, metav1.UpdateOptions{DryRun: dry})
}

// List reads all objects of an API in a namespace of the member, or in all for ""; the error is the server's own.
func (c *Client) List(ctx context.Context, api federation.API, namespace string) ([]*unstructured.Unstructured, error) {
	list, err := within(c.Dynamic, api, namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	objects := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		objects[i] = &list.Items[i]
	}
	return objects, nil
}
