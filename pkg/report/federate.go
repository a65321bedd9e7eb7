package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Placement says where new federated objects are placed, and whether that was chosen by the user.
func Placement(w io.Writer, clusters []string, byDefault bool) {
	line := "placement: " + strings.Join(clusters, ", ")
	if byDefault {
		line += " (the members joined now)"
	}
	fmt.Fprintln(w, line)
}

// Dropped says what of an object does not travel, and why.
func Dropped(w io.Writer, all []federation.Dropped) {
	for _, d := range all {
		fmt.Fprintf(w, "not carried: %s (%s)\n", d.Path, d.Reason)
	}
}
