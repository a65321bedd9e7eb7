package drift

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// Settle makes the result of a decision. For Update and Adopt, answered is
// what the member said to a dry run of Desired; without changes the member is
// in sync, though KubeFed may still send what changes nothing. Without an
// answer the verdict stands, and the changes are not known. For the other
// actions answered is not needed: a creation has no changes to list, and what
// a release changes is known beforehand.
func Settle(d Decision, live, answered *unstructured.Unstructured) Result {
	r := Result{Cluster: d.Cluster, Verdict: d.Verdict, Cause: d.Cause}
	switch {
	case d.Action == Release:
		r.Changes = Compare(live, d.Desired)
	case answered != nil && (d.Action == Update || d.Action == Adopt):
		r.Changes = Compare(live, answered)
		if len(r.Changes) == 0 {
			r.Verdict = InSync
		}
	}
	return r
}

// Refuse makes the result of a decision that the member refused when it was
// tried as a dry run: KubeFed will be refused as well.
func Refuse(d Decision, cause string) Result {
	return Result{Cluster: d.Cluster, Verdict: Blocked, Cause: cause}
}

// Unreached makes the result for a member that could not be asked.
func Unreached(cluster, cause string) Result {
	return Result{Cluster: cluster, Verdict: Unknown, Cause: cause}
}
