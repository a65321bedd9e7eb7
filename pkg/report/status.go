package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
)

// Status is what status found, and its JSON form.
type Status struct {
	TypeMeta     `json:",inline"` // of kind Status
	ControlPlane StatusControl    `json:"controlPlane"`
	Members      []StatusMember   `json:"members"`
	// Objects are the worst first.
	Objects []diagnosis.Diagnosis `json:"objects"`
	// Misplaced are FederatedNamespaces that KubeFed never looks at.
	Misplaced []diagnosis.Fault `json:"misplaced,omitempty"`
}

// StatusControl is the control plane's part of a Status.
type StatusControl struct {
	Context   string `json:"context"`
	Namespace string `json:"namespace"`
	Scope     string `json:"scope"`
	// FeatureGates are those that are enabled.
	FeatureGates []string `json:"featureGates"`
	// Adoption says whether KubeFed takes over what is in a member already.
	Adoption          bool `json:"adoption"`
	diagnosis.Control `json:",inline"`
}

// StatusMember is a member's part of a Status.
type StatusMember struct {
	Name     string     `json:"name"`
	Ready    bool       `json:"ready"`
	Since    *time.Time `json:"since,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Version  string     `json:"version,omitempty"`
	Endpoint string     `json:"endpoint"`
	// Command mends it, where it is not ready.
	Command string `json:"command,omitempty"`
}

// StatusForm says how a Status is printed.
type StatusForm struct {
	Color, Wide bool
	// Objects leaves out the control plane and the members.
	Objects bool
	Now     time.Time
}

// NewStatus is a Status with its kind, and without what servers quote when they refuse a Secret.
func NewStatus(s Status) Status {
	s.TypeMeta = version("Status")
	for i, o := range s.Objects {
		if o.Federated.Kind != "FederatedSecret" {
			continue
		}
		hide := func(text string) string { return quoted.ReplaceAllString(text, "Invalid value: "+masked) }
		o.Cells, o.Faults = slices.Clone(o.Cells), slices.Clone(o.Faults)
		for j := range o.Cells {
			o.Cells[j].Cause = hide(o.Cells[j].Cause)
		}
		for j := range o.Faults {
			o.Faults[j].Cause = hide(o.Faults[j].Cause)
		}
		s.Objects[i] = o
	}
	return s
}

// stateSigns stand for states in the matrix.
var stateSigns = map[diagnosis.State]string{
	diagnosis.InSync: "✓", diagnosis.NotReady: "!", diagnosis.Pending: "~", diagnosis.Differs: "≠", diagnosis.Looping: "↻",
	diagnosis.Blocked: "✗", diagnosis.NotTargeted: "·", diagnosis.Unreachable: "?",
}

func stateColor(s diagnosis.State) Color {
	switch s {
	case diagnosis.InSync:
		return Good
	case diagnosis.NotTargeted:
		return Dim
	case diagnosis.Blocked, diagnosis.Looping, diagnosis.NotReady:
		return Bad
	}
	return Doubt
}

// StatusMatrix prints the control plane, the members, and a matrix of objects by members.
func StatusMatrix(w io.Writer, s Status, form StatusForm) error {
	if !form.Objects {
		statusControl(w, s.ControlPlane, form)
		if err := statusMembers(w, s, form); err != nil {
			return err
		}
	}
	for _, f := range s.Misplaced {
		printFault(w, f, form)
	}
	m := newMatrix(s, form)
	if len(s.Objects) > 0 {
		m.head(w)
	}
	for _, o := range s.Objects {
		m.row(w, o)
	}
	fmt.Fprintln(w, m.numbers(s))
	return nil
}

// StatusRows prints the rows of a matrix again that have changed.
func StatusRows(w io.Writer, s Status, changed []diagnosis.Diagnosis, form StatusForm) {
	m := newMatrix(s, form)
	for _, o := range changed {
		m.row(w, o)
	}
}

func statusControl(w io.Writer, c StatusControl, form StatusForm) {
	what := "KubeFed"
	if c.Version != "" {
		what += " " + c.Version
	}
	works := Good.Paint(form.Color, "controllers work")
	if !c.Working {
		works = Bad.Paint(form.Color, "controllers do not run")
	}
	fmt.Fprintf(w, "%s in %s, scope %s, %s\n", what, c.Context, c.Scope, works)
	adoption := "adopts what is there"
	if !c.Adoption {
		adoption = "adopts nothing"
	}
	fmt.Fprintf(w, "%s; gates: %s\n", adoption, cmp.Or(strings.Join(c.FeatureGates, ", "), "none"))
	for _, one := range c.Workloads {
		if form.Wide {
			fmt.Fprintf(w, "%s %d/%d %s\n", one.Name, one.Ready, one.Desired, one.Image)
		}
	}
	if len(c.Stopped) > 0 && c.Working {
		fmt.Fprintf(w, "%s\n", Bad.Paint(form.Color, "no controller runs for "+strings.Join(c.Stopped, ", ")))
	}
	for _, f := range c.Faults {
		printFault(w, f, form)
	}
	fmt.Fprintln(w)
}

func statusMembers(w io.Writer, s Status, form StatusForm) error {
	if len(s.Members) == 0 {
		fmt.Fprintln(w, "no members")
		return nil
	}
	header := []string{"MEMBER", "READY", "VERSION"}
	if form.Wide {
		header = append(header, "ENDPOINT")
	}
	var rows [][]string
	for _, m := range s.Members {
		row := []string{m.Name, Membership{Ready: m.Ready, Since: m.Since}.ready(form.Now), dash(m.Version)}
		if form.Wide {
			row = append(row, m.Endpoint)
		}
		rows = append(rows, row)
	}
	if err := Table(w, header, rows); err != nil {
		return err
	}
	for _, m := range s.Members {
		if !m.Ready {
			printFault(w, diagnosis.Fault{Clusters: []string{m.Name}, Title: "not ready", Cause: m.Reason, Command: m.Command}, form)
		}
	}
	fmt.Fprintln(w)
	return nil
}

// printFault prints what is wrong and the command that mends it.
func printFault(w io.Writer, f diagnosis.Fault, form StatusForm) {
	sign, color := "✗", Bad
	switch {
	case f.Waiting:
		sign, color = "~", Doubt
	case f.Settled:
		sign, color = "≠", Doubt
	}
	text := faultText(f)
	fmt.Fprintln(w, color.Paint(form.Color, sign)+" "+folded(text, 2))
	if f.Remedy != "" {
		fmt.Fprintln(w, Dim.Paint(form.Color, "  "+folded(f.Remedy, 2)))
	}
	if f.Command != "" {
		Hint(w, f.Command)
	}
}

// faultText is a fault as one sentence.
func faultText(f diagnosis.Fault) string {
	text := f.Title
	if len(f.Clusters) > 0 {
		text = strings.Join(f.Clusters, ", ") + ": " + text
	}
	if f.Status != "" {
		text += " (" + f.Status + ")"
	}
	if f.Cause != "" {
		text += ": " + oneLine(f.Cause)
	}
	return text
}

// folded breaks a text at spaces, so that lines are no wider than a terminal; all but the first are indented.
func folded(text string, indent int) string {
	var out strings.Builder
	width := indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width+1+n > lineWidth:
			out.WriteString("\n" + strings.Repeat(" ", indent))
			width = indent
		default:
			out.WriteByte(' ')
			width++
		}
		out.WriteString(word)
		width += n
	}
	return out.String()
}

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
	if room := len(strings.Join(m.names, "  ")); m.first+room > lineWidth-12 && !form.Wide && len(m.names) > 2 {
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
	case m.form.Wide || wide+2+utf8.RuneCountInString(remark) <= lineWidth:
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

// StatusNames prints the federated objects as kubectl names them.
func StatusNames(w io.Writer, objects []diagnosis.Diagnosis) {
	for _, o := range objects {
		group := ""
		if g, _, found := strings.Cut(o.Federated.APIVersion, "/"); found {
			group = "." + g
		}
		fmt.Fprintf(w, "%s%s/%s\n", strings.ToLower(o.Federated.Kind), group, o.Federated.Name)
	}
}

// Waiting says what a wait is for, in one line.
func Waiting(w io.Writer, o diagnosis.Diagnosis, since time.Duration) {
	text := remarkOf(o)
	if text == "" {
		text = string(o.Worst())
	}
	fmt.Fprintf(w, "%s: waiting for %s (%s)\n", o.ID, text, duration.HumanDuration(since))
}
