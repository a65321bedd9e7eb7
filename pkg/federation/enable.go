package federation

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// FederatedVersion is the version of the federated kinds, unless another was
// chosen when a type was enabled.
const FederatedVersion = "v1beta1"

// serviceStatus is the one kind that the status controller writes
// (federatedtypeconfig/controller.go). Its CRD comes with the control plane.
var serviceStatus = API{Group: "core.kubefed.io", Version: "v1alpha1", Kind: "FederatedServiceStatus", Plural: "federatedservicestatuses", Namespaced: true}

// Traits are what of a target shows in its federated kind.
type Traits struct {
	// ShortNames are those of the target: deploy.
	ShortNames []string
	// Replicas tells whether the target has a number at spec.replicas, so
	// that KubeFed can leave it to each member (spec.retainReplicas).
	Replicas bool
}

// wellKnownShort are the short names that the API server has for its own kinds.
var wellKnownShort = map[string][]string{
	"ConfigMap": {"cm"}, "LimitRange": {"limits"}, "Namespace": {"ns"}, "PersistentVolume": {"pv"}, "PersistentVolumeClaim": {"pvc"},
	"Pod": {"po"}, "ResourceQuota": {"quota"}, "Service": {"svc"}, "ServiceAccount": {"sa"},
	"CustomResourceDefinition": {"crd", "crds"}, "DaemonSet": {"ds"}, "Deployment": {"deploy"}, "ReplicaSet": {"rs"}, "StatefulSet": {"sts"},
	"HorizontalPodAutoscaler": {"hpa"}, "CronJob": {"cj"}, "Ingress": {"ing"}, "NetworkPolicy": {"netpol"},
	"PodDisruptionBudget": {"pdb"}, "PriorityClass": {"pc"}, "StorageClass": {"sc"},
}

// scalable are the kinds of Kubernetes itself with a number at spec.replicas.
var scalable = []schema.GroupKind{
	{Kind: "ReplicationController"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "ReplicaSet"}, {Group: "apps", Kind: "StatefulSet"},
}

// WellKnownTraits are the traits of a kind of Kubernetes itself; none for
// every other kind.
func WellKnownTraits(target API) Traits {
	i := slices.IndexFunc(wellKnown, func(a API) bool { return a.Kind == target.Kind && a.Group == target.Group })
	traits := Traits{Replicas: slices.Contains(scalable, target.GVK().GroupKind())}
	if i >= 0 {
		traits.ShortNames = wellKnownShort[target.Kind]
	}
	return traits
}

// DefaultTypes are those that come enabled with the control plane, the type
// of namespaces among them (charts/kubefed/templates/federatedtypeconfig.yaml).
func DefaultTypes() []Type {
	var types []Type
	for _, kind := range []string{
		"ClusterRole", "ConfigMap", "Deployment", "Ingress", "Job", "Namespace", "ReplicaSet", "Secret", "ServiceAccount", "Service",
	} {
		t, _ := WellKnown(kind) // every one of them is
		types = append(types, t)
	}
	return types
}

// NewType is the type that enabling a target makes, its federated kind in a
// group and version of one's own or, where they are empty, in KubeFed's.
func NewType(target API, group, version string) Type {
	t := assumed(target)
	if group != "" {
		t.Federated.Group = group
	}
	if version != "" {
		t.Federated.Version = version
	}
	return t
}

// TypeConfig is the FederatedTypeConfig of a type, without a namespace: that
// of the control plane is the caller's to set. With status, what the members
// report is collected: for Services into a FederatedServiceStatus and, once
// the feature gate RawResourceStatusCollection is on, for every type into the
// federated object's own status.
func TypeConfig(t Type, status bool) *unstructured.Unstructured {
	propagation := "Disabled"
	if t.PropagationEnabled {
		propagation = "Enabled"
	}
	spec := map[string]any{"targetType": resourceOf(t.Target), "federatedType": resourceOf(t.Federated), "propagation": propagation}
	if status {
		spec["statusCollection"] = "Enabled"
		if own, ok := StatusAPI(t); ok {
			spec["statusType"] = resourceOf(own)
		}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "core.kubefed.io/v1beta1", "kind": "FederatedTypeConfig",
		"metadata": map[string]any{"name": t.Name}, "spec": spec,
	}}
}

// StatusAPI is the kind that a type's statuses are collected into. Only
// Services have one: the status controller starts for the type "services"
// alone. All others need the feature gate RawResourceStatusCollection.
func StatusAPI(t Type) (API, bool) {
	return serviceStatus, t.Name == "services"
}

func resourceOf(a API) map[string]any {
	scope := "Cluster"
	if a.Namespaced {
		scope = "Namespaced"
	}
	r := map[string]any{"version": a.Version, "kind": a.Kind, "pluralName": a.Plural, "scope": scope}
	if a.Group != "" {
		r["group"] = a.Group
	}
	return r
}

// FederatedCRD is the CustomResourceDefinition of a type's federated kind.
func FederatedCRD(t Type, traits Traits) *unstructured.Unstructured {
	names := map[string]any{"kind": t.Federated.Kind, "plural": t.Federated.Plural, "categories": []any{"federated"}}
	if short := federatedShort(traits.ShortNames); len(short) > 0 {
		names["shortNames"] = short
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": t.Federated.Resource().String()},
		"spec": map[string]any{
			"group": t.Federated.Group, "names": names, "scope": resourceOf(t.Federated)["scope"],
			"versions": []any{map[string]any{
				"name": t.Federated.Version, "served": true, "storage": true,
				"schema":                   map[string]any{"openAPIV3Schema": federatedSchema(traits.Replicas)},
				"subresources":             map[string]any{"status": map[string]any{}},
				"additionalPrinterColumns": printerColumns(),
			}},
		},
	}}
}

// federatedShort are the short names of a federated kind: fdeploy of deploy.
func federatedShort(names []string) []any {
	var short []any
	for _, name := range names {
		short = append(short, "f"+name)
	}
	return short
}

// printerColumns are what "kubectl get" shows of a federated object beside
// its name. A server that gets any shows no age unless that is one of them.
func printerColumns() []any {
	column := func(name, kind, path string) any {
		return map[string]any{"name": name, "type": kind, "jsonPath": path}
	}
	return []any{
		column("Propagated", "string", `.status.conditions[?(@.type=="Propagation")].status`),
		column("Reason", "string", `.status.conditions[?(@.type=="Propagation")].reason`),
		column("Age", "date", ".metadata.creationTimestamp"),
	}
}
