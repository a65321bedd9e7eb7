package diagnosis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// typeLink looks at the type: enabled, handled by a controller that runs, and served by the members.
func (x *examination) typeLink() {
	name := x.Type.Name
	x.step(Type, name+", federated and served by "+x.all("members"))
	step := &x.Diagnosis.Chain[len(x.Diagnosis.Chain)-1]
	if !x.Type.PropagationEnabled {
		step.Text = name + ", not propagated"
		x.fault(Fault{
			Link: Type, Title: "propagation of " + name + " is disabled",
			Remedy:  "KubeFed does nothing for this type until it is enabled",
			Command: x.inHost(`kubectl patch federatedtypeconfig `+name+` --type=merge -p '{"spec":{"propagation":"Enabled"}}'`, x.Calls.KubeFedNamespace),
		})
	}
	if c := x.Control; c != nil {
		switch {
		case !c.Working:
			step.Text = name + ", federated"
			x.fault(first2(c.Faults))
		case slices.Contains(c.Stopped, name) && x.Type.PropagationEnabled:
			step.Text = name + ", federated"
			x.fault(Fault{
				Link: Type, Title: "KubeFed's controller of " + name + " does not run",
				Cause:   "the FederatedTypeConfig says so in status.propagationController",
				Command: x.inHost("kubectl rollout restart deployment "+ManagerName, x.Calls.KubeFedNamespace),
			})
		}
	}
	x.unserved(step)
}

func first2(faults []Fault) Fault {
	if len(faults) == 0 {
		return Fault{Link: Type, Title: "KubeFed's controllers do not run"}
	}
	return faults[0]
}

// unserved names the members that don't serve the type.
func (x *examination) unserved(step *Step) {
	var names []string
	for _, p := range x.members {
		if p.NotServed {
			names = append(names, p.Name)
			x.mark(p.Name, Blocked, "the type is not served there")
			x.fault(Fault{
				Link: Type, Clusters: []string{p.Name}, Title: x.Type.Name + " is not served",
				Cause:   fmt.Sprintf("the cluster does not serve %s in version %s", x.Type.Target.Resource(), x.Type.Target.Version),
				Remedy:  "KubeFed's controller of the type may stand still for all clusters until it does",
				Command: p.inMember("kubectl api-resources --api-group="+strconv.Quote(x.Type.Target.Group), ""),
			})
		}
	}
	if len(names) > 0 {
		step.Text = x.Type.Name + ", federated, not served by " + strings.Join(names, ", ")
	}
}

func (x *examination) all(what string) string {
	if len(x.members) == 1 {
		return x.members[0].Name
	}
	return "all " + what
}

// namespaceLink looks at the namespace: an object goes where its namespace goes.
func (x *examination) namespaceLink() {
	namespace := x.Federated.GetNamespace()
	switch ignored := federation.Ignored(x.Type, x.Federated, x.Calls.KubeFedNamespace); {
	case ignored != "":
		x.step(Namespace, namespace)
		x.ignored(ignored)
		return
	case x.Type.IsNamespace():
		x.step(Namespace, "federated itself")
		return
	case !x.Type.Target.Namespaced:
		x.step(Namespace, "none: "+x.Type.Name+" have none")
		return
	case x.Namespace == nil && !x.anyExcluded(federation.NamespaceNotFederated):
		x.step(Namespace, namespace+", which is the control plane's own")
		return
	case x.Namespace == nil:
		x.step(Namespace, namespace+", not federated")
		f := Fault{
			Link: Namespace, Status: string(federation.OutsideFederation), Title: "the namespace " + namespace + " is not federated",
			Cause:   "KubeFed places nothing in a namespace without a FederatedNamespace " + namespace + "/" + namespace,
			Command: x.inHost("kubectl fed federate namespace "+namespace, ""),
		}
		if x.Misplaced != "" {
			f.Cause += "; there is one in the namespace " + x.Misplaced + ", where it does not count"
			f.Command = MoveNamespace(namespace, x.Misplaced, x.Calls.HostFlag)
		}
		x.fault(f)
		return
	}
	x.step(Namespace, namespace+", federated"+x.namespaceTo())
	x.excluded(namespace)
}

