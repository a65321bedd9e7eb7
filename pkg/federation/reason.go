package federation

// ReasonCode says in one word why a member is not placed.
type ReasonCode string

// The reasons, in the order in which Place looks for them.
const (
	NotListed             ReasonCode = "NotListed"
	EmptyList             ReasonCode = "EmptyList"
	NotSelected           ReasonCode = "NotSelected"
	NoPlacement           ReasonCode = "NoPlacement"
	NamespaceNotFederated ReasonCode = "NamespaceNotFederated"
	NamespaceExcludes     ReasonCode = "NamespaceExcludes"
)

// Reason says why a member is not placed; the zero Reason says nothing.
type Reason struct {
	Code ReasonCode
	// Namespace is set for the two reasons that lie in the namespace.
	Namespace string
}

// String is the reason for people, as the end of "not placed: ...".
func (r Reason) String() string {
	switch r.Code {
	case NotListed:
		return "not in spec.placement.clusters"
	case EmptyList:
		return "spec.placement.clusters is empty"
	case NotSelected:
		return "not selected by spec.placement.clusterSelector"
	case NoPlacement:
		return "spec.placement has neither clusters nor clusterSelector"
	case NamespaceNotFederated:
		return "namespace " + r.Namespace + " is not federated"
	case NamespaceExcludes:
		return "excluded by the placement of FederatedNamespace " + r.Namespace
	}
	return string(r.Code)
}
