package controlplane

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Removal is what a deinit deletes, in order: the controllers, so that nothing is written any more; what asks the
// webhook, which is gone next; then the rest, the namespace, and the definitions of KubeFed's APIs at last.
type Removal struct {
	Host
	Controllers []*unstructured.Unstructured
	Objects     []*unstructured.Unstructured
	Namespace   *unstructured.Unstructured // nil when it stays
	Definitions []*unstructured.Unstructured
	// Kept says what stays, and why.
	Kept []string

	namespace string
}

// Remains finds all that there is of a control plane, whoever put it there.
func (h Host) Remains(ctx context.Context, namespace string, api discovery.ServerResourcesInterface) (*Removal, error) {
	l := &look{ctx: ctx, client: h.Client, namespace: namespace}
	r := &Removal{Host: h, namespace: namespace}
	r.find(l)
	if l.err != nil {
		return nil, l.err
	}
	shared, err := h.others(ctx, namespace)
	if err != nil {
		return nil, err
	}
	if shared != "" {
		r.Kept = append(r.Kept, "KubeFed's APIs, since the control plane in the namespace "+shared+" uses them too")
		r.Definitions = nil
	}
	return r, r.findNamespace(ctx, api)
}

// Nothing tells whether there is nothing to remove.
func (r *Removal) Nothing() bool {
	return len(r.Controllers)+len(r.Objects)+len(r.Definitions) == 0 && r.Namespace == nil
}

// All are the objects in the order of removal.
func (r *Removal) All() []*unstructured.Unstructured {
	all := slices.Concat(r.Controllers, r.Objects)
	if r.Namespace != nil {
		all = append(all, r.Namespace)
	}
	return append(all, r.Definitions...)
}

// find looks for the objects of a plan of either scope, for those that KubeFed's programs made, and for helm's.
func (r *Removal) find(l *look) {
	var rest []*unstructured.Unstructured
	seen := map[types.UID]bool{}
	for _, object := range everything(r.namespace) {
		live := l.have(object.GetKind()+" "+object.GetName(), func() (*unstructured.Unstructured, error) {
			return resourceFor(l.client, object).Get(l.ctx, object.GetName(), metav1.GetOptions{})
		})
		switch {
		case live == nil || seen[live.GetUID()] || foreign(live, r.namespace):
			continue
		case live.GetKind() == "Deployment" && live.GetName() == managerName:
			r.Controllers = append(r.Controllers, live)
		case strings.HasSuffix(live.GetKind(), "WebhookConfiguration"):
			r.Objects = append(r.Objects, live)
		case live.GetKind() == "CustomResourceDefinition", live.GetKind() == "Namespace": // see to them at last
		default:
			rest = append(rest, live)
		}
		seen[live.GetUID()] = true
	}
	slices.Reverse(rest) // rights and accounts go after what uses them
	r.Objects = append(r.Objects, pointers(l.list(typeConfigs, metav1.ListOptions{}))...)
	r.Objects = append(append(r.Objects, rest...), r.leftovers(l)...)
	r.Definitions = definitionsOf(l)
}

// everything is what a control plane may consist of, in either scope. Of these objects only the names count.
func everything(namespace string) []*unstructured.Unstructured {
	var objects []*unstructured.Unstructured
	for _, scope := range []v1beta1.KubeFedConfigSpec{{Scope: Cluster}, {Scope: Namespaced}} {
		request := Request{Namespace: namespace, Config: scope, Certificate: Certificate{Key: []byte("-")}}
		plan, err := New(request)
		if err != nil {
			return nil // what is built in can't fail
		}
		objects = append(objects, plan.Objects()...)
	}
	proof := (&installation{Plan: Plan{Request: Request{Namespace: namespace}}}).proof()
	if object, err := untyped(proof); err == nil {
		objects = append(objects, object)
	}
	return objects
}

// foreign tells a webhook configuration or a binding that another namespace's control plane has under the same name.
func foreign(live *unstructured.Unstructured, namespace string) bool {
	hooks, _, _ := unstructured.NestedSlice(live.Object, "webhooks")
	subjects, _, _ := unstructured.NestedSlice(live.Object, "subjects")
	for _, item := range slices.Concat(hooks, subjects) {
		entry, ok := item.(map[string]any)
		if !ok {
			continue
		}
		of, _, _ := unstructured.NestedString(entry, "clientConfig", "service", "namespace")
		if subject, _ := entry["namespace"].(string); subject != "" {
			of = subject
		}
		if of != "" && of != namespace {
			return true
		}
	}
	return false
}