// ignored is a FederatedNamespace that KubeFed never looks at.
func (x *examination) ignored(why string) {
	name, in := x.Federated.GetName(), x.Federated.GetNamespace()
	f := Fault{Link: Namespace, Title: "KubeFed ignores it", Cause: why, Settled: true}
	if name != in {
		f.Title, f.Settled = "it lies in the wrong namespace", false
		f.Command = MoveNamespace(name, in, x.Calls.HostFlag)
	}
	x.fault(f)
}

// MoveNamespace is the command that puts a FederatedNamespace where KubeFed looks for it.
func MoveNamespace(name, from, hostFlag string) string {
	return fmt.Sprintf("kubectl fed federate namespace %s%s && kubectl delete federatednamespace %s -n %s%s", name, hostFlag, name, from, hostFlag)
}

func (x *examination) anyExcluded(code federation.ReasonCode) bool {
	for _, reason := range x.Placement.Excluded {
		if reason.Code == code {
			return true
		}
	}
	return false
}

// namespaceTo says where the namespace is placed, by its own status or its list.
func (x *examination) namespaceTo() string {
	names := listed(x.Namespace)
	if names == nil {
		return " by labels"
	}
	if len(names) == 0 {
		return " to no cluster"
	}
	return " to " + strings.Join(names, ", ")
}

// excluded finds members that the object names and its namespace leaves out: KubeFed calls that propagated.
func (x *examination) excluded(namespace string) {
	wanted := listed(x.Federated)
	for _, p := range x.members {
		if x.Placement.Excluded[p.Name].Code != federation.NamespaceExcludes || !slices.Contains(wanted, p.Name) {
			continue
		}
		x.fault(Fault{
			Link: Namespace, Clusters: []string{p.Name}, Settled: true, Title: "the namespace is not placed there",
			Cause:   "the object names the cluster and FederatedNamespace " + namespace + " does not; KubeFed calls that propagated",
			Command: x.placeNamespace(namespace, wanted),
		})
	}
}

// placeNamespace adds the clusters that an object names to the placement of its namespace.
func (x *examination) placeNamespace(namespace string, wanted []string) string {
	names := listed(x.Namespace)
	for _, name := range wanted {
		if !slices.Contains(names, name) && !slices.Contains(x.Placement.Unknown, name) {
			names = append(names, name)
		}
	}
	return x.inHost("kubectl patch federatednamespace "+namespace+" --type=merge -p '"+placementPatch(names)+"'", namespace)
}

func placementPatch(names []string) string {
	var refs []string
	for _, name := range names {
		refs = append(refs, fmt.Sprintf(`{"name":%q}`, name))
	}
	return `{"spec":{"placement":{"clusters":[` + strings.Join(refs, ",") + `]}}}`
}

// listed are the clusters that a placement names; nil where it has no list.
func listed(fed *unstructured.Unstructured) []string {
	if fed == nil {
		return nil
	}
	value, found, _ := unstructured.NestedFieldNoCopy(fed.Object, "spec", "placement", "clusters")
	refs, ok := value.([]any)
	if !found || !ok {
		return nil
	}
	names := []string{}
	for _, one := range refs {
		if ref, ok := one.(map[string]any); ok {
			name, _ := ref["name"].(string)
			names = append(names, name)
		}
	}
	return names
}

