package federation

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// ManagedLabel marks what KubeFed manages in a member: "true" on its own
// objects; "false" is a user's order to keep away
// (controller/util/managedlabel.go).
const ManagedLabel = "kubefed.io/managed"

// IsManaged tells whether KubeFed sees this object of a member as its own.
func IsManaged(live *unstructured.Unstructured) bool {
	return live.GetLabels()[ManagedLabel] == "true"
}

// IsUnmanaged tells whether the label forbids KubeFed to manage the object.
func IsUnmanaged(live *unstructured.Unstructured) bool {
	return live.GetLabels()[ManagedLabel] == "false"
}

// Released is the object as KubeFed leaves it when it lets go of it: without
// the label that says "true", the rest as it was.
func Released(live *unstructured.Unstructured) *unstructured.Unstructured {
	obj := live.DeepCopy()
	if labels := obj.GetLabels(); labels[ManagedLabel] == "true" {
		delete(labels, ManagedLabel)
		obj.SetLabels(labels)
	}
	return obj
}

func addManagedLabel(obj *unstructured.Unstructured) {
	labels := stringsIn(obj, "labels")
	if labels == nil {
		labels = map[string]string{}
	}
	labels[ManagedLabel] = "true"
	obj.SetLabels(labels)
}

// stringsIn reads labels or annotations as the libraries do that KubeFed was
// released with: where one of the values is no string, be it a null, there are
// none at all. Newer libraries take a null for an empty string.
func stringsIn(obj *unstructured.Unstructured, field string) map[string]string {
	m, _, err := unstructured.NestedStringMap(obj.Object, "metadata", field)
	if err != nil {
		return nil
	}
	return m
}

// OrphanAnnotation on a federated object, with the value "true", lets KubeFed
// leave the targets running when the object is deleted
// (controller/util/orphaninganotation.go).
const OrphanAnnotation = "kubefed.io/orphan"

// SyncFinalizer on a federated object keeps it until KubeFed has removed, or
// let go of, what the members have of it (sync/controller.go).
const SyncFinalizer = "kubefed.io/sync-controller"

// IsOrphaning tells whether deleting the federated object leaves its targets
// running (controller/util/orphaninganotation.go).
func IsOrphaning(fed *unstructured.Unstructured) bool {
	return fed.GetAnnotations()[OrphanAnnotation] == "true"
}

// HasSyncFinalizer tells whether KubeFed still has a say in the deletion of
// the federated object: without its finalizer it removes nothing
// (sync/controller.go, ensureDeletion).
func HasSyncFinalizer(fed *unstructured.Unstructured) bool {
	for _, f := range fed.GetFinalizers() {
		if f == SyncFinalizer {
			return true
		}
	}
	return false
}
