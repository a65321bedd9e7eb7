package federation

// Status is what KubeFed says of one cluster in status.clusters of a federated
// object (sync/status/status.go). It writes no text beside it: the cause is in
// the events of the federated object, and gone with them.
type Status string

// The statuses, in the order in which the controller may come to them. Propagated
// is the empty one, which KubeFed leaves out of the object.
const (
	Propagated             Status = ""
	ClusterNotReady        Status = "ClusterNotReady"
	CachedRetrievalFailed  Status = "CachedRetrievalFailed"
	ClientRetrievalFailed  Status = "ClientRetrievalFailed"
	ComputeResourceFailed  Status = "ComputeResourceFailed"
	ApplyOverridesFailed   Status = "ApplyOverridesFailed"
	CreationFailed         Status = "CreationFailed"
	CreationTimedOut       Status = "CreationTimedOut"
	RetrievalFailed        Status = "RetrievalFailed"
	AlreadyExists          Status = "AlreadyExists"
	ManagedLabelFalse      Status = "ManagedLabelFalse"
	FieldRetentionFailed   Status = "FieldRetentionFailed"
	VersionRetrievalFailed Status = "VersionRetrievalFailed"
	UpdateFailed           Status = "UpdateFailed"
	UpdateTimedOut         Status = "UpdateTimedOut"
	WaitingForRemoval      Status = "WaitingForRemoval"
	DeletionFailed         Status = "DeletionFailed"
	DeletionTimedOut       Status = "DeletionTimedOut"
	LabelRemovalFailed     Status = "LabelRemovalFailed"
	LabelRemovalTimedOut   Status = "LabelRemovalTimedOut"
)

// ConditionReason is the reason of a federated object's condition Propagation.
// KubeFed gives only one at a time (SetFederatedStatus in sync/status/status.go).
type ConditionReason string

// The reasons. AllPropagated is the empty one, which goes with the condition
// being True.
const (
	AllPropagated          ConditionReason = ""
	ClusterRetrievalFailed ConditionReason = "ClusterRetrievalFailed"
	ComputePlacementFailed ConditionReason = "ComputePlacementFailed"
	OutsideFederation      ConditionReason = "NamespaceNotFederated"
	CheckClusters          ConditionReason = "CheckClusters"
)

// Retry says what makes KubeFed look at a federated object again.
type Retry string

// The ways in which KubeFed retries, or does not.
const (
	// RetryNone needs no retry.
	RetryNone Retry = "None"
	// RetryBackoff comes by itself: after 5 seconds, then ever later, at last
	// once a minute (controller/util/worker.go).
	RetryBackoff Retry = "Backoff"
	// RetryWhenReady comes when KubeFed finds the cluster ready.
	RetryWhenReady Retry = "WhenReady"
	// RetryWhenGone comes when the object has left the member.
	RetryWhenGone Retry = "WhenGone"
	// RetryByCluster is left to the statuses of the clusters.
	RetryByCluster Retry = "ByCluster"
	// RetryOnChange never comes by itself. There is no resync: KubeFed looks
	// again when something changes that it watches, or when it is restarted.
	RetryOnChange Retry = "OnChange"
)

// String is the retry for people, as a sentence without its full stop.
func (r Retry) String() string {
	switch r {
	case RetryNone:
		return "there is nothing to retry"
	case RetryBackoff:
		return "KubeFed tries again by itself, after 5 seconds at first and once a minute in the end"
	case RetryWhenReady:
		return "KubeFed goes on by itself once the cluster is ready"
	case RetryWhenGone:
		return "KubeFed goes on by itself once the object is gone"
	case RetryByCluster:
		return "each cluster's own status says whether KubeFed tries again"
	case RetryOnChange:
		return "KubeFed does not try again until the federated object, its namespace's placement, " +
			"the readiness of a cluster or the object in a member changes"
	}
	return string(r)
}

// Meaning is what a status or a reason says to a user.
type Meaning struct {
	// Text says in one sentence what happened.
	Text  string
	Retry Retry
	// Remedy is what to do about it, empty where nothing is to be done.
	Remedy string
}

// Meaning explains the status. One that KubeFed v0.10.0 does not have is said
// to be unknown.
func (s Status) Meaning() Meaning {
	for _, known := range statuses {
		if known.status == s {
			return known.Meaning
		}
	}
	return unknownTo(string(s))
}

// Meaning explains the reason. One that KubeFed v0.10.0 does not have is said
// to be unknown.
func (r ConditionReason) Meaning() Meaning {
	for _, known := range reasons {
		if known.reason == r {
			return known.Meaning
		}
	}
	return unknownTo(string(r))
}

func unknownTo(word string) Meaning {
	return Meaning{
		Text:   "KubeFed v0.10.0 has no " + word + ": another version of it, or something else, wrote this",
		Retry:  RetryOnChange,
		Remedy: "look at the events of the federated object",
	}
}

// Statuses gives every status of a cluster, in the order of the constants.
func Statuses() []Status {
	var out []Status
	for _, known := range statuses {
		out = append(out, known.status)
	}
	return out
}

// ConditionReasons gives every reason of the condition, in the order of the
// constants.
func ConditionReasons() []ConditionReason {
	var out []ConditionReason
	for _, known := range reasons {
		out = append(out, known.reason)
	}
	return out
}
