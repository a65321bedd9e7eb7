// Package report may format, and asks a cluster, which it may not.
package report

import (
	_ "fmt"
	_ "text/tabwriter"

	_ "k8s.io/client-go/kubernetes"
)
