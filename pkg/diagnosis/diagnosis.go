package diagnosis

import (
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// Link is one link of the chain.
type Link string

// The links, from the top to the bottom.
const (
	Type        Link = "type"
	Namespace   Link = "namespace"
	Placement   Link = "placement"
	MemberReady Link = "member"
	Override    Link = "override"
	Propagation Link = "propagation"
	Rollout     Link = "rollout"
)

// Links are all links in their order.
var Links = []Link{Type, Namespace, Placement, MemberReady, Override, Propagation, Rollout}

// State says in a few words how a member, or a link, stands.
type State string

// The states of a member, the worst first. A link is InSync, Pending, Blocked, Unreachable or NotTargeted.
const (
	Blocked     State = "blocked"
	Looping     State = "looping"
	NotReady    State = "not ready"
	Unreachable State = "unreachable"
	Differs     State = "differs"
	Pending     State = "pending"
	InSync      State = "in sync"
	NotTargeted State = "not targeted"
)

// States are all states, the worst first.
var States = []State{Blocked, Looping, NotReady, Unreachable, Differs, Pending, InSync, NotTargeted}

// Rank is the place of a state among all, 0 for the worst.
func (s State) Rank() int { return slices.Index(States, s) }

// Fault is one thing that stands between the object and pods that run.
type Fault struct {
	Link Link `json:"link"`
	// Clusters are the members that it is about; none for all of them.
	Clusters []string `json:"clusters,omitempty"`
	// Waiting says that it mends itself, as far as can be told.
	Waiting bool `json:"waiting,omitempty"`
	// Settled says that KubeFed has done what it will ever do about it: it is not what was asked for all the same.
	Settled bool `json:"settled,omitempty"`
	// Status is KubeFed's word for it, where it has one.
	Status string `json:"status,omitempty"`
	// Title says in a few words what is wrong.
	Title string `json:"title"`
	// Cause is what those said who refused, or who gave up.
	Cause string `json:"cause,omitempty"`
	// Remedy says what to do, or what happens by itself.
	Remedy string `json:"remedy,omitempty"`
	// Command mends it, or shows what there is to decide.
	Command string `json:"command,omitempty"`
}

// Cell is one object in one member.
type Cell struct {
	Cluster string `json:"cluster"`
	State   State  `json:"state"`
	// Ready and Desired count replicas, completions or pods; both are missing where nothing is counted.
	Ready   *int64 `json:"ready,omitempty"`
	Desired *int64 `json:"desired,omitempty"`
	// Status is KubeFed's own for the member, about the object as it is now; empty where it is content.
	Status string `json:"status,omitempty"`
	// Cause is why the cell is not in sync.
	Cause  string   `json:"cause,omitempty"`
	Images []string `json:"images,omitempty"`
}

// Step is what is to be said of a link.
type Step struct {
	Link  Link   `json:"link"`
	State State  `json:"state"`
	Text  string `json:"text,omitempty"`
	// Notes are what one may want to know, and what breaks nothing.
	Notes []string `json:"notes,omitempty"`
}

// Diagnosis is one federated object, link by link and member by member.
type Diagnosis struct {
	ID        string          `json:"id"`
	Federated drift.Reference `json:"federated"`
	Deleting  bool            `json:"deleting,omitempty"`
	Chain     []Step          `json:"chain"`
	Cells     []Cell          `json:"members"`
	// Faults are in the order of the chain: the first is the broken link.
	Faults []Fault `json:"faults,omitempty"`
}

// Broken is the first fault that keeps KubeFed from its work and does not mend itself, else the first of all; nil
// where there is none.
func (d *Diagnosis) Broken() *Fault {
	for i, f := range d.Faults {
		if !f.Waiting && !f.Settled {
			return &d.Faults[i]
		}
	}
	if len(d.Faults) > 0 {
		return &d.Faults[0]
	}
	return nil
}

// Reason is what the broken link is, in few words that don't change with the time; "" where there is none.
func (d *Diagnosis) Reason() string {
	broken := d.Broken()
	if broken == nil {
		return ""
	}
	return string(broken.Link) + " " + strings.Join(broken.Clusters, ",") + " " + broken.Status + broken.Cause
}

// Worst is the worst state of any member. What is wrong with the object as a whole counts as well.
func (d *Diagnosis) Worst() State {
	worst := NotTargeted
	for _, c := range d.Cells {
		worst = worse(worst, c.State)
	}
	for _, f := range d.Faults {
		switch {
		case f.Waiting:
			worst = worse(worst, Pending)
		case f.Settled:
			worst = worse(worst, Differs)
		case len(f.Clusters) == 0:
			worst = worse(worst, Blocked)
		}
	}
	return worst
}

func worse(a, b State) State {
	if b.Rank() < a.Rank() {
		return b
	}
	return a
}

// Propagated tells whether every member has what KubeFed will give it, and nothing that it will take away.
func (d *Diagnosis) Propagated() bool { return d.settled(InSync, NotReady, NotTargeted) }

// Ready tells whether it runs there besides.
func (d *Diagnosis) Ready() bool { return d.settled(InSync, NotTargeted) }

func (d *Diagnosis) settled(states ...State) bool {
	open := func(f Fault) bool { return f.Link != Rollout && !f.Settled }
	if d.Deleting || slices.ContainsFunc(d.Faults, open) {
		return false
	}
	return !slices.ContainsFunc(d.Cells, func(c Cell) bool { return !slices.Contains(states, c.State) })
}

// Diagnose judges the facts.
func Diagnose(f Facts) Diagnosis {
	x := &examination{Facts: f}
	x.Diagnosis = Diagnosis{ID: f.ID, Federated: f.reference(), Deleting: f.Federated.GetDeletionTimestamp() != nil}
	x.lookAtMembers()
	x.typeLink()
	x.namespaceLink()
	x.placementLink()
	x.memberLink()
	x.overrideLink()
	x.propagationLink()
	x.rolloutLink()
	slices.SortStableFunc(x.Diagnosis.Faults, func(a, b Fault) int {
		return slices.Index(Links, a.Link) - slices.Index(Links, b.Link)
	})
	x.settleStates()
	return x.Diagnosis
}

func (f Facts) reference() drift.Reference {
	api := f.Type.Federated
	return drift.Reference{
		APIVersion: api.APIVersion(), Kind: api.Kind, Resource: api.Resource().String(),
		Namespace: f.Federated.GetNamespace(), Name: f.Federated.GetName(),
	}
}
