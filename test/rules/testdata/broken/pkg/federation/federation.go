// Package federation is not pure.
package federation

import (
	_ "time"

	_ "k8s.io/client-go/rest"

	_ "github.com/kubectl-fed/kubectl-fed/pkg/drift"
)
