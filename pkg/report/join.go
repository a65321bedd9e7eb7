package report

import (
	"fmt"
	"io"
)

// Host says which host is written to, how many clusters have joined it, and how it is called in the names of
// objects where that is not its context's name.
func Host(w io.Writer, context string, members int, name string) {
	fmt.Fprintf(w, "host: %s (%d joined so far)\n", context, members)
	if name != context {
		fmt.Fprintf(w, "in names it is called %s (for kubefedctl: --host-cluster-name %s)\n", name, name)
	}
}

// JoinRow is what became of one cluster that was to join.
type JoinRow struct {
	Cluster  string
	Checked  bool
	Endpoint string // that the controllers use
	Joined   bool
	Ready    string // after how long, "" for not (yet) or not waited for
}

// Joins prints the table of join.
func Joins(w io.Writer, rows []JoinRow, waited bool) error {
	header := []string{"CLUSTER", "CHECKED", "ENDPOINT", "JOINED"}
	if waited {
		header = append(header, "READY")
	}
	var cells [][]string
	for _, r := range rows {
		row := []string{r.Cluster, yesNo(r.Checked), dash(r.Endpoint), yesNo(r.Joined)}
		if waited {
			row = append(row, r.ready())
		}
		cells = append(cells, row)
	}
	return Table(w, header, cells)
}

func (r JoinRow) ready() string {
	switch {
	case r.Ready != "":
		return "yes, after " + r.Ready
	case r.Joined:
		return "no"
	}
	return "-"
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
