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

// screenWidth is how wide a terminal is at least.
const screenWidth = 80

// folded breaks a text at spaces, so that lines are no wider than a terminal; all but the first are indented.
func folded(text string, indent int) string {
	var out strings.Builder
	width := indent
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width+1+n > screenWidth:
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
