package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Rule is one part of KubeFed's arithmetic.
type Rule string

// The rules, with what of a Case each of them reads.
const (
	Placement Rule = "placement" // Type, Federated, FederatedNamespace, Clusters, Limited
	Overrides Rule = "overrides" // Federated
	Patch     Rule = "patch"     // Live, Steps
	Create    Rule = "create"    // Type, Federated, Cluster
	Update    Rule = "update"    // Type, Federated, Cluster, Live: retention as well
	Hashes    Rule = "hashes"    // Federated
	Needs     Rule = "needs"     // Federated for desired, Live, Recorded
	Recorded  Rule = "recorded"  // Type, Federated, Versions, Cluster
	Convert   Rule = "convert"   // Type, Live
	Pods      Rule = "pods"      // Live, Pods
	Plan      Rule = "plan"      // Preference, States
	Schedule  Rule = "schedule"  // all of a preference's reconciliation: see Case
)

// Rules are all rules, the cheap ones first.
var Rules = []Rule{Patch, Placement, Overrides, Hashes, Needs, Convert, Pods, Plan, Create, Update, Recorded, Schedule}

// Case is one question. Objects are JSON as an API server would send it.
type Case struct {
	Rule Rule   `json:"rule"`
	Seed uint64 `json:"seed"`
	// Type is the name of the FederatedTypeConfig: see Config.
	Type string `json:"type,omitempty"`

	Federated          json.RawMessage `json:"federated,omitempty"`
	FederatedNamespace json.RawMessage `json:"federatedNamespace,omitempty"`
	Live               json.RawMessage `json:"live,omitempty"`

	Clusters []Cluster       `json:"clusters,omitempty"`
	Cluster  string          `json:"cluster,omitempty"`
	Limited  bool            `json:"limited,omitempty"` // a control plane for one namespace
	Steps    json.RawMessage `json:"steps,omitempty"`
	Recorded string          `json:"recorded,omitempty"`
	Versions *Versions       `json:"versions,omitempty"`

	Preference json.RawMessage            `json:"preference,omitempty"`
	States     map[string]State           `json:"states,omitempty"`
	Workloads  map[string]json.RawMessage `json:"workloads,omitempty"` // of a schedule, in each cluster
	Pods       json.RawMessage            `json:"pods,omitempty"`      // a PodList
}

// Cluster is a member.
type Cluster struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Ready  bool              `json:"ready,omitempty"`
}

// Versions is a PropagatedVersion. Where a hash is not stale it is the one that
// belongs to the federated object.
type Versions struct {
	StaleTemplate  bool              `json:"staleTemplate,omitempty"`
	StaleOverrides bool              `json:"staleOverrides,omitempty"`
	Clusters       map[string]string `json:"clusters,omitempty"`
}

// State is what a cluster has of a workload when replicas are planned.
type State struct {
	Current  *int64 `json:"current,omitempty"`
	Capacity *int64 `json:"capacity,omitempty"`
}

// String names the case and shows it: what is needed to look into a mismatch.
func (c Case) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		return fmt.Sprintf("corpus.Generate(%q, %d): %v", c.Rule, c.Seed, err)
	}
	return fmt.Sprintf("corpus.Generate(%q, %d)\n%s", c.Rule, c.Seed, raw)
}

// Answer is what comes of a case: a value, or the word for the step that failed.
type Answer struct {
	// Value has whole numbers and fractions told apart: see Tagged.
	Value any `json:"value,omitempty"`
	// Failed is empty where there is a value.
	Failed string `json:"failed,omitempty"`
	// Crashed is set where KubeFed's controller would crash.
	Crashed bool `json:"crashed,omitempty"`
}

// Refused is the answer of a rule that has no steps to tell apart.
const Refused = "refused"

// Refusal is the answer for an error, and empty for none.
func Refusal(err error) Answer {
	if err == nil {
		return Answer{}
	}
	return Answer{Failed: Refused}
}

// Agree tells whether the model's answer is right. Where KubeFed crashes, the
// model has to refuse.
func Agree(kubefed, model Answer) bool {
	if kubefed.Crashed {
		return model.Failed != "" && !model.Crashed
	}
	return bytes.Equal(kubefed.text(), model.text())
}

// text is the answer in a form that equal answers share: JSON sorts maps.
func (a Answer) text() []byte {
	raw, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("an answer holds what JSON can't: %v", err))
	}
	return raw
}

// Tagged marks every fraction in a value, so that 5 and 5.0 stay apart in JSON.
func Tagged(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, child := range v {
			out[key] = Tagged(child)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, child := range v {
			out[i] = Tagged(child)
		}
		return out
	case float64:
		return map[string]any{"float": v}
	}
	return value
}
