package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Settle makes the result of a decision. answered is what the member said to a
// dry run of Desired, where Try asks for one: an update that changes nothing is
// no write, though KubeFed may still send it. Without an answer the verdict
// stands, and the changes are not known.
func Settle(d Decision, live, answered *unstructured.Unstructured) Result {
	r := Result{Cluster: d.Cluster, Verdict: d.Verdict, Action: d.Action, Cause: d.Cause, Live: live}
	switch {
	case d.Action == Release:
		r.Changes, r.After = Compare(live, d.Desired), d.Desired
	case d.Verdict == LeftAlone:
		r.Changes, r.After = unseen(live, d.Desired), d.Desired
	case d.Action == Create:
		r.After = answered
	case answered != nil && d.Try() == Update:
		r.Changes, r.After = Compare(live, answered), answered
		r = weighed(r)
	}
	return r
}

// weighed sets the verdict by what a write would change.
func weighed(r Result) Result {
	switch {
	case len(r.Changes) > 0 && r.Action == None && r.Verdict == InSync:
		r.Verdict, r.Cause = LeftAlone, join(r.Cause, untouched)
	case len(r.Changes) > 0:
	case r.Live.GetDeletionTimestamp() != nil && r.Verdict != Blocked:
		r.Action, r.Verdict = Create, WillCreate
	case r.Verdict == Blocked:
		r.Action = None
	default:
		r.Action, r.Verdict, r.After = None, InSync, nil
	}
	return r
}

// Untried makes the result of a decision that could not be tried, for a reason
// that KubeFed will not meet. What it will change is then worked out, without
// what a server makes of it.
func Untried(d Decision, live *unstructured.Unstructured, why string) Result {
	r := Result{Cluster: d.Cluster, Verdict: d.Verdict, Action: d.Action, Cause: join(d.Cause, why), Live: live, After: d.Desired}
	if d.Try() == Update {
		r.Changes = CompareWanted(live, d.Desired)
		r = weighed(r)
	}
	return r
}

// Refuse makes the result of a decision that the member refused when it was
// tried as a dry run: KubeFed will be refused as well. What it wants to change is
// shown.
func Refuse(d Decision, live *unstructured.Unstructured, cause string) Result {
	if d.Action == None { // asked in full: KubeFed will not come to it
		return Result{Cluster: d.Cluster, Verdict: d.Verdict, Cause: "an update would be refused, and KubeFed makes none: " + cause, Live: live}
	}
	r := Result{Cluster: d.Cluster, Verdict: Blocked, Cause: cause, Live: live}
	if d.Try() == Update {
		r.Changes, r.After = CompareWanted(live, d.Desired), d.Desired
	}
	return r
}

// Unreached makes the result for a member that could not be asked.
func Unreached(cluster, cause string) Result {
	return Result{Cluster: cluster, Verdict: Unknown, Cause: cause}
}
