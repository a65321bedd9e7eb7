package federation

import (
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// RenderError says that KubeFed can't work out the object for a cluster, with
// the status that it gives the cluster for it: ComputeResourceFailed,
// ManagedLabelFalse, FieldRetentionFailed or ApplyOverridesFailed. It tries
// none of these again until something changes.
type RenderError struct {
	Cluster string
	Status  Status
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
	return NewRenderer(t, fed).ForCreate(cluster)
}

// ForUpdate is the object as KubeFed would PUT it over live: template, then
// what it retains of live, then the overrides, so that an override wins over
// what is retained (sync/dispatch/managed.go).
func ForUpdate(t Type, fed *unstructured.Unstructured, cluster string, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return NewRenderer(t, fed).ForUpdate(cluster, live)
}

// Renderer renders one federated object for any number of clusters. It reads
// template and overrides once, and may be used by several goroutines.
type Renderer struct {
	kind      string // of the target
	fed, base *unstructured.Unstructured
	// decoded is base as a JSON patch leaves what it does not touch.
	decoded   *unstructured.Unstructured
	overrides map[string][]Override
	// What went wrong with base or overrides goes wrong for every cluster.
	baseErr, overridesErr error
}

// NewRenderer reads a federated object, which must not change afterwards. What
// is wrong with it comes out at the first cluster, where KubeFed finds it.
func NewRenderer(t Type, fed *unstructured.Unstructured) *Renderer {
	r := &Renderer{kind: t.Target.Kind, fed: fed}
	r.base, r.baseErr = Base(t, fed)
	r.overrides, r.overridesErr = Overrides(fed)
	if r.baseErr == nil && len(r.overrides) > 0 {
		r.decoded = decodedCopy(r.base)
	}
	return r
}

// Overrides are those of one cluster; none where they can't be read.
func (r *Renderer) Overrides(cluster string) []Override { return r.overrides[cluster] }

// decodedCopy is nil for an object that JSON can't hold; the patch then says so.
func decodedCopy(obj *unstructured.Unstructured) *unstructured.Unstructured {
	raw, err := obj.MarshalJSON()
	if err != nil {
		return nil
	}
	out := &unstructured.Unstructured{}
	if out.UnmarshalJSON(raw) != nil {
		return nil
	}
	return out
}

// ForCreate is the object as KubeFed would POST it to the cluster. The error is
// a *RenderError.
func (r *Renderer) ForCreate(cluster string) (*unstructured.Unstructured, error) {
	if r.baseErr != nil {
		return nil, &RenderError{cluster, ComputeResourceFailed, r.baseErr}
	}
	if overrides := r.overrides[cluster]; r.decoded != nil && len(overrides) > 0 && r.overridesErr == nil {
		if obj := r.decoded.DeepCopy(); setFields(obj.Object, overrides) {
			return labelled(obj), nil
		}
	}
	return r.finish(r.base.DeepCopy(), cluster)
}

// ForUpdate is the object as KubeFed would PUT it over live, which stays as it
// is. The error is a *RenderError.
func (r *Renderer) ForUpdate(cluster string, live *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	if IsUnmanaged(live) {
		return nil, &RenderError{cluster, ManagedLabelFalse, errUnmanaged}
	}
	if r.baseErr != nil {
		return nil, &RenderError{cluster, ComputeResourceFailed, r.baseErr}
	}
	obj := r.base.DeepCopy()
	if err := retain(r.kind, obj, live, r.fed); err != nil {
		return nil, &RenderError{cluster, FieldRetentionFailed, err}
	}
	return r.finish(obj, cluster)
}

// finish applies the overrides (ApplyOverrides in sync/resource.go).
func (r *Renderer) finish(obj *unstructured.Unstructured, cluster string) (*unstructured.Unstructured, error) {
	err := r.overridesErr
	if overrides := r.overrides[cluster]; err == nil && overrides != nil {
		err = Apply(obj, overrides)
	}
	if err != nil {
		return nil, &RenderError{cluster, ApplyOverridesFailed, err}
	}
	return labelled(obj), nil
}

// labelled forces the label upon an object, which no override can take away.
func labelled(obj *unstructured.Unstructured) *unstructured.Unstructured {
	addManagedLabel(obj)
	normaliseVersion(obj)
	return obj
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
	if len(stringsIn(obj, "annotations")) > 0 {
		obj.SetAnnotations(nil)
	}
	if len(obj.GetFinalizers()) > 0 {
		obj.SetFinalizers(nil)
	}
}

// normaliseVersion writes the core group's "/v1" as "v1". KubeFed sends the
// former, API servers read both alike, and people know only the latter.
func normaliseVersion(obj *unstructured.Unstructured) {
	if v := obj.GetAPIVersion(); strings.HasPrefix(v, "/") {
		obj.SetAPIVersion(v[1:])
	}
}
