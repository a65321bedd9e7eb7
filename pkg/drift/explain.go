package drift

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Explain completes a result: who wrote what will be changed, where the new
// values come from, whether KubeFed and somebody else undo each other, and what
// KubeFed itself said when it last tried.
func Explain(in Input, r Result) Result {
	if r.Verdict == Unknown || r.Verdict == NotTargeted {
		return r
	}
	if len(r.Changes) > 0 {
		r.Changes = in.explained(r.Changes)
	}
	if cause := in.loop(r); cause != "" {
		r.Verdict, r.Cause = Looping, join(cause, r.Cause)
		return r
	}
	return in.failed(r)
}

func (in Input) explained(changes []Change) []Change {
	owners, sources := ownersOf(in.Live), sourcesOf(in)
	changes = slices.Clone(changes)
	for i, c := range changes {
		if !c.Added {
			changes[i].Owner = owners.of(c.Path)
		}
		if changes[i].Origin == nil {
			changes[i].Origin = sources.of(c)
		}
	}
	return changes
}

// Updates is how often KubeFed has lately updated one member's object, as its
// events say; the zero value where there are none.
type Updates struct {
	Count       int64
	First, Last metav1.Time
}

// What makes updates a loop, with times in nanoseconds: people don't change an
// object so often and so long. An event that repeats is not written any more
// for up to five minutes, so the last one may be as old.
const (
	loopUpdates            = 5
	loopInterval           = 120_000_000_000
	loopOver               = 900_000_000_000
	loopOverWhenUnchanged  = 120_000_000_000
	revision               = "deployment.kubernetes.io/revision"
	deploymentsController  = "kube-controller-manager"
	annotationsPath        = "/metadata/annotations"
	annotationsPathAndMore = annotationsPath + "/"
)

// isSteady tells whether KubeFed goes on updating.
func (u Updates) isSteady(now metav1.Time, over int64) bool {
	if u.Count < loopUpdates || int64(now.Sub(u.Last.Time)) > over {
		return false
	}
	return int64(u.Last.Sub(u.First.Time))/(u.Count-1) <= loopInterval
}

// loop says who undoes whom, and is empty where nobody does.
func (in Input) loop(r Result) string {
	switch r.Verdict {
	case InSync, LeftAlone, WillUpdate:
	default:
		return ""
	}
	if cause := in.wiping(r); cause != "" {
		return cause
	}
	others := rivals(r.Changes)
	switch {
	case len(r.Changes) > 0 && len(others) == 0 && ownedByPeople(r.Changes):
		return ""
	case r.Verdict == WillUpdate && in.Updates.isSteady(in.Now, loopOver):
	case r.Verdict == InSync && in.Updates.isSteady(in.Now, loopOverWhenUnchanged):
	default:
		return ""
	}
	if len(others) == 0 {
		others = []string{"something in the cluster"}
	}
	return fmt.Sprintf("KubeFed and %s undo each other: KubeFed has updated it %d times", strings.Join(others, ", "), in.Updates.Count)
}

// rivals are the managers that wrote what KubeFed will change, without KubeFed
// and without people.
func rivals(changes []Change) []string {
	var all []*Owner
	for _, c := range changes {
		if c.Owner != nil && !c.Owner.IsKubeFed() && !c.Owner.isPerson() {
			all = append(all, c.Owner)
		}
	}
	return managers(all)
}

func ownedByPeople(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Owner != nil && c.Owner.isPerson() })
}

// wiping finds an override that replaces all annotations, and so removes those
// of a controller, which writes them again. Right after KubeFed's write there
// is nothing to be seen, so what the controller of Deployments writes is known.
func (in Input) wiping(r Result) string {
	overrides := in.renderer().Overrides(in.Cluster)
	i := slices.IndexFunc(overrides, func(o federation.Override) bool { return o.Path == annotationsPath && o.Op != "remove" })
	if i < 0 || in.Live == nil {
		return ""
	}
	kept, _ := overrides[i].Value.(map[string]any)
	wiped, by := wipedBy(r.Changes)
	if _, ok := kept[revision]; wiped == "" && !ok && in.isDeployment() {
		wiped, by = revision, deploymentsController
	}
	if wiped == "" {
		return ""
	}
	return fmt.Sprintf("KubeFed and %s undo each other: override %d replaces all annotations and so removes %s, which is written again", by, i+1, wiped)
}

func wipedBy(changes []Change) (annotation, by string) {
	for _, c := range changes {
		key, ok := strings.CutPrefix(c.Path, annotationsPathAndMore)
		if ok && c.Removed && c.Owner != nil && !c.Owner.isPerson() && !c.Owner.IsKubeFed() {
			return federation.Tokens("/" + key)[0], c.Owner.Manager
		}
	}
	return "", ""
}

func (in Input) isDeployment() bool {
	return in.Type.Target.Group == "apps" && in.Type.Target.Kind == "Deployment"
}

// NamespaceMissing is the cause of a creation into a namespace that is not
// there: KubeFed fails at it until it has made the namespace.
const NamespaceMissing = "not tried: the namespace is not there yet"

// failed adds what KubeFed said of its last try, where it is this very write
// that failed. Rights that KubeFed lacks and the user has can't be found out
// otherwise; anything else may have been mended since.
func (in Input) failed(r Result) Result {
	if r.Action == None || r.Verdict == Blocked || !in.Said.failed(r.Action) || r.Cause == NamespaceMissing {
		return r
	}
	cause := in.SaidCause
	if cause == "" {
		cause = federation.Status(in.Said).Meaning().Text
	}
	r.Cause = join(r.Cause, fmt.Sprintf("KubeFed's last try failed (%s): %s", in.Said, cause))
	if strings.Contains(cause, "forbidden") || strings.Contains(cause, "Unauthorized") {
		r.Verdict = Blocked
	}
	return r
}

// Said is the status that KubeFed gave a member for the federated object as it
// is now; empty where it gave none or another generation's.
type Said federation.Status

// failed tells whether the status is of a failure of that write.
func (s Said) failed(a Action) bool {
	switch federation.Status(s) {
	case federation.CachedRetrievalFailed, federation.ClientRetrievalFailed, federation.VersionRetrievalFailed:
		return true
	case federation.CreationFailed, federation.CreationTimedOut:
		return a == Create
	case federation.UpdateFailed, federation.UpdateTimedOut, federation.RetrievalFailed:
		return a == Update || a == Adopt
	case federation.DeletionFailed, federation.DeletionTimedOut:
		return a == Delete
	case federation.LabelRemovalFailed, federation.LabelRemovalTimedOut:
		return a == Release
	}
	return false
}