// leftovers are the leader's record, helm's records of KubeFed's chart, and the chart's hooks.
func (r *Removal) leftovers(l *look) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, resource := range []schema.GroupVersionResource{configMaps, endpoints} {
		if lock := l.get(resource, managerName); lock != nil {
			found = append(found, lock)
		}
	}
	releases := l.list(secrets, metav1.ListOptions{LabelSelector: "owner=helm"})
	for _, release := range releasesIn(releases) {
		for i := range releases {
			if slices.Contains(release.Secrets, releases[i].GetName()) {
				found = append(found, &releases[i])
			}
		}
	}
	return append(found, hooksOf(l)...)
}

// hookKinds are those of the chart's hooks.
var hookKinds = []schema.GroupVersionResource{
	{Group: "batch", Version: "v1", Resource: "jobs"}, configMaps,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"},
	{Version: "v1", Resource: "serviceaccounts"},
}

// hooksOf are the chart's hooks, which helm leaves behind when they fail: they pull an image that is gone.
func hooksOf(l *look) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for _, resource := range hookKinds {
		for _, object := range pointers(l.list(resource, metav1.ListOptions{})) {
			chart := object.GetLabels()["helm.sh/chart"]
			ours := strings.HasSuffix(object.GetName(), "kubefed-config-hook") || strings.HasPrefix(chart, "controllermanager-")
			if object.GetAnnotations()[hookAnnotation] != "" && ours {
				found = append(found, object)
			}
		}
	}
	return found
}

// definitionsOf are the definitions of KubeFed's APIs and of the federated types, in KubeFed's group or in another
// that a FederatedTypeConfig names.
func definitionsOf(l *look) []*unstructured.Unstructured {
	federated := map[string]bool{}
	for _, config := range l.list(typeConfigs, metav1.ListOptions{}) {
		plural, _, _ := unstructured.NestedString(config.Object, "spec", "federatedType", "pluralName")
		group, _, _ := unstructured.NestedString(config.Object, "spec", "federatedType", "group")
		federated[plural+"."+group] = true
	}
	whole := look{ctx: l.ctx, client: l.client}
	var found []*unstructured.Unstructured
	for _, definition := range pointers(whole.list(definitions, metav1.ListOptions{})) {
		group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
		if federated[definition.GetName()] || slices.Contains(groups, group) {
			found = append(found, definition)
		}
	}
	if l.err == nil {
		l.err = whole.err
	}
	return found
}

func pointers(items []unstructured.Unstructured) []*unstructured.Unstructured {
	var found []*unstructured.Unstructured
	for i := range items {
		found = append(found, &items[i])
	}
	return found
}

// others is the namespace of another control plane in the cluster; "" for none.
func (h Host) others(ctx context.Context, namespace string) (string, error) {
	list, err := h.Client.Resource(configs).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for other control planes: %w", member.Plain(err))
	}
	for _, config := range list.Items {
		if config.GetNamespace() != namespace {
			return config.GetNamespace(), nil
		}
	}
	return "", nil
}

// joinLabel is on what a join makes (pkg/joining).
const joinLabel = "kubectl-fed.io/cluster"

// findNamespace decides what becomes of KubeFed's namespace: it goes when it was made for KubeFed, by init or by
// helm, and nothing of anybody else lies in it. What is owned goes with its owner.
func (r *Removal) findNamespace(ctx context.Context, api discovery.ServerResourcesInterface) error {
	live, err := getIf(ctx, r.Client.Resource(namespaces), r.namespace)
	if live == nil || err != nil {
		return err
	}
	if labels := live.GetLabels(); labels[managedByLabel] != managedBy && labels["name"] != r.namespace {
		r.Kept = append(r.Kept, "the namespace "+r.namespace+": neither init nor helm made it")
		return nil
	}
	known := func(item unstructured.Unstructured) bool {
		return len(item.GetOwnerReferences()) > 0 || strings.HasPrefix(item.GetKind(), "Endpoint") ||
			slices.ContainsFunc(r.All(), func(u *unstructured.Unstructured) bool { return u.GetUID() == item.GetUID() }) ||
			slices.Contains(groups, item.GroupVersionKind().Group) || // goes with its API
			item.GetLabels()[joinLabel] != "" // goes with its member
	}
	stranger, err := member.Stranger(ctx, api, r.Client, r.namespace, known)
	switch {
	case err != nil:
		return err
	case stranger != "":
		r.Kept = append(r.Kept, "the namespace "+r.namespace+": it holds "+stranger)
	default:
		r.Namespace = live
	}
	return nil
}

