package federate

import (
	"context"
	"fmt"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// enable enables types.
func (o *Options) enable(_ context.Context, _ *member.Host, types []string) error {
	return hint.Add(fmt.Errorf("%s: can't be enabled", strings.Join(types, ", ")), "kubefedctl enable %s", types[0])
}