// placementLink looks at where the object goes.
func (x *examination) placementLink() {
	if x.Unplaceable != "" {
		x.step(Placement, "can't be read")
		x.fault(Fault{
			Link: Placement, Status: string(federation.ComputePlacementFailed), Title: "the placement can't be read",
			Cause: x.Unplaceable, Remedy: federation.ComputePlacementFailed.Meaning().Remedy, Command: x.edit(),
		})
		return
	}
	how := " (by name)"
	if listed(x.Federated) == nil {
		how = " (by label)"
	}
	text := "no cluster"
	if len(x.Placement.Clusters) > 0 {
		text = strings.Join(x.Placement.Clusters, ", ") + how
	}
	x.step(Placement, text, x.leftOut()...)
	for _, name := range x.Placement.Unknown {
		x.fault(Fault{
			Link: Placement, Settled: true, Title: name + " is not a member",
			Cause:   "the placement names it, and KubeFed passes over it in silence",
			Command: x.inHost("kubectl fed join "+name, ""),
		})
	}
	if len(x.Placement.Clusters) == 0 {
		x.nowhere()
	}
}

// nowhere is an object that is placed in no cluster, for a reason of its own.
func (x *examination) nowhere() {
	for _, reason := range x.Placement.Excluded {
		switch reason.Code {
		case federation.NamespaceNotFederated, federation.NamespaceExcludes:
			return // said at the namespace
		}
	}
	var why []string
	for _, p := range x.members {
		if reason := x.Placement.Excluded[p.Name].String(); reason != "" && !slices.Contains(why, reason) {
			why = append(why, reason)
		}
	}
	f := Fault{Link: Placement, Title: "it is placed nowhere", Cause: strings.Join(why, "; "), Settled: true}
	var names []string
	for _, p := range x.members {
		names = append(names, p.Name)
	}
	if len(names) > 0 {
		f.Command = x.inHost("kubectl patch "+x.resource()+" --type=merge -p '"+placementPatch(names)+"'", x.Federated.GetNamespace())
	}
	x.fault(f)
}

// leftOut says of members that are not placed why not.
func (x *examination) leftOut() []string {
	var notes []string
	for _, p := range x.members {
		if reason := x.Placement.Excluded[p.Name]; reason.Code != "" && len(x.Placement.Clusters) > 0 {
			notes = append(notes, "not "+p.Name+": "+reason.String())
		}
	}
	return notes
}

// memberLink looks at the members: KubeFed does nothing for one that is not ready.
func (x *examination) memberLink() {
	var ready, not []string
	for _, p := range x.members {
		switch {
		case !p.placed:
		case !p.Ready:
			not = append(not, p.Name)
			x.notReady(p)
		default:
			ready = append(ready, p.Name)
		}
		if p.Ready && p.Result.Verdict == drift.Unknown && !p.NotServed && !p.isStuck() {
			x.fault(Fault{
				Link: MemberReady, Clusters: []string{p.Name}, Settled: true, Title: "not reached from here", Cause: p.Result.Cause,
				Remedy: "KubeFed itself calls it ready", Command: x.inHost("kubectl fed fix-server "+p.Name, ""),
			})
		}
	}
	text := strings.Join(ready, ", ") + " ready"
	switch {
	case len(ready) == 0 && len(not) == 0:
		text = "none is needed"
	case len(ready) == 0:
		text = strings.Join(not, ", ") + " not ready"
	case len(not) > 0:
		text += "; " + strings.Join(not, ", ") + " not ready"
	}
	x.step(MemberReady, text)
}

func (x *examination) notReady(p patient) {
	x.mark(p.Name, Unreachable, "not ready: "+p.NotReady)
	x.fault(Fault{
		Link: MemberReady, Clusters: []string{p.Name}, Status: string(federation.ClusterNotReady), Title: "the cluster is not ready",
		Cause: p.NotReady, Remedy: federation.RetryWhenReady.String(), Command: x.inHost(Revive(p.Name, p.NotReady), ""),
	})
}

// Revive is the command for a member that is not ready for a reason.
func Revive(name, reason string) string {
	for _, lost := range []string{"ecret", "oken", "Unauthorized", "nauthorized"} {
		if strings.Contains(reason, lost) {
			return "kubectl fed join " + name + " --refresh"
		}
	}
	return "kubectl fed fix-server " + name
}
