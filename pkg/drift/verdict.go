package drift

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
	Blocked     Verdict = "blocked"
	Unknown     Verdict = "unknown"
)

// Differs tells whether the verdict counts as something found. What is
// unknown is no finding: it was not compared.
func (v Verdict) Differs() bool {
	switch v {
	case InSync, NotTargeted, Unknown:
		return false
	}
	return true
}

// Result is one object in one member.
type Result struct {
	Cluster string   `json:"cluster"`
	Verdict Verdict  `json:"verdict"`
	Cause   string   `json:"cause,omitempty"`
	Changes []Change `json:"changes,omitempty"`
}

// Object is one federated object in all members.
type Object struct {
	// ID is namespace, resource and name: "shop/deployments/web".
	ID      string   `json:"id"`
	Results []Result `json:"results"`
}

// Differs tells whether any member has something found.
func (o Object) Differs() bool {
	for _, r := range o.Results {
		if r.Verdict.Differs() {
			return true
		}
	}
	return false
}
