package federation

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// noise are annotations that tools and controllers keep for themselves, by
// key. That they don't travel is of interest to nobody.
var noise = []string{
	"deployment.kubernetes.io/", "deprecated.daemonset.template.generation", "meta.helm.sh/",
	"pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/storage-provisioner",
	"autoscaling.alpha.kubernetes.io/", "control-plane.alpha.kubernetes.io/", "kubefed.io/",
	"batch.kubernetes.io/job-tracking", "kubernetes.io/service-account.uid", lastApplied,
}

// allotments are fields that a server fills in where the user said nothing.
var allotments = []string{"spec.clusterIP", "spec.clusterIPs", "spec.healthCheckNodePort"}

// IsNoise tells whether what was dropped is bookkeeping: no user asks for it.
func (d Dropped) IsNoise() bool {
	if slices.Contains(allotments, d.Path) || slices.Contains([]string{generatedJob, generatedHash, otherFamilies}, d.Reason) {
		return true
	}
	key, isAnnotation := strings.CutPrefix(d.Path, "metadata.annotations[")
	return isAnnotation && slices.ContainsFunc(noise, func(n string) bool { return strings.HasPrefix(key, n) })
}

// Bookkeeping is what of an object goes without a word when it is federated:
// what its API server wrote, and what the federated object says by itself.
// With what Federate says it is all that does not travel.
func Bookkeeping(obj *unstructured.Unstructured) []Dropped {
	var found []Dropped
	add := func(path, reason string) { found = append(found, Dropped{Path: path, Reason: reason}) }
	if _, ok := obj.Object["status"]; ok {
		add("status", "each member has its own")
	}
	add("apiVersion", "the type says it")
	add("kind", "the type says it")
	meta, _ := obj.Object["metadata"].(map[string]any)
	for _, field := range sortedKeys(meta) {
		switch {
		case field == "labels" || field == "annotations":
		case field == "name" || field == "namespace":
			add("metadata."+field, "it is the federated object's")
		case field == "creationTimestamp" || slices.Contains(copiedMeta, field):
			add("metadata."+field, "each API server keeps its own")
		default:
			add("metadata."+field, "KubeFed carries only labels from a template")
		}
	}
	for _, key := range []string{ManagedLabel, "kubernetes.io/metadata.name"} {
		if _, ok := obj.GetLabels()[key]; ok && (key == ManagedLabel || obj.GetKind() == namespaceKind) {
			add("metadata.labels["+key+"]", "written in each member by itself")
		}
	}
	if _, ok := obj.GetAnnotations()[lastApplied]; ok {
		add("metadata.annotations["+lastApplied+"]", "kubectl's own note")
	}
	slices.SortFunc(found, func(a, b Dropped) int { return strings.Compare(a.Path, b.Path) })
	return found
}
