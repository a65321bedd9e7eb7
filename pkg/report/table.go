package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table prints rows below a header, aligned.
func Table(w io.Writer, header []string, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

// Line prints one line.
func Line(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}