// StopControllers deletes the controllers and waits until none runs any more: from then on nobody but us writes
// what is KubeFed's.
func (r *Removal) StopControllers(ctx context.Context, done func(*unstructured.Unstructured)) error {
	for _, object := range r.Controllers {
		if err := r.remove(ctx, object); err != nil {
			return err
		}
		done(object)
	}
	selector := metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: managerLabels})
	return r.until(ctx, "the controllers' pods are still there", func() (bool, error) {
		list, err := r.Client.Resource(pods).Namespace(r.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
		return err == nil && len(list.Items) == 0, err
	})
}

// Apply deletes everything else. Finalizers of KubeFed's are taken off: who would see to them is gone.
func (r *Removal) Apply(ctx context.Context, done func(*unstructured.Unstructured)) error {
	for _, object := range r.Objects {
		if err := r.remove(ctx, object); err != nil {
			return err
		}
		done(object)
	}
	if r.Namespace != nil {
		if err := r.drop(ctx, done, r.Namespace); err != nil {
			return err
		}
	}
	for _, object := range r.Definitions {
		if err := r.releaseAll(ctx, object); err != nil {
			return err
		}
	}
	return r.drop(ctx, done, r.Definitions...)
}

// drop deletes objects and waits until they are gone, with all that was in them.
func (r *Removal) drop(ctx context.Context, done func(*unstructured.Unstructured), objects ...*unstructured.Unstructured) error {
	for _, object := range objects {
		if err := r.remove(ctx, object); err != nil {
			return err
		}
	}
	for _, object := range objects {
		what := strings.ToLower(object.GetKind()) + " " + object.GetName() + " is deleted, and still there"
		err := r.until(ctx, what, func() (bool, error) {
			live, err := getIf(ctx, resourceFor(r.Client, object), object.GetName())
			return live == nil && err == nil, err
		})
		if err != nil {
			return err
		}
		done(object)
	}
	return nil
}

// remove deletes what was found, and not what somebody made under its name since.
func (r *Removal) remove(ctx context.Context, object *unstructured.Unstructured) error {
	uid, background := object.GetUID(), metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &background}
	to := resourceFor(r.Client, object)
	if err := to.Delete(ctx, object.GetName(), options); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return about(object, err)
	}
	if object.GetKind() == "FederatedTypeConfig" {
		return r.unfinalize(ctx, typeConfigs, *object)
	}
	return nil
}

// releaseAll takes KubeFed's finalizers off all objects of a definition, or it would never be gone.
func (r *Removal) releaseAll(ctx context.Context, definition *unstructured.Unstructured) error {
	plural, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "plural")
	group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
	versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
	for _, item := range versions {
		version, _ := item.(map[string]any)
		name, _ := version["name"].(string)
		resource := schema.GroupVersionResource{Group: group, Version: name, Resource: plural}
		list, err := r.Client.Resource(resource).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return about(definition, err)
		}
		for _, object := range list.Items {
			if err := r.unfinalize(ctx, resource, object); err != nil {
				return err
			}
		}
		return nil // every version has the same objects
	}
	return nil
}

func (r *Removal) unfinalize(ctx context.Context, resource schema.GroupVersionResource, object unstructured.Unstructured) error {
	if len(object.GetFinalizers()) == 0 {
		return nil
	}
	patch := []byte(`{"metadata":{"finalizers":null}}`)
	_, err := r.Client.Resource(resource).Namespace(object.GetNamespace()).
		Patch(ctx, object.GetName(), types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return about(&object, err)
}

// until looks until something holds.
func (r *Removal) until(ctx context.Context, still string, holds func() (bool, error)) error {
	for {
		ok, err := holds()
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return &TimeoutError{"removal", strings.TrimSpace(errors.Join(errors.New(still), err).Error())}
		case <-time.After(pause):
		}
	}
}
