package diagnosis

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// examination is a diagnosis that is being made.
type examination struct {
	Facts
	Diagnosis Diagnosis
	members   []patient
}

// patient is a member while it is looked at.
type patient struct {
	Member
	placed  bool
	said    federation.Status // KubeFed's, of the object as it is now
	rollout RolloutState
}

// stateOf has the states of members whose verdict alone decides.
var stateOf = map[drift.Verdict]State{
	drift.InSync: InSync, drift.LeftAlone: Differs, drift.Looping: Looping, drift.Blocked: Blocked,
	drift.Unknown: Unreachable, drift.NotTargeted: NotTargeted,
	drift.WillCreate: Pending, drift.WillUpdate: Pending, drift.WillAdopt: Pending, drift.WillDelete: Pending, drift.WillRelease: Pending,
}

// lookAtMembers makes the cells; what is wrong is said link by link.
func (x *examination) lookAtMembers() {
	statuses := x.statuses()
	for _, m := range x.Members {
		p := patient{Member: m, placed: x.Placement.Has(m.Name), said: statuses[m.Name]}
		p.rollout = RolloutOf(m.Result.Live, m.Pods)
		x.members = append(x.members, p)
		x.Diagnosis.Cells = append(x.Diagnosis.Cells, p.cell())
	}
}

func (p patient) cell() Cell {
	c := Cell{Cluster: p.Name, State: stateOf[p.Result.Verdict], Cause: p.Result.Cause, Status: string(p.said), Images: p.rollout.Images}
	if p.rollout.Counts && c.State != NotTargeted {
		c.Ready, c.Desired = &p.rollout.Ready, &p.rollout.Desired
	}
	if c.State == InSync && p.rollout.Counts && !p.rollout.Done {
		c.State, c.Cause = NotReady, p.rollout.Title
	}
	return c
}

// timedOut tells whether KubeFed got no answer from the member.
func (p patient) timedOut() bool { return strings.HasSuffix(string(p.said), "TimedOut") }

// isStuck tells whether KubeFed reaches a member that does not answer here, and fails there.
func (p patient) isStuck() bool {
	return p.Ready && p.Result.Verdict == drift.Unknown && p.said != federation.Propagated && p.said != federation.ClusterNotReady
}

// cellOf is the cell of a member.
func (x *examination) cellOf(name string) *Cell {
	i := slices.IndexFunc(x.Diagnosis.Cells, func(c Cell) bool { return c.Cluster == name })
	return &x.Diagnosis.Cells[i]
}

// statuses are KubeFed's own of the members, if they are about the federated object as it is now.
func (x *examination) statuses() map[string]federation.Status {
	all := map[string]federation.Status{}
	if x.observed() != x.Federated.GetGeneration() {
		return all
	}
	value, _, _ := unstructured.NestedFieldNoCopy(x.Federated.Object, "status", "clusters")
	clusters, _ := value.([]any)
	for _, one := range clusters {
		if c, ok := one.(map[string]any); ok {
			name, _ := c["name"].(string)
			status, _ := c["status"].(string)
			all[name] = federation.Status(status)
		}
	}
	return all
}

// observed is the generation of the federated object that KubeFed has handled last, 0 for none.
func (x *examination) observed() int64 {
	n, _, _ := unstructured.NestedInt64(x.Federated.Object, "status", "observedGeneration")
	return n
}

// reason is that of KubeFed's condition for the object as a whole.
func (x *examination) reason() federation.ConditionReason {
	value, _, _ := unstructured.NestedFieldNoCopy(x.Federated.Object, "status", "conditions")
	conditions, _ := value.([]any)
	for _, one := range conditions {
		if c, ok := one.(map[string]any); ok && c["type"] == "Propagation" {
			reason, _ := c["reason"].(string)
			return federation.ConditionReason(reason)
		}
	}
	return ""
}

// inCluster is how KubeFed's events about a member begin (sync/dispatch/operation.go in kubefed).
var inCluster = regexp.MustCompile(`^Failed to .*? in cluster "[^"]+": `)

// tried is a line with which KubeFed announces that it goes on: no failure.
const tried = "An update will be attempted instead of a creation"

