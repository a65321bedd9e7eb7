// Package drift is not pure either, but may import federation.
package drift

import (
	_ "os/exec"

	_ "github.com/kubectl-fed/kubectl-fed/pkg/federation"
	_ "github.com/kubectl-fed/kubectl-fed/pkg/member"
)
