package diagnosis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// overrideLink looks at template and overrides: what KubeFed can't work out, it writes nowhere.
func (x *examination) overrideLink() {
	overrides, err := federation.Overrides(x.Federated)
	text := "none"
	if len(overrides) > 0 {
		text = overridden(overrides)
	}
	if err != nil {
		text = "can't be read"
	}
	x.step(Override, text)
	for _, p := range x.members {
		if !p.placed || p.NotServed || x.Diagnosis.Deleting || p.Result.Verdict == drift.Unknown {
			continue
		}
		render := x.rendered(p)
		if render == nil || render.Status == federation.ManagedLabelFalse {
			continue
		}
		x.mark(p.Name, Blocked, render.Err.Error())
		x.fault(Fault{
			Link: Override, Clusters: []string{p.Name}, Status: string(render.Status), Title: renderTitles[render.Status],
			Cause: render.Err.Error(), Remedy: render.Status.Meaning().Remedy, Command: x.mendRender(p, overrides, render),
		})
	}
}

var renderTitles = map[federation.Status]string{
	federation.ComputeResourceFailed: "the template can't be read",
	federation.FieldRetentionFailed:  "a field has the wrong type",
	federation.ApplyOverridesFailed:  "the overrides can't be applied",
}

// mendRender is the command for an object that can't be worked out. Overrides that fit a cluster by themselves can
// be taken away with a command; anything else has to be written anew.
func (x *examination) mendRender(p patient, overrides map[string][]federation.Override, render *federation.RenderError) string {
	if render.Status != federation.ApplyOverridesFailed || len(overrides[p.Name]) == 0 {
		return x.edit()
	}
	for i, o := range overrides[p.Name] {
		if _, err := federation.ForCreate(x.Type, x.without(overrides, p.Name, i), p.Name); err == nil {
			return x.fed("override", "--clusters "+p.Name+" --unset "+o.Path)
		}
	}
	return x.edit()
}

