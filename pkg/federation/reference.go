package federation

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// Reference is something of its namespace that a workload names.
type Reference struct {
	Kind, Name string
	// Optional is set where the workload runs without it.
	Optional bool
}

// References are what the pods of an object need of their namespace:
// ConfigMaps, Secrets, claims and the ServiceAccount, sorted by kind and name.
// What every namespace has is not among them.
func References(obj *unstructured.Unstructured) []Reference {
	r := &references{}
	spec, ok, _ := unstructured.NestedMap(obj.Object, podSpec(obj.GetKind())...)
	if ok {
		r.pod(spec)
	}
	if obj.GetKind() == "StatefulSet" {
		name, _, _ := unstructured.NestedString(obj.Object, "spec", "serviceName")
		r.add("Service", name, true)
	}
	if obj.GetKind() == "ServiceAccount" {
		r.named(obj.Object, "imagePullSecrets", "Secret")
	}
	slices.SortFunc(r.found, func(a, b Reference) int {
		return strings.Compare(a.Kind+"/"+a.Name, b.Kind+"/"+b.Name)
	})
	return r.found
}

type references struct{ found []Reference }

// add notes a name once; named twice, the stricter counts.
func (r *references) add(kind, name string, optional bool) {
	if name == "" || kind == "ServiceAccount" && name == "default" || kind == "ConfigMap" && name == "kube-root-ca.crt" {
		return
	}
	i := slices.IndexFunc(r.found, func(o Reference) bool { return o.Kind == kind && o.Name == name })
	if i >= 0 {
		r.found[i].Optional = r.found[i].Optional && optional
		return
	}
	r.found = append(r.found, Reference{Kind: kind, Name: name, Optional: optional})
}

// ref notes what a map with a name points at.
func (r *references) ref(kind string, from map[string]any, field string, path ...string) {
	m, ok, _ := unstructured.NestedMap(from, path...)
	if !ok {
		return
	}
	name, _ := m[field].(string)
	optional, _ := m["optional"].(bool)
	r.add(kind, name, optional)
}

// named notes a list of maps with names.
func (r *references) named(from map[string]any, field, kind string) {
	for _, m := range elements(from, field) {
		r.ref(kind, m, "name")
	}
}

func (r *references) pod(spec map[string]any) {
	account, _ := spec["serviceAccountName"].(string)
	r.add("ServiceAccount", account, false)
	r.named(spec, "imagePullSecrets", "Secret")
	for _, field := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, c := range elements(spec, field) {
			r.container(c)
		}
	}
	for _, v := range elements(spec, "volumes") {
		r.volume(v)
	}
}

func (r *references) container(c map[string]any) {
	for _, e := range elements(c, "envFrom") {
		r.ref("ConfigMap", e, "name", "configMapRef")
		r.ref("Secret", e, "name", "secretRef")
	}
	for _, e := range elements(c, "env") {
		r.ref("ConfigMap", e, "name", "valueFrom", "configMapKeyRef")
		r.ref("Secret", e, "name", "valueFrom", "secretKeyRef")
	}
}

func (r *references) volume(v map[string]any) {
	r.ref("ConfigMap", v, "name", "configMap")
	r.ref("Secret", v, "secretName", "secret")
	r.ref("PersistentVolumeClaim", v, "claimName", "persistentVolumeClaim")
	projected, _, _ := unstructured.NestedMap(v, "projected")
	for _, s := range elements(projected, "sources") {
		r.ref("ConfigMap", s, "name", "configMap")
		r.ref("Secret", s, "name", "secret")
	}
}

// elements are the elements of a list that are maps.
func elements(from map[string]any, field string) []map[string]any {
	values, _ := from[field].([]any)
	var out []map[string]any
	for _, e := range values {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// Serves tells whether a Service sends to the pods of a workload.
func Serves(service, workload *unstructured.Unstructured) bool {
	selector, ok, _ := unstructured.NestedStringMap(service.Object, "spec", "selector")
	if !ok || len(selector) == 0 {
		return false
	}
	path := podSpec(workload.GetKind())
	pods, _, _ := unstructured.NestedStringMap(workload.Object, append(slices.Clone(path[:len(path)-1]), "metadata", "labels")...)
	return labels.SelectorFromSet(selector).Matches(labels.Set(pods))
}

// Scales tells whether an autoscaler, or another object with a scaleTargetRef,
// is for a workload.
func Scales(scaler, workload *unstructured.Unstructured) bool {
	ref, ok, _ := unstructured.NestedStringMap(scaler.Object, "spec", "scaleTargetRef")
	return ok && ref["kind"] == workload.GetKind() && ref["name"] == workload.GetName()
}

// HasPods tells whether an object is a Pod, or makes some.
func HasPods(obj *unstructured.Unstructured) bool {
	containers, ok := list(obj.Object, append(slices.Clone(podSpec(obj.GetKind())), "containers")...)
	return ok && len(containers) > 0
}