// warning is the last that KubeFed said of a member in an event of the reason, without where it happened.
func (x *examination) warning(cluster, reason string) string {
	text, last := "", metav1.Time{}
	for _, w := range x.Warnings {
		if w.Cluster != cluster || reason != "" && w.Reason != reason || strings.Contains(w.Text, tried) || w.Last.Before(&last) {
			continue
		}
		text, last = inCluster.ReplaceAllString(w.Text, ""), w.Last
	}
	return text
}

// eventOf has the reasons of the events that belong to statuses; where a status has none here, its event has the reason
// of whatever was tried.
var eventOf = map[federation.Status]string{
	federation.CreationFailed: "CreateInClusterFailed", federation.RetrievalFailed: "CreateInClusterFailed", federation.AlreadyExists: "CreateInClusterFailed",
	federation.UpdateFailed: "UpdateInClusterFailed", federation.ManagedLabelFalse: "UpdateInClusterFailed", federation.FieldRetentionFailed: "UpdateInClusterFailed",
	federation.VersionRetrievalFailed: "UpdateInClusterFailed",
	federation.DeletionFailed:         "DeleteInClusterFailed", federation.LabelRemovalFailed: "RemoveManagedLabelFromInClusterFailed",
	federation.CachedRetrievalFailed: "CachedRetrievalFailed",
}

// cause is why KubeFed gave a member its status: what the member says to the same write now, else the event.
func (x *examination) cause(p patient) string {
	if p.Result.Verdict == drift.Blocked && p.Result.Cause != "" {
		return p.Result.Cause
	}
	if p.timedOut() {
		return p.said.Meaning().Text
	}
	if text := x.warning(p.Name, eventOf[p.said]); text != "" {
		return text
	}
	return p.said.Meaning().Text
}

// fault adds one; one that differs from another in the member only is added to that.
func (x *examination) fault(f Fault) {
	for i := range x.Diagnosis.Faults {
		other := &x.Diagnosis.Faults[i]
		if other.Link == f.Link && other.Title == f.Title && other.Cause == f.Cause && other.Waiting == f.Waiting && len(f.Clusters) > 0 && len(other.Clusters) > 0 {
			other.Clusters = append(other.Clusters, f.Clusters...)
			if other.Command != "" && f.Command != "" && !strings.Contains(other.Command, f.Command) {
				other.Command += " && " + f.Command // each in its own cluster
			}
			return
		}
	}
	x.Diagnosis.Faults = append(x.Diagnosis.Faults, f)
}

// mark gives a member's cell the state and the cause of a fault.
func (x *examination) mark(name string, s State, cause string) {
	c := x.cellOf(name)
	if s.Rank() <= c.State.Rank() {
		c.State, c.Cause = s, cause
	}
}

func (x *examination) step(link Link, text string, notes ...string) {
	x.Diagnosis.Chain = append(x.Diagnosis.Chain, Step{Link: link, State: InSync, Text: text, Notes: notes})
}

// settleStates gives every link the state of its worst fault, and to those below a broken one that is about all
// members, that it is not reached.
func (x *examination) settleStates() {
	cut := false
	for i := range x.Diagnosis.Chain {
		step := &x.Diagnosis.Chain[i]
		if cut || step.State == "" {
			step.State = NotTargeted
		} else if step.Link == Propagation {
			step.State = x.worstPropagation()
		}
		for _, f := range x.Diagnosis.Faults {
			if f.Link != step.Link {
				continue
			}
			switch {
			case f.Waiting:
				step.State = worse(step.State, Pending)
			case f.Settled:
				step.State = worse(step.State, Differs)
			default:
				step.State = Blocked
				cut = cut || len(f.Clusters) == 0
			}
		}
	}
}

// worstPropagation is the worst of what members have, whatever the link that it lies with.
func (x *examination) worstPropagation() State {
	worst := InSync
	for _, c := range x.Diagnosis.Cells {
		if c.State != NotReady {
			worst = worse(worst, c.State)
		}
	}
	return worst
}

// rendered is why KubeFed can't work out the object for a member, nil where it can.
func (x *examination) rendered(p patient) *federation.RenderError {
	var err error
	if live := p.Result.Live; live == nil {
		_, err = federation.ForCreate(x.Type, x.Federated, p.Name)
	} else {
		_, err = federation.ForUpdate(x.Type, x.Federated, p.Name, live)
	}
	var render *federation.RenderError
	if errors.As(err, &render) {
		return render
	}
	return nil
}
