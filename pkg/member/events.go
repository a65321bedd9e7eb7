package member

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var eventAPI = federation.API{Version: "v1", Kind: "Event", Plural: "events", Namespaced: true}

// Events lists the events in a namespace of the host, or in all for "", that a field selector takes; those about
// objects of one name only, unless the name is "".
func (h *Host) Events(ctx context.Context, namespace, name, selector string) ([]*unstructured.Unstructured, error) {
	if name != "" {
		selector = fmt.Sprintf("%s,involvedObject.name=%s", selector, name)
	}
	return h.list(ctx, eventAPI, namespace, metav1.ListOptions{FieldSelector: selector})
}
