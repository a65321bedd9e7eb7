package federation

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
)

// FederatedGroup is the API group of the federated kinds, unless another was
// chosen when a type was enabled.
const FederatedGroup = "types.kubefed.io"

// wellKnown are the kinds of Kubernetes itself that people federate, in the
// version that today's API servers serve. They let a file be read that
// no cluster stands behind.
var wellKnown = []API{
	{"", "v1", "ConfigMap", "configmaps", true},
	{"", "v1", "LimitRange", "limitranges", true},
	{"", "v1", "Namespace", "namespaces", false},
	{"", "v1", "PersistentVolume", "persistentvolumes", false},
	{"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true},
	{"", "v1", "Pod", "pods", true},
	{"", "v1", "ResourceQuota", "resourcequotas", true},
	{"", "v1", "Secret", "secrets", true},
	{"", "v1", "Service", "services", true},
	{"", "v1", "ServiceAccount", "serviceaccounts", true},
	{"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false},
	{"apps", "v1", "DaemonSet", "daemonsets", true},
	{"apps", "v1", "Deployment", "deployments", true},
	{"apps", "v1", "ReplicaSet", "replicasets", true},
	{"apps", "v1", "StatefulSet", "statefulsets", true},
	{"autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true},
	{"batch", "v1", "CronJob", "cronjobs", true},
	{"batch", "v1", "Job", "jobs", true},
	{"networking.k8s.io", "v1", "Ingress", "ingresses", true},
	{"networking.k8s.io", "v1", "IngressClass", "ingressclasses", false},
	{"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true},
	{"policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", true},
	{"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false},
	{"rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false},
	{"rbac.authorization.k8s.io", "v1", "Role", "roles", true},
	{"rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true},
	{"scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", false},
	{"storage.k8s.io", "v1", "StorageClass", "storageclasses", false},
}

// TargetKind is the kind that a federated kind is about: "Deployment" of
// FederatedDeployment. It is empty for every other kind, KubeFed's own
// among them.
func TargetKind(gvk schema.GroupVersionKind) string {
	target, federated := strings.CutPrefix(gvk.Kind, "Federated")
	if !federated || strings.HasSuffix(gvk.Group, "core.kubefed.io") || gvk.Kind == "FederatedServiceStatus" {
		return ""
	}
	return target
}

// WellKnown is the type of a kind of Kubernetes itself, as "enable" would
// name it.
func WellKnown(kind string) (Type, bool) {
	i := slices.IndexFunc(wellKnown, func(a API) bool { return a.Kind == kind })
	if i < 0 {
		return Type{}, false
	}
	return assumed(wellKnown[i]), true
}

// WellKnownKinds are the kinds that WellKnown knows, sorted by group and kind.
func WellKnownKinds() []string {
	var kinds []string
	for _, a := range wellKnown {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

// assumed is the type that "enable" would make of an API without being told
// anything else.
func assumed(target API) Type {
	federated := API{
		Group: FederatedGroup, Version: "v1beta1", Kind: "Federated" + target.Kind,
		Plural: "federated" + target.Plural, Namespaced: target.Namespaced || target.Kind == namespaceKind,
	}
	return Type{Name: target.Resource().String(), Target: target, Federated: federated, PropagationEnabled: true}
}

// TypeOfObject finds the type of a federated object among those that are
// enabled. One that is not among them is worked out from its kind and from
// the apiVersion of its template, as far as they tell.
func TypeOfObject(fed *unstructured.Unstructured, enabled []Type) (Type, error) {
	gvk := fed.GroupVersionKind()
	for _, t := range enabled {
		if t.Federated.Group == gvk.Group && t.Federated.Kind == gvk.Kind {
			return t, nil
		}
	}
	kind := TargetKind(gvk)
	if kind == "" {
		return Type{}, fmt.Errorf("%s is not a federated object", describe(fed))
	}
	target, err := guess(fed, kind)
	if err != nil {
		return Type{}, err
	}
	t := assumed(target)
	t.Federated.Group, t.Federated.Version = gvk.Group, gvk.Version
	return t, nil
}

// guess takes a namespace in the object's metadata for that of its target.
func guess(fed *unstructured.Unstructured, kind string) (API, error) {
	version, _, err := unstructured.NestedString(fed.Object, "spec", "template", "apiVersion")
	if err != nil {
		return API{}, fmt.Errorf("reading spec.template of %s: %w", describe(fed), err)
	}
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		return API{}, fmt.Errorf("reading spec.template.apiVersion of %s: %w", describe(fed), err)
	}
	if known, ok := WellKnown(kind); ok && (version == "" || known.Target.Group == gv.Group) {
		return known.Target, nil
	}
	if version == "" {
		return API{}, fmt.Errorf("which API the kind %s of %s belongs to is not known: "+
			"its template has no apiVersion, and no FederatedTypeConfig is at hand", kind, describe(fed))
	}
	return API{
		Group: gv.Group, Version: gv.Version, Kind: kind,
		Plural: v1beta1.PluralName(kind), Namespaced: fed.GetNamespace() != "",
	}, nil
}
