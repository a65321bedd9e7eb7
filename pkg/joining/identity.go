package joining

import (
	"fmt"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// CheckIdentity refuses a join that would register one cluster under two names, or another cluster under a
// name that is taken. It is nil for a new cluster, and for one that is joined again under its own name.
func CheckIdentity(r Request, members []member.Member, hostContext string) error {
	for _, m := range members {
		same := same(r, m)
		switch {
		case m.Name == r.Cluster && !same:
			err := fmt.Errorf("another cluster is joined as %s already, at %s; perhaps it was made anew since", m.Name, m.Endpoint)
			return hint.Add(err, "kubectl fed unjoin %s --context %s", m.Name, hostContext)
		case m.Name != r.Cluster && same:
			return fmt.Errorf("this very cluster is joined already, as %s", m.Name)
		}
	}
	return nil
}

// same goes by the UID that was noted at the join, or by the CA where none was: kubefedctl notes none.
func same(r Request, m member.Member) bool {
	if uid := m.Annotations[UIDAnnotation]; uid != "" {
		return uid == r.UID
	}
	return member.SameCA(r.CA, m.CA)
}
