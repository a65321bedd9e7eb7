package drift

import (
	"errors"
	"fmt"

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
	Desired *unstructured.Unstructured
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
	if in.NotReady && in.wants() {
		return "KubeFed holds the cluster for not ready and leaves it out"
	}
	return ""
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
		return Decision{Verdict: WillDelete, Cause: join(reason, "its deletion is under way")}
	case in.isHostNamespace():
		return in.release(join(reason, "KubeFed never deletes the host cluster's own namespace"))
	}
	return Decision{Action: Delete, Verdict: WillDelete, Cause: reason}
}

// deleted is the member of a federated object that is being deleted.
func (in Input) deleted() Decision {
	const deleting = "the federated object is being deleted"
	switch {
	case !in.managed():
		return Decision{Verdict: NotTargeted, Cause: deleting}
	case in.Live.GetDeletionTimestamp() != nil:
		return Decision{Verdict: WillDelete, Cause: join(deleting, "the deletion here is under way")}
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
	return Decision{Action: Delete, Verdict: WillDelete, Cause: deleting}
}

func (in Input) release(cause string) Decision {
	return Decision{Action: Release, Verdict: WillRelease, Cause: cause, Desired: federation.Released(in.Live)}
}

func (in Input) create() Decision {
	obj, err := federation.ForCreate(in.Type, in.Federated, in.Cluster)
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
		if _, err := federation.ForCreate(in.Type, in.Federated, in.Cluster); err != nil {
			return unrendered(err)
		}
		if in.NoAdoption && !in.isHostNamespace() {
			return blocked("an object of this name is there already, and adoption is disabled")
		}
	}
	obj, err := federation.ForUpdate(in.Type, in.Federated, in.Cluster, in.Live)
	if err != nil {
		return unrendered(err)
	}
	return in.write(obj)
}

func (in Input) write(obj *unstructured.Unstructured) Decision {
	cause := ""
	if in.Live.GetDeletionTimestamp() != nil {
		cause = "its deletion is under way; KubeFed creates it anew once it is gone"
	}
	switch {
	case !federation.NeedsUpdate(obj, in.Live, in.Recorded):
		return Decision{Verdict: InSync, Cause: cause}
	case !in.managed():
		return Decision{Action: Adopt, Verdict: WillAdopt, Cause: cause, Desired: obj}
	}
	return Decision{Action: Update, Verdict: WillUpdate, Cause: cause, Desired: obj}
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
	if cause == "" {
		return more
	}
	return cause + "; " + more
}
