package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// signs stand for verdicts in the matrix; what they mean is said beside them.
var signs = map[drift.Verdict]string{
	drift.InSync: "✓", drift.Same: "✓", drift.Different: "~",
	drift.WillCreate: "+", drift.WillUpdate: "~", drift.WillAdopt: "~", drift.WillDelete: "-", drift.WillRelease: "-",
	drift.LeftAlone: "≠", drift.Looping: "↻", drift.Blocked: "✗", drift.NotTargeted: "·", drift.Unknown: "?",
}

// DiffSummary prints a matrix of objects by members, and what is the matter with each object.
func DiffSummary(w io.Writer, c Comparison) {
	columns := c.Members
	if c.Pair {
		columns = []string{c.After}
	}
	heads := numbered(w, c, columns)
	width := 0
	for _, o := range c.Objects {
		width = max(width, utf8.RuneCountInString(o.ID))
	}
	if len(c.Objects) > 0 {
		fmt.Fprintln(w, strings.TrimRight(strings.Repeat(" ", width)+"  "+strings.Join(heads, "  "), " "))
	}
	for _, o := range c.Objects {
		row := pad(o.ID, width)
		for i, cluster := range columns {
			row += "  " + c.cell(o, cluster, utf8.RuneCountInString(heads[i]))
		}
		fmt.Fprintln(w, strings.TrimRight(row+"  "+remark(o), " "))
	}
	fmt.Fprintln(w, c.numbers())
}

// numbered are the heads of the columns: the members' names, or numbers that a list explains where the names leave no
// room for anything else.
func numbered(w io.Writer, c Comparison, columns []string) []string {
	room := 0
	for _, name := range columns {
		room += len(name) + 2
	}
	if room <= lineWidth/2 {
		return columns
	}
	var heads []string
	for i, name := range columns {
		number := strconv.Itoa(i + 1)
		heads = append(heads, number)
		fmt.Fprintln(w, Dim.Paint(c.Color, fmt.Sprintf("%3s %s", number, name)))
	}
	return heads
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
}

// cell is the sign of one object in one member, in the middle of its column.
func (c Comparison) cell(o drift.Object, cluster string, width int) string {
	i := slices.IndexFunc(o.Results, func(r drift.Result) bool { return r.Cluster == cluster })
	if i < 0 {
		return strings.Repeat(" ", width)
	}
	left := (width - 1) / 2
	sign := colorOf(o.Results[i].Verdict).Paint(c.Color, signs[o.Results[i].Verdict])
	return strings.Repeat(" ", left) + sign + strings.Repeat(" ", width-1-left)
}

// remark says what is the matter with an object: how many members of each verdict, and the first cause.
func remark(o drift.Object) string {
	counts, cause := map[drift.Verdict]int{}, ""
	for _, r := range o.Results {
		counts[r.Verdict]++
		if cause == "" && r.Cause != "" && (r.Verdict.Differs() || r.Verdict == drift.Unknown || !o.Differs()) {
			cause = oneLine(maskedCause(o, r.Cause))
		}
	}
	var parts []string
	for _, v := range drift.Verdicts {
		if counts[v] > 0 && v != drift.InSync && v != drift.Same {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	text := strings.Join(parts, ", ")
	if text != "" && cause != "" {
		text += ": " + cause
	}
	return text
}
