// Package join formats, and uses another verb.
package join

import (
	"fmt"
	"io"
	_ "text/tabwriter"

	_ "github.com/kubectl-fed/kubectl-fed/pkg/plugin/diff"
	_ "github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

func run(w io.Writer) { fmt.Fprintln(w, fmt.Sprint("formatting a value is no output")) }
func shout()          { fmt.Printf("shouted") }
