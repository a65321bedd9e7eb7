package survey

import (
	"context"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// glanced judges an object by its metadata. That is enough where it is proven untouched, and where KubeFed does nothing
// about it; else the whole object is read, into the same place, and is yet to be judged.
func (a asking) glanced(ctx context.Context, f member.Federated, at *seen) (answer, bool, error) {
	in := a.input(f, at.live)
	switch d := drift.Judge(in); d.Verdict {
	case drift.InSync, drift.NotTargeted, drift.Unknown:
		return answer{in, drift.Settle(d, nil, nil)}, true, nil
	}
	whole, err := a.get(ctx, f)
	if err == nil {
		*at = whole
	}
	return answer{}, false, err
}
