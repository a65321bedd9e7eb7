package federation

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// RenderStatus is the status that KubeFed gives a cluster for which it could
// not work out the object (sync/status/status.go).
type RenderStatus string

// The steps at which working out an object can fail.
const (
	ComputeResourceFailed RenderStatus = "ComputeResourceFailed"
	ManagedLabelFalse     RenderStatus = "ManagedLabelFalse"
	FieldRetentionFailed  RenderStatus = "FieldRetentionFailed"
	ApplyOverridesFailed  RenderStatus = "ApplyOverridesFailed"
)

// RenderError says that KubeFed can't work out the object for a cluster. It
// tries none of these again until the federated object changes.
type RenderError struct {
	Cluster string
	Status  RenderStatus
	Err     error
}

// Error names the cluster; the status is left to who wants it.
func (e *RenderError) Error() string { return fmt.Sprintf("cluster %s: %v", e.Cluster, e.Err) }

// Unwrap gives the cause.
func (e *RenderError) Unwrap() error { return e.Err }

// errUnmanaged is worded for the end of a sentence about the object.
var errUnmanaged = errors.New("the object there has the label " + ManagedLabel + "=false")

// ForCreate is the object as KubeFed would POST it to the cluster.
func ForCreate(t Type, fed *unstructured.Unstructured, cluster string) (*unstructured.Unstructured, error) {
	obj, err := Base(t, fed)
	if err != nil {
		return nil, &RenderError{cluster, ComputeResourceFailed, err}
	}
	return finish(obj, fed, cluster)
}

// ForUpdate is the object as KubeFed would PUT it over live: template, then
// what it retains of live, then the overrides, so that an override wins over
// what is retained (sync/dispatch/managed.go).
func ForUpdate(t Type, fed *unstructured.Unstructured, cluster string, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if IsUnmanaged(live) {
		return nil, &RenderError{cluster, ManagedLabelFalse, errUnmanaged}
	}
	obj, err := Base(t, fed)
	if err != nil {
		return nil, &RenderError{cluster, ComputeResourceFailed, err}
	}
	if err := retain(t.Target.Kind, obj, live, fed); err != nil {
		return nil, &RenderError{cluster, FieldRetentionFailed, err}
	}
	return finish(obj, fed, cluster)
}

// Base is the object before anything is done for one cluster: what overrides
// are applied to when KubeFed creates it (ObjectForCluster in
// sync/resource.go). Annotations and finalizers of the template do not
// travel; name and kind come from the federated object and the type.
func Base(t Type, fed *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	body, ok, err := unstructured.NestedMap(fed.Object, "spec", "template")
	if err != nil {
		return nil, fmt.Errorf("reading spec.template of %s: %w", describe(fed), err)
	}
	if !ok {
		// A FederatedNamespace commonly has no template.
		body = map[string]any{}
	}
	obj := &unstructured.Unstructured{Object: body}
	stripTemplateMeta(obj)
	obj.SetName(fed.GetName())
	if !t.IsNamespace() {
		obj.SetNamespace(fed.GetNamespace())
	}
	obj.SetKind(t.Target.Kind)
	if obj.GetAPIVersion() == "" {
		obj.SetAPIVersion(t.Target.APIVersion())
	}
	return obj, nil
}

// stripTemplateMeta looks first, since KubeFed leaves an empty map in place.
func stripTemplateMeta(obj *unstructured.Unstructured) {
	if len(obj.GetAnnotations()) > 0 {
		obj.SetAnnotations(nil)
	}
	if len(obj.GetFinalizers()) > 0 {
		obj.SetFinalizers(nil)
	}
}

// finish applies the overrides and then forces the label, which no override
// can take away (ApplyOverrides in sync/resource.go).
func finish(obj, fed *unstructured.Unstructured, cluster string) (*unstructured.Unstructured, error) {
	all, err := Overrides(fed)
	if err == nil && all[cluster] != nil {
		err = Apply(obj, all[cluster])
	}
	if err != nil {
		return nil, &RenderError{cluster, ApplyOverridesFailed, err}
	}
	addManagedLabel(obj)
	normaliseVersion(obj)
	return obj, nil
}

// normaliseVersion writes the core group's "/v1" as "v1". KubeFed sends the
// former, API servers read both alike, and people know only the latter.
func normaliseVersion(obj *unstructured.Unstructured) {
	if v := obj.GetAPIVersion(); strings.HasPrefix(v, "/") {
		obj.SetAPIVersion(v[1:])
	}
}