func overridden(overrides map[string][]federation.Override) string {
	var names []string
	for name, list := range overrides {
		names = append(names, fmt.Sprintf("%d for %s", len(list), name))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// propagationLink looks at what KubeFed wrote, and what it came to.
func (x *examination) propagationLink() {
	x.step(Propagation, "")
	step := len(x.Diagnosis.Chain) - 1
	for _, p := range x.members {
		if x.faulty(p.Name) {
			continue
		}
		x.propagated(p)
	}
	x.handled()
	x.Diagnosis.Chain[step].Text = x.counted()
	if x.Diagnosis.Deleting {
		x.deletion()
	}
}

// faulty tells whether a link above has a fault for the member.
func (x *examination) faulty(name string) bool {
	return slices.ContainsFunc(x.Diagnosis.Faults, func(f Fault) bool { return !f.Settled && slices.Contains(f.Clusters, name) })
}

// counted says how many members are in which state.
func (x *examination) counted() string {
	var parts []string
	for _, s := range States {
		var names []string
		for _, c := range x.Diagnosis.Cells {
			if c.State == s || s == InSync && c.State == NotReady {
				names = append(names, c.Cluster)
			}
		}
		if len(names) > 0 && s != NotReady && s != NotTargeted {
			parts = append(parts, strings.Join(names, ", ")+" "+string(s))
		}
	}
	if len(parts) == 0 {
		return "nothing to propagate"
	}
	return strings.Join(parts, "; ")
}

// handled says whether KubeFed has looked at the object as it is now.
func (x *examination) handled() {
	if x.Diagnosis.Deleting || federation.Ignored(x.Type, x.Federated, x.Calls.KubeFedNamespace) != "" || x.Federated.GetGeneration() == 0 {
		return
	}
	if observed := x.observed(); observed < x.Federated.GetGeneration() {
		x.fault(Fault{
			Link: Propagation, Waiting: true, Title: "KubeFed has not handled it as it is now",
			Cause: fmt.Sprintf("generation %d, and KubeFed has seen %d", x.Federated.GetGeneration(), observed),
		})
	}
	if x.reason() == federation.ClusterRetrievalFailed {
		x.fault(Fault{
			Link: Propagation, Status: string(federation.ClusterRetrievalFailed), Title: "KubeFed could not list its clusters",
			Cause:   x.warning("", string(federation.ClusterRetrievalFailed)),
			Command: x.inHost("kubectl rollout restart deployment "+ManagerName, x.Calls.KubeFedNamespace),
		})
	}
}

// propagated looks at one member.
func (x *examination) propagated(p patient) {
	switch p.Result.Verdict {
	case drift.Looping:
		x.fault(x.loop(p))
	case drift.LeftAlone:
		x.fault(Fault{
			Link: Propagation, Clusters: []string{p.Name}, Settled: true, Title: "it differs, and KubeFed leaves it alone",
			Cause: p.Result.Cause, Command: x.fed("diff", "--clusters "+p.Name),
		})
	case drift.Unknown:
		if p.isStuck() { // it does not answer us either, most likely for the same reason
			x.refused(p)
		}
	case drift.Blocked:
		x.refused(p)
	case drift.WillCreate, drift.WillUpdate, drift.WillAdopt, drift.WillDelete, drift.WillRelease:
		x.pending(p)
	}
}

// pending is a write that is still to come, or that KubeFed has tried in vain.
func (x *examination) pending(p patient) {
	if p.said == federation.Propagated || p.said == federation.WaitingForRemoval {
		x.fault(Fault{Link: Propagation, Clusters: []string{p.Name}, Waiting: true, Title: string(p.Result.Verdict), Cause: p.Result.Cause})
		return
	}
	if p.said.Meaning().Retry == federation.RetryOnChange {
		// What kept KubeFed from it is gone, and nobody told KubeFed.
		x.mark(p.Name, Blocked, "KubeFed does not try again by itself ("+string(p.said)+")")
		x.fault(Fault{
			Link: Propagation, Clusters: []string{p.Name}, Status: string(p.said), Title: "KubeFed does not try again",
			Cause:   "it said " + string(p.said) + ", for which there is no reason any more",
			Remedy:  p.said.Meaning().Retry.String(),
			Command: x.touch(),
		})
		return
	}
	x.refused(p)
}

// refused is a write that the member does not take, or that KubeFed can't send.
func (x *examination) refused(p patient) {
	cause := x.cause(p)
	x.mark(p.Name, Blocked, cause)
	f := Fault{Link: Propagation, Clusters: []string{p.Name}, Status: string(p.said), Title: x.refusedTitle(p), Cause: cause}
	f = x.mend(f, p)
	x.fault(f)
}

func (x *examination) refusedTitle(p patient) string {
	titles := map[federation.Status]string{
		federation.CreationFailed: "it can't be created", federation.CreationTimedOut: "its creation is not answered",
		federation.UpdateFailed: "it can't be updated", federation.UpdateTimedOut: "its update is not answered",
		federation.DeletionFailed: "it can't be deleted", federation.DeletionTimedOut: "its deletion is not answered",
		federation.LabelRemovalFailed: "it can't be let go", federation.LabelRemovalTimedOut: "its release is not answered",
		federation.AlreadyExists: "an object of this name is there already", federation.ManagedLabelFalse: "the object there is labelled not to be managed",
		federation.RetrievalFailed: "an object of this name is there and can't be read", federation.WaitingForRemoval: "its deletion is held up",
		federation.ClientRetrievalFailed: "KubeFed has no way into the cluster",
	}
	if title := titles[p.said]; title != "" {
		return title
	}
	switch {
	case p.Result.Live == nil:
		return "it can't be created"
	case p.Result.Live.GetDeletionTimestamp() != nil:
		return "its deletion is held up"
	case federation.IsUnmanaged(p.Result.Live):
		return titles[federation.ManagedLabelFalse]
	case !p.placed:
		return "it can't be deleted"
	case !federation.IsManaged(p.Result.Live):
		return "it can't be adopted"
	}
	return "it can't be updated"
}

// loop is an object that KubeFed and somebody else write in turns.
func (x *examination) loop(p patient) Fault {
	f := Fault{Link: Propagation, Clusters: []string{p.Name}, Title: "it is written again and again", Cause: p.Result.Cause}
	overrides, err := federation.Overrides(x.Federated)
	if err == nil {
		for _, o := range overrides[p.Name] {
			if o.Path == "/metadata/annotations" {
				f.Command = x.fed("override", "--clusters "+p.Name+" --unset "+o.Path)
				return f
			}
		}
	}
	for _, change := range p.Result.Changes {
		if change.Path == "/spec/replicas" {
			f.Remedy = "KubeFed leaves the replicas to the cluster where retainReplicas is set"
			f.Command = x.inHost("kubectl patch "+x.resource()+` --type=merge -p '{"spec":{"retainReplicas":true}}'`, x.Federated.GetNamespace())
			return f
		}
	}
	f.Command = x.fed("diff", "--clusters "+p.Name)
	return f
}

// deletion looks at a federated object that is being deleted: KubeFed keeps it until its targets are gone.
func (x *examination) deletion() {
	since := ago(x.Now, *x.Federated.GetDeletionTimestamp())
	var there []string
	for _, p := range x.members {
		if p.placed && p.Result.Live != nil && federation.IsManaged(p.Result.Live) {
			there = append(there, p.Name)
		}
	}
	var others []string
	for _, finalizer := range x.Federated.GetFinalizers() {
		if finalizer != "kubefed.io/sync-controller" {
			others = append(others, finalizer)
		}
	}
	f := Fault{Link: Propagation, Waiting: true, Title: "it is being deleted, for " + since}
	switch {
	case len(there) > 0:
		f.Cause = "still in " + strings.Join(there, ", ")
	case len(others) > 0 && !federation.HasSyncFinalizer(x.Federated):
		f.Waiting, f.Cause = false, "held up by the finalizer "+strings.Join(others, ", ")
		f.Command = x.inHost("kubectl patch "+x.resource()+` --type=merge -p '{"metadata":{"finalizers":null}}'`, x.Federated.GetNamespace())
	}
	x.Diagnosis.Faults = append(x.Diagnosis.Faults, f)
	for i, fault := range x.Diagnosis.Faults {
		if fault.Link == MemberReady && fault.Status == string(federation.ClusterNotReady) {
			x.Diagnosis.Faults[i].Title = "the cluster is not ready, and the deletion waits for it"
		}
	}
}
