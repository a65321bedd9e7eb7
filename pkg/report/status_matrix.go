package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
)

// matrix is the table of objects by members while it is printed.
type matrix struct {
	form         StatusForm
	names, heads []string
	first        int // the width of the first column
	widths       []int
}

func newMatrix(s Status, form StatusForm) *matrix {
	m := &matrix{form: form}
	for _, member := range s.Members {
		m.names = append(m.names, member.Name)
	}
	m.heads = m.names
	for _, o := range s.Objects {
		m.first = max(m.first, utf8.RuneCountInString(o.ID))
	}
	if room := len(strings.Join(m.names, "  ")); m.first+room > screenWidth-12 && !form.Wide && len(m.names) > 2 {
		m.heads = nil
		for i := range m.names {
			m.heads = append(m.heads, fmt.Sprint(i+1))
		}
	}
	for i, head := range m.heads {
		width := len(head)
		for _, o := range s.Objects {
			width = max(width, utf8.RuneCountInString(cellText(o, m.names[i])))
		}
		m.widths = append(m.widths, width)
	}
	return m
}

// head prints the names of the members, or numbers where the names leave no room.
func (m *matrix) head(w io.Writer) {
	line := strings.Repeat(" ", m.first)
	for i, head := range m.heads {
		if head != m.names[i] {
			fmt.Fprintln(w, Dim.Paint(m.form.Color, head+" is "+m.names[i]))
		}
		line += "  " + pad(head, m.widths[i])
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

func cellText(o diagnosis.Diagnosis, cluster string) string {
	i := slices.IndexFunc(o.Cells, func(c diagnosis.Cell) bool { return c.Cluster == cluster })
	if i < 0 {
		return ""
	}
	c := o.Cells[i]
	text := stateSigns[c.State]
	if c.Desired != nil {
		text += fmt.Sprintf(" %d/%d", *c.Ready, *c.Desired)
	}
	return text
}

func (m *matrix) row(w io.Writer, o diagnosis.Diagnosis) {
	line := pad(o.ID, m.first)
	wide := utf8.RuneCountInString(line)
	for i, name := range m.names {
		text := cellText(o, name)
		line += "  " + stateColor(stateIn(o, name)).Paint(m.form.Color, text) + strings.Repeat(" ", max(m.widths[i]-utf8.RuneCountInString(text), 0))
		wide += 2 + m.widths[i]
	}
	remark := remarkOf(o)
	if broken := o.Broken(); m.form.Wide && broken != nil {
		remark = faultText(*broken)
		if broken.Command != "" {
			remark += "; " + broken.Command
		}
	}
	switch {
	case remark == "":
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	case m.form.Wide || wide+2+utf8.RuneCountInString(remark) <= screenWidth:
		fmt.Fprintln(w, line+"  "+remark)
	default:
		fmt.Fprintln(w, strings.TrimRight(line, " "))
		fmt.Fprintln(w, "  "+folded(remark, 2))
	}
}

func stateIn(o diagnosis.Diagnosis, cluster string) diagnosis.State {
	for _, c := range o.Cells {
		if c.Cluster == cluster {
			return c.State
		}
	}
	return diagnosis.NotTargeted
}

// remarkOf says what is the matter with an object, in short.
func remarkOf(o diagnosis.Diagnosis) string {
	broken := o.Broken()
	if broken == nil {
		return ""
	}
	text := broken.Title
	if len(broken.Clusters) > 0 && len(o.Cells) > len(broken.Clusters) {
		text = strings.Join(broken.Clusters, ", ") + ": " + text
	}
	if more := len(o.Faults) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// numbers counts the cells by their states; it explains the signs as well.
func (m *matrix) numbers(s Status) string {
	counts := map[diagnosis.State]int{}
	for _, o := range s.Objects {
		for _, c := range o.Cells {
			counts[c.State]++
		}
	}
	text := Count(len(s.Objects), "object") + ", " + Count(len(s.Members), "member")
	var parts []string
	for _, state := range diagnosis.States {
		if counts[state] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %s", stateColor(state).Paint(m.form.Color, stateSigns[state]), counts[state], state))
		}
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}
