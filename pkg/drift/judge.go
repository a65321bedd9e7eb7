package drift

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Input is what is known of one federated object and one member.
type Input struct {
	Type      federation.Type
	Federated *unstructured.Unstructured
	Cluster   string
	// Placed and Reason are the member's part of the object's placement.
	Placed bool
	Reason federation.Reason
	// Live is the target in the member, labelled or not; nil where there is
	// none.
	Live *unstructured.Unstructured
	// Recorded is the version in KubeFed's PropagatedVersion, see
	// federation.Recorded.
	Recorded string
	// NoAdoption is set where the KubeFedConfig disables adoptResources.
	NoAdoption bool
	// NotReady is set where KubeFed holds the member for not ready.
	NotReady bool
	// HostNamespace is the host cluster's own namespace of a
	// FederatedNamespace. It tells the target in the host cluster from the
	// others.
	HostNamespace *unstructured.Unstructured
	// KubeFedNamespace is the control plane's, which is not federated.
	KubeFedNamespace string

	// NotReadyCause is what KubeFed says of a member that is not ready.
	NotReadyCause string
	// Renderer is that of the federated object, where there is one that several
	// members share; it may be nil.
	Renderer *federation.Renderer
	// Unplaceable is why the placement can't be computed, empty where it can.
	Unplaceable string
	// Full wants the member to be asked even where nothing was touched since
	// KubeFed's last write.
	Full bool
	// Preference is the name of the scheduling preference that writes the
	// replicas of the object, empty where there is none.
	Preference string
	// Said is KubeFed's status of the member, SaidCause the event to it, and
	// Updates how often it has lately updated the object: see Explain.
	Said      Said
	SaidCause string
	Updates   Updates
	Now       metav1.Time
}

// Action is the request that KubeFed would send.
type Action string

// The actions. Update and Adopt are a PUT of Desired; Release is a patch that
// takes the label away.
const (
	None    Action = ""
	Create  Action = "create"
	Update  Action = "update"
	Adopt   Action = "adopt"
	Delete  Action = "delete"
	Release Action = "release"
)

// Decision is what KubeFed will do in one member, as far as can be told
// without asking it.
type Decision struct {
	Cluster string
	Action  Action
	Verdict Verdict
	Cause   string
	// Desired is the object that KubeFed would send, nil where it sends none.
	// Where nothing was touched since its last write it is set for Input.Full,
	// to ask the member all the same, and for what KubeFed leaves alone.
	Desired *unstructured.Unstructured
}

// Try is the request that is to be sent as a dry run of Desired: Create, Update
// or None.
func (d Decision) Try() Action {
	switch {
	case d.Desired == nil:
		return None
	case d.Action == Create:
		return Create
	case d.Action == Update, d.Action == Adopt, d.Action == None && d.Verdict == InSync:
		return Update
	}
	return None
}

// Judge decides what KubeFed will do with one object in one member. It
// follows sync/controller.go (syncToClusters, ensureDeletion) and
// sync/dispatch/managed.go.
func Judge(in Input) Decision {
	d := decide(in)
	d.Cluster = in.Cluster
	return d
}

func decide(in Input) Decision {
	// What KubeFed never looks at is no fault: the placement of such a
	// FederatedNamespace still counts for what is in the namespace.
	if cause := federation.Ignored(in.Type, in.Federated, in.KubeFedNamespace); cause != "" {
		return Decision{Verdict: NotTargeted, Cause: cause}
	}
	switch cause := in.idle(); {
	case cause != "" && in.wants():
		return blocked(cause)
	case cause != "":
		return Decision{Verdict: NotTargeted, Cause: cause}
	case in.Unplaceable != "":
		return blocked(in.Unplaceable + " (" + string(federation.ComputePlacementFailed) + ")")
	case in.NotReady && in.wants():
		return Decision{Verdict: Unknown, Cause: in.notReady()}
	case in.Federated.GetDeletionTimestamp() != nil:
		return in.deleted()
	case !in.Placed:
		return in.unplaced()
	case in.Live == nil:
		return in.create()
	}
	return in.update()
}

