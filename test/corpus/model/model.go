// Package model answers the cases of the corpus with package federation. Each
// function of it can be replaced, so that a test can plant an error and see
// whether the corpus finds it.
package model

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// object is short for what nearly every function takes.
type object = *unstructured.Unstructured

// Model are the functions of package federation that are held against KubeFed.
type Model struct {
	Place         func(federation.Type, object, object, []federation.Cluster, bool) (federation.Placement, error)
	Overrides     func(object) (map[string][]federation.Override, error)
	Apply         func(object, []federation.Override) error
	ForCreate     func(federation.Type, object, string) (object, error)
	ForUpdate     func(federation.Type, object, string, object) (object, error)
	TemplateHash  func(object) (string, error)
	OverridesHash func(object) (string, error)
	VersionOf     func(object) string
	NeedsUpdate   func(desired, live object, recorded string) bool
	Recorded      func(fed, version object) (map[string]string, error)
	Federate      func(federation.Type, object, federation.NewOptions) (object, []federation.Dropped, error)
	Observe       func(object, []corev1.Pod, metav1.Time) (*federation.Current, error)
	Plan          func(*v1alpha1.ReplicaSchedulingPreference, []federation.Candidate) (federation.Schedule, error)
	Schedulable   func(*v1alpha1.ReplicaSchedulingPreference, object, object, []federation.Cluster) ([]string, error)
	Reschedule    func(object, federation.Schedule) (object, error)
}

// New is the model as it is.
func New() Model {
	return Model{
		Place: federation.Place, Overrides: federation.Overrides, Apply: federation.Apply,
		ForCreate: federation.ForCreate, ForUpdate: federation.ForUpdate,
		TemplateHash: federation.TemplateHash, OverridesHash: federation.OverridesHash,
		VersionOf: federation.VersionOf, NeedsUpdate: federation.NeedsUpdate, Recorded: federation.Recorded,
		Federate: federation.Federate, Observe: federation.Observe, Plan: federation.Plan,
		Schedulable: federation.Schedulable, Reschedule: federation.Reschedule,
	}
}
