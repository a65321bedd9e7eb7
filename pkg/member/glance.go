package member

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/metadata"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Glance is List with the metadata of the objects alone, without the record of managed fields: of many objects that is a
// small part. The error is the server's own.
func (c *Client) Glance(ctx context.Context, api federation.API, namespace string) ([]*unstructured.Unstructured, error) {
	client, err := metadata.NewForConfig(c.Config)
	if err != nil {
		return nil, err
	}
	var from metadata.ResourceInterface = client.Resource(api.GVR())
	if api.Namespaced {
		from = client.Resource(api.GVR()).Namespace(namespace)
	}
	list, err := from.List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	objects := make([]*unstructured.Unstructured, len(list.Items))
	for i := range list.Items {
		objects[i] = bare(api, &list.Items[i].ObjectMeta)
	}
	return objects, nil
}

// bare is an object of nothing but metadata.
func bare(api federation.API, meta *metav1.ObjectMeta) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetAPIVersion(api.APIVersion())
	object.SetKind(api.Kind)
	object.SetName(meta.Name)
	object.SetNamespace(meta.Namespace)
	object.SetUID(meta.UID)
	object.SetResourceVersion(meta.ResourceVersion)
	object.SetGeneration(meta.Generation)
	object.SetCreationTimestamp(meta.CreationTimestamp)
	object.SetLabels(meta.Labels)
	object.SetAnnotations(meta.Annotations)
	if len(meta.Finalizers) > 0 {
		object.SetFinalizers(meta.Finalizers)
	}
	if len(meta.OwnerReferences) > 0 {
		object.SetOwnerReferences(meta.OwnerReferences)
	}
	if meta.DeletionTimestamp != nil {
		object.SetDeletionTimestamp(meta.DeletionTimestamp)
	}
	return object
}
