package report

import (
	"io"
	"strings"
)

// ServerRow is what became of one kind cluster's entry in the kubeconfig.
type ServerRow struct {
	Cluster, Entry string
	Server         string // that the entry has now
	Was            string // that it had before, when it was changed
	Err            error  // why it was left
}

// Servers prints the table of fix-server.
func Servers(w io.Writer, rows []ServerRow) error {
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{r.Cluster, dash(r.Entry), dash(r.Server), r.result()})
	}
	return Table(w, []string{"CLUSTER", "ENTRY", "SERVER", "RESULT"}, cells)
}

// result is short: the whole error is printed below the table.
func (r ServerRow) result() string {
	switch {
	case r.Err != nil:
		return "left"
	case r.Was != "":
		return "changed (was " + strings.TrimPrefix(r.Was, "https://") + ")"
	}
	return "already right"
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
