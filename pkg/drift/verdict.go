package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Verdict says in a few words how a member stands to a federated object.
type Verdict string

// The verdicts.
const (
	InSync      Verdict = "in sync"
	WillCreate  Verdict = "will be created"
	WillUpdate  Verdict = "will be updated"
	WillAdopt   Verdict = "will be adopted"
	WillDelete  Verdict = "will be deleted"
	WillRelease Verdict = "will be released"
	NotTargeted Verdict = "not targeted"
	LeftAlone   Verdict = "left alone"
	Looping     Verdict = "looping"
	Blocked     Verdict = "blocked"
	Unknown     Verdict = "unknown"

	// Same and Different are for two objects that are held against each other,
	// with no write in view.
	Same      Verdict = "the same"
	Different Verdict = "different"
)

// Verdicts are all verdicts, the good ones first.
var Verdicts = []Verdict{
	InSync, Same, Different, WillCreate, WillUpdate, WillAdopt, WillDelete, WillRelease, LeftAlone, Looping, Blocked, NotTargeted, Unknown,
}

// Differs tells whether the verdict counts as something found. What is
// unknown is no finding: it was not compared.
func (v Verdict) Differs() bool {
	switch v {
	case InSync, Same, NotTargeted, Unknown:
		return false
	}
	return true
}

// Result is one object in one member.
type Result struct {
	Cluster string  `json:"cluster"`
	Verdict Verdict `json:"verdict"`
	// Action is the write that KubeFed will send, whatever the verdict: an object
	// whose deletion something else holds up is blocked, and deleted all the same.
	Action  Action   `json:"action,omitempty"`
	Cause   string   `json:"cause,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	// Live is what the member has, nil where it has nothing or was not asked.
	Live *unstructured.Unstructured `json:"-"`
	// After is what the member will have, as far as that is known: nil where
	// nothing changes.
	After *unstructured.Unstructured `json:"-"`
}

// Object is one federated object in all members.
type Object struct {
	// ID is namespace, resource and name of the target: "shop/deployments/web".
	ID string `json:"id"`
	// Federated names the federated object, and Target its target, by kind.
	Federated Reference `json:"federated"`
	Target    Reference `json:"target"`
	Results   []Result  `json:"results"`
}

// Reference names an object.
type Reference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Resource   string `json:"resource"` // plural, with its group: "deployments.apps"
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// IsSecret tells whether the values of the target must not be shown.
func (o Object) IsSecret() bool { return o.Target.Kind == "Secret" && o.Target.APIVersion == "v1" }

// Differs tells whether any member has something found.
func (o Object) Differs() bool {
	for _, r := range o.Results {
		if r.Verdict.Differs() {
			return true
		}
	}
	return false
}