// idle says why KubeFed does nothing at all for this object in this member.
func (in Input) idle() string {
	if !in.Type.PropagationEnabled {
		return "propagation of " + in.Type.Target.Resource().String() + " is disabled"
	}
	return ""
}

// notReady says what comes of a member that KubeFed leaves out.
func (in Input) notReady() string {
	cause := "KubeFed holds the cluster for not ready and leaves it out"
	if in.NotReadyCause != "" {
		cause += ": " + in.NotReadyCause
	}
	if in.Federated.GetDeletionTimestamp() != nil && in.Placed {
		cause += "; the federated object is being deleted, and stays until the cluster is ready or has left"
	}
	return cause
}

// wants tells whether an idle KubeFed is missed here.
func (in Input) wants() bool { return in.Placed || in.managed() }

// managed tells whether KubeFed's cache of the member has the object: it
// holds only what is labelled (controller/util/resourceinformer.go).
func (in Input) managed() bool { return in.Live != nil && federation.IsManaged(in.Live) }

func (in Input) isHostNamespace() bool {
	return federation.IsHostNamespace(in.Type, in.HostNamespace, in.Live)
}

// unplaced is the member that shall not have the object. What is there
// without the label is invisible to KubeFed.
func (in Input) unplaced() Decision {
	reason := in.Reason.String()
	switch {
	case in.Live == nil:
		return Decision{Verdict: NotTargeted, Cause: reason}
	case !in.managed():
		return Decision{Verdict: NotTargeted, Cause: join(reason, "the object there is not KubeFed's")}
	case in.Live.GetDeletionTimestamp() != nil:
		return in.going(join(reason, "its deletion is under way"), reason)
	case in.isHostNamespace():
		return in.release(join(reason, "KubeFed never deletes the host cluster's own namespace"))
	}
	return in.delete(reason)
}

// deleted is the member of a federated object that is being deleted.
func (in Input) deleted() Decision {
	const deleting = "the federated object is being deleted"
	switch {
	case !in.managed():
		return Decision{Verdict: NotTargeted, Cause: deleting}
	case in.Live.GetDeletionTimestamp() != nil:
		return in.going(join(deleting, "the deletion here is under way"), deleting)
	case federation.IsOrphaning(in.Federated):
		return in.release(join(deleting, "with orphaning enabled"))
	case !federation.HasSyncFinalizer(in.Federated):
		return in.release(join(deleting, "without KubeFed's finalizer"))
	case !in.Placed:
		// Only placed members are cleaned; the others lose the label once the
		// federated object is gone.
		return in.release(join(deleting, in.Reason.String()))
	case in.isHostNamespace():
		return in.release(join(deleting, "KubeFed never deletes the host cluster's own namespace"))
	}
	return in.delete(deleting)
}

// delete is a deletion that KubeFed will ask for. What holds it up is said
// beforehand.
func (in Input) delete(cause string) Decision {
	if held := in.held(); held != "" {
		cause = join(cause, "it will stay until "+held+" is taken off")
	}
	return Decision{Action: Delete, Verdict: WillDelete, Cause: cause}
}

// going is a deletion that has been asked for.
func (in Input) going(cause, why string) Decision {
	if held := in.held(); held != "" {
		return blocked(join(why, "its deletion is held up by "+held))
	}
	return Decision{Verdict: WillDelete, Cause: cause}
}

// held names the finalizers that keep the object; empty where none does. Those
// of the garbage collector come off by themselves.
func (in Input) held() string {
	finalizers := slices.DeleteFunc(slices.Clone(in.Live.GetFinalizers()), func(f string) bool {
		return f == "foregroundDeletion" || f == "orphan"
	})
	switch {
	case len(finalizers) > 0:
		return "the finalizer " + strings.Join(finalizers, ", ")
	case in.Type.IsNamespace():
		return heldNamespace(in.Live)
	}
	return ""
}

