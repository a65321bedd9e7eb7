package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
)

// StatusChain prints one object link by link, then what runs in each member, then the broken link with its cause.
func StatusChain(w io.Writer, o diagnosis.Diagnosis, form StatusForm) {
	verdict := Good.Paint(form.Color, "all is well")
	if b := o.Broken(); b != nil {
		verdict = headline(*b, form)
	}
	fmt.Fprintf(w, "%s: %s\n\n", Strong.Paint(form.Color, o.ID), verdict)
	for _, step := range o.Chain {
		sign, color := stateSigns[step.State], stateColor(step.State)
		fmt.Fprintf(w, "%s %-12s %s\n", color.Paint(form.Color, sign), step.Link, folded(step.Text, 15))
		for _, note := range step.Notes {
			fmt.Fprintf(w, "%15s%s\n", "", Dim.Paint(form.Color, folded(note, 15)))
		}
	}
	fmt.Fprintln(w)
	cells(w, o, form)
	for _, f := range inOrder(o) {
		fmt.Fprintln(w)
		printFault(w, f, form)
	}
}

// headline is the broken link in a few words.
func headline(b diagnosis.Fault, form StatusForm) string {
	text := b.Title
	if len(b.Clusters) > 0 {
		text += " on " + strings.Join(b.Clusters, ", ")
	}
	if b.Waiting {
		return Doubt.Paint(form.Color, text)
	}
	return Bad.Paint(form.Color, text)
}

// inOrder are the faults with the broken link first.
func inOrder(o diagnosis.Diagnosis) []diagnosis.Fault {
	broken := o.Broken()
	if broken == nil {
		return nil
	}
	all := []diagnosis.Fault{*broken}
	for i := range o.Faults {
		if &o.Faults[i] != broken {
			all = append(all, o.Faults[i])
		}
	}
	return all
}

// cells prints the members of one object.
func cells(w io.Writer, o diagnosis.Diagnosis, form StatusForm) {
	header := []string{"MEMBER", "STATE"}
	counted := slices.ContainsFunc(o.Cells, func(c diagnosis.Cell) bool { return c.Desired != nil })
	if counted {
		header = append(header, "READY", "IMAGE")
	}
	if form.Wide {
		header = append(header, "KUBEFED SAYS", "CAUSE")
	}
	var rows [][]string
	for _, c := range o.Cells {
		row := []string{c.Cluster, stateSigns[c.State] + " " + string(c.State)}
		if counted && c.Desired != nil {
			row = append(row, fmt.Sprintf("%d/%d", *c.Ready, *c.Desired), dash(strings.Join(c.Images, ",")))
		} else if counted {
			row = append(row, "-", "-")
		}
		if form.Wide {
			row = append(row, dash(c.Status), dash(oneLine(c.Cause)))
		}
		rows = append(rows, row)
	}
	paintedTable(w, header, rows, func(row, column int) Color {
		if column == 1 {
			return stateColor(o.Cells[row].State)
		}
		return ""
	}, form.Color)
}

// paintedTable prints rows below a header like Table, with colours: those take no room.
func paintedTable(w io.Writer, header []string, rows [][]string, color func(row, column int) Color, on bool) {
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	for r, row := range append([][]string{header}, rows...) {
		line := ""
		for i, text := range row {
			padded := pad(text, widths[i])
			if i == len(row)-1 {
				padded = text
			}
			if r > 0 && color(r-1, i) != "" {
				padded = color(r-1, i).Paint(on, text) + padded[len(text):]
			}
			line += padded
			if i < len(row)-1 {
				line += "   "
			}
		}
		fmt.Fprintln(w, line)
	}
}
