package federation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// machineTypes are the types whose objects controllers make, with what makes
// them.
var machineTypes = map[schema.GroupResource]string{
	{Resource: "bindings"}:                                        "a request, and nothing that is kept",
	{Resource: "endpoints"}:                                       "written for each Service by the cluster",
	{Resource: "events"}:                                          "what happened in one cluster",
	{Resource: "pods"}:                                            "made by workloads, and bound to one cluster's node",
	{Resource: "podtemplates"}:                                    "made by workloads",
	{Group: "apps", Resource: "controllerrevisions"}:              "made by StatefulSets and DaemonSets",
	{Group: "coordination.k8s.io", Resource: "leases"}:            "held by one cluster's controllers",
	{Group: "discovery.k8s.io", Resource: "endpointslices"}:       "written for each Service by the cluster",
	{Group: "events.k8s.io", Resource: "events"}:                  "what happened in one cluster",
	{Group: "multicluster.x-k8s.io", Resource: "serviceimports"}:  "made by a multi-cluster controller",
	{Group: "storage.k8s.io", Resource: "csistoragecapacities"}:   "what one cluster's storage has left",
	{Group: "resource.k8s.io", Resource: "resourceclaimstatuses"}: "of one cluster's devices",
}

// MachineType says why no object of a type is one that a user made; "" for
// types of which users make objects.
func MachineType(r schema.GroupResource) string {
	switch {
	case r.Group == "metrics.k8s.io" || strings.HasSuffix(r.Group, ".metrics.k8s.io"):
		return "measured in one cluster"
	case r.Group == "authorization.k8s.io" || r.Group == "authentication.k8s.io":
		return "a request, and nothing that is kept"
	case strings.HasSuffix(r.Group, "kubefed.io"):
		return "KubeFed's own"
	case r.Group == "extensions":
		return "served in another group too"
	}
	return machineTypes[r]
}

// machineSecrets are the types of Secrets that controllers and tools keep for
// one cluster.
var machineSecrets = map[string]string{
	"kubernetes.io/service-account-token": "a token of one cluster",
	"bootstrap.kubernetes.io/token":       "for nodes that join one cluster",
	"helm.sh/release.v1":                  "Helm's record of a release in one cluster",
}

// MadeByMachine says what made an object, when it was not a user, and thus why
// it does not travel with the contents of its namespace; "" for all else.
func MadeByMachine(obj *unstructured.Unstructured) string {
	if owners := obj.GetOwnerReferences(); len(owners) > 0 {
		return "owner: " + owners[0].Kind
	}
	gk := obj.GroupVersionKind().GroupKind()
	switch gk {
	case schema.GroupKind{Kind: "Secret"}:
		return machineSecret(obj)
	case schema.GroupKind{Kind: "ConfigMap"}:
		return machineConfigMap(obj)
	case schema.GroupKind{Kind: "ServiceAccount"}:
		if obj.GetName() == "default" {
			return "in every namespace anyway"
		}
	}
	return ""
}

func machineSecret(obj *unstructured.Unstructured) string {
	kind, _, _ := unstructured.NestedString(obj.Object, "type")
	if reason := machineSecrets[kind]; reason != "" {
		return reason
	}
	// OpenShift's pull secrets of service accounts
	if _, generated := obj.GetAnnotations()["kubernetes.io/service-account.uid"]; generated {
		return "generated for a service account of one cluster"
	}
	return ""
}

func machineConfigMap(obj *unstructured.Unstructured) string {
	switch obj.GetName() {
	case "kube-root-ca.crt", "openshift-service-ca.crt", "istio-ca-root-cert":
		return "written into every namespace by the cluster"
	}
	if obj.GetLabels()["OWNER"] == "TILLER" {
		return "Helm's record of a release in one cluster"
	}
	return ""
}

// ClaimOf says which of the StatefulSets made a claim, "" for none: nothing
// but its name tells, since it has no owner.
func ClaimOf(claim *unstructured.Unstructured, sets []*unstructured.Unstructured) string {
	for _, set := range sets {
		templates, _ := list(set.Object, "spec", "volumeClaimTemplates")
		for _, t := range templates {
			template, _ := t.(map[string]any)
			name, _, _ := unstructured.NestedString(template, "metadata", "name")
			ordinal, ours := strings.CutPrefix(claim.GetName(), name+"-"+set.GetName()+"-")
			if _, err := strconv.Atoi(ordinal); ours && err == nil {
				return "owner: StatefulSet"
			}
		}
	}
	return ""
}

// annotators are the kinds on which a member's own controllers keep
// annotations.
var annotators = []string{
	"DaemonSet", "Deployment", "PersistentVolume", "PersistentVolumeClaim", "Pod", "Service", "StatefulSet",
}

// WritesAnnotations tells whether a member's own controllers keep annotations
// on a kind.
func WritesAnnotations(kind string) bool { return slices.Contains(annotators, kind) }

// KeepAnnotations is the override that gives a target annotations: of the
// whole map, since KubeFed creates objects without one. It is an error for the
// kinds whose controllers write some: each update would take those away, and
// the controllers would write them again, for ever.
func KeepAnnotations(t Type, kept map[string]string) (Override, error) {
	if WritesAnnotations(t.Target.Kind) {
		return Override{}, fmt.Errorf("no override keeps annotations of a %s: its controllers write some too, and KubeFed would take those away on every update, for ever", t.Target.Kind)
	}
	value := map[string]any{}
	for k, v := range kept {
		value[k] = v
	}
	return Override{Op: "add", Path: "/metadata/annotations", Value: value}, nil
}