// heldNamespace says what in a namespace keeps it from going, in the words of
// its conditions.
func heldNamespace(live *unstructured.Unstructured) string {
	conditions, _, _ := unstructured.NestedSlice(live.Object, "status", "conditions")
	for _, one := range conditions {
		c, _ := one.(map[string]any)
		switch c["type"] {
		case "NamespaceFinalizersRemaining", "NamespaceDeletionContentFailure", "NamespaceDeletionDiscoveryFailure":
			if message, _ := c["message"].(string); c["status"] == "True" {
				return "what is in it: " + message
			}
		}
	}
	return ""
}

func (in Input) release(cause string) Decision {
	return Decision{Action: Release, Verdict: WillRelease, Cause: cause, Desired: federation.Released(in.Live)}
}

func (in Input) renderer() *federation.Renderer {
	if in.Renderer != nil {
		return in.Renderer
	}
	return federation.NewRenderer(in.Type, in.Federated)
}

func (in Input) create() Decision {
	obj, err := in.renderer().ForCreate(in.Cluster)
	if err != nil {
		return unrendered(err)
	}
	return Decision{Action: Create, Verdict: WillCreate, Desired: obj}
}

// update handles what is there already. KubeFed tries to create what has no
// label, and only the refusal leads it to an update: so an object that can't
// be rendered for creation is never adopted.
func (in Input) update() Decision {
	if !in.managed() {
		if _, err := in.renderer().ForCreate(in.Cluster); err != nil {
			return unrendered(err)
		}
		if in.NoAdoption && !in.isHostNamespace() {
			return blocked("an object of this name is there already, and adoption is disabled")
		}
	}
	obj, err := in.renderer().ForUpdate(in.Cluster, in.Live)
	if err != nil {
		return unrendered(err)
	}
	return in.write(obj)
}

func (in Input) write(obj *unstructured.Unstructured) Decision {
	d := in.written(obj)
	if in.Live.GetDeletionTimestamp() == nil {
		return d
	}
	d.Cause = "its deletion is under way; KubeFed creates it anew once it is gone"
	if held := in.held(); held != "" {
		d.Verdict, d.Cause = Blocked, "its deletion is held up by "+held+"; KubeFed creates it anew once it is gone"
	} else if d.Verdict == InSync {
		d.Action, d.Verdict, d.Desired = Create, WillCreate, nil
	}
	return d
}

func (in Input) written(obj *unstructured.Unstructured) Decision {
	switch {
	case federation.NeedsUpdate(obj, in.Live, in.Recorded) && !in.managed():
		return Decision{Action: Adopt, Verdict: WillAdopt, Desired: obj}
	case federation.NeedsUpdate(obj, in.Live, in.Recorded):
		return Decision{Action: Update, Verdict: WillUpdate, Desired: obj}
	case in.Full:
		return Decision{Verdict: InSync, Desired: obj}
	case len(unseen(in.Live, obj)) > 0:
		return Decision{Verdict: LeftAlone, Cause: untouched, Desired: obj}
	}
	return Decision{Verdict: InSync}
}

// untouched is why KubeFed leaves alone what differs.
const untouched = "KubeFed goes by the recorded version, which this does not change"

// unseen are the differences that no generation counts: KubeFed writes no
// owner references, and does not notice those that others write.
func unseen(live, desired *unstructured.Unstructured) []Change {
	return slices.DeleteFunc(Compare(onlyOwners(live), onlyOwners(desired)), func(c Change) bool {
		return !strings.HasPrefix(c.Path, "/metadata/ownerReferences")
	})
}

func onlyOwners(obj *unstructured.Unstructured) *unstructured.Unstructured {
	meta, _ := obj.Object["metadata"].(map[string]any)
	return &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"ownerReferences": meta["ownerReferences"]}}}
}

func blocked(cause string) Decision { return Decision{Verdict: Blocked, Cause: cause} }

// unrendered leaves out the cluster, which the result names already.
func unrendered(err error) Decision {
	var render *federation.RenderError
	if errors.As(err, &render) {
		return blocked(fmt.Sprintf("%v (%s)", render.Err, render.Status))
	}
	return blocked(err.Error())
}

func join(cause, more string) string {
	switch {
	case cause == "":
		return more
	case more == "":
		return cause
	}
	return cause + "; " + more
}
