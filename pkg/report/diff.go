package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Comparison is what was found of all objects, and between what.
type Comparison struct {
	Host    string // the host cluster's context
	Objects []drift.Object
	Members []string
	// Before and After name the two sides.
	Before, After string
	// Pair is set where the two sides are two members: one result then speaks of both.
	Pair bool
	// Errors are what could not be compared.
	Errors []error

	Color bool
	Now   time.Time // for ages
}

// The sides of a comparison of what there is with what KubeFed makes of it.
const (
	SideLive    = "live"
	SideDesired = "as KubeFed will write it"
)

const (
	// titleWidth is where the verdict stands beside an object's name, when there is room for it.
	titleWidth = 40
	lineWidth  = 92 // two members' names and the longest verdict have room behind a title
)

// Diff prints what was found, an object after another, and closes with the numbers. Objects that are in sync
// everywhere appear in the numbers only.
func Diff(w io.Writer, c Comparison) {
	for _, object := range c.Objects {
		if worthShowing(object) {
			c.object(w, object)
		}
	}
	fmt.Fprintln(w, c.numbers())
}

// worthShowing tells whether anything is to be said of an object beside that it is in sync.
func worthShowing(object drift.Object) bool {
	for _, r := range object.Results {
		if r.Verdict != drift.InSync && r.Verdict != drift.Same || r.Cause != "" {
			return true
		}
	}
	return false
}

func (c Comparison) object(w io.Writer, object drift.Object) {
	for i, g := range object.Groups() {
		title := ""
		if i == 0 {
			title = object.ID
		}
		c.title(w, title, g)
		if g.Cause != "" {
			fmt.Fprintf(w, "  %s\n", oneLine(maskedCause(object, g.Cause)))
		}
		p := changePrinter{w: w, secret: object.IsSecret(), color: c.Color, notes: func(i int) (string, string) { return notes(g, i, c.Now) }}
		p.print(c.Before, c.After, g.Changes)
	}
	fmt.Fprintln(w)
}

// title is the line of a group: the object, the members and the verdict. Many members take several lines.
func (c Comparison) title(w io.Writer, title string, g drift.Group) {
	clusters := g.Clusters
	if c.Pair {
		clusters = []string{c.Before, c.After}
	}
	if len(title) >= titleWidth {
		fmt.Fprintln(w, Strong.Paint(c.Color, title))
		title = ""
	}
	verdict := colorOf(g.Verdict).Paint(c.Color, string(g.Verdict))
	pad := strings.Repeat(" ", titleWidth-len(title)+1)
	for i, line := range fold(clusters, lineWidth-titleWidth-len(g.Verdict)-3) {
		if i > 0 {
			fmt.Fprint(w, ",\n")
			title, pad = "", strings.Repeat(" ", titleWidth+1)
		}
		fmt.Fprint(w, Strong.Paint(c.Color, title), pad, line)
	}
	fmt.Fprintf(w, ": %s\n", verdict)
}

// fold joins words by commas to lines of some width.
func fold(words []string, width int) []string {
	var lines []string
	for i, word := range words {
		if last := len(lines) - 1; i > 0 && len(lines[last])+2+len(word) <= width {
			lines[last] += ", " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// colorOf is the colour of a verdict.
func colorOf(v drift.Verdict) Color {
	switch v {
	case drift.InSync, drift.Same:
		return Good
	case drift.NotTargeted:
		return Dim
	case drift.Blocked, drift.Looping, drift.WillDelete, drift.Unknown:
		return Bad
	}
	return Doubt
}

// changePrinter prints changes in the manner of a unified diff: a heading for each place, below it what is there
// with a minus and what will be there with a plus.
type changePrinter struct {
	w             io.Writer
	secret, color bool
	// notes are what is said behind both sides of the change of that number.
	notes func(i int) (before, after string)
}

// changes prints changes without notes and colours.
func changes(w io.Writer, before, after string, all []drift.Change, secret bool) {
	p := changePrinter{w: w, secret: secret, notes: func(int) (string, string) { return "", "" }}
	p.print(before, after, all)
}

func (p changePrinter) print(before, after string, all []drift.Change) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(p.w, Bad.Paint(p.color, "--- "+before))
	fmt.Fprintln(p.w, Good.Paint(p.color, "+++ "+after))
	heading := ""
	for i, c := range all {
		parent, key := place(c.Path)
		if i == 0 || parent != heading {
			fmt.Fprintln(p.w, Place.Paint(p.color, "@@ "+parent+" @@"))
			heading = parent
		}
		if p.secret {
			c = Masked(c)
		}
		noteBefore, noteAfter := p.notes(i)
		if c.Removed {
			noteBefore = strings.Trim(noteBefore+"; "+noteAfter, "; ") // there is no line for the other side
		}
		if !c.Added {
			p.side(Bad, "-", key, c.Before, noteBefore)
		}
		if !c.Removed {
			p.side(Good, "+", key, c.After, noteAfter)
		}
	}
}

// side prints one value as YAML behind a sign, and behind its first line what is said of it.
func (p changePrinter) side(color Color, sign, key string, value any, note string) {
	text, err := yaml.Marshal(wrap(key, value))
	if err != nil {
		text = fmt.Appendf(nil, "%s: %v\n", key, value)
	}
	for line := range strings.Lines(string(text)) {
		line = sign + "  " + strings.TrimRight(line, "\n")
		if note == "" {
			fmt.Fprintln(p.w, color.Paint(p.color, line))
			continue
		}
		fmt.Fprintf(p.w, "%s%s\n", color.Paint(p.color, fmt.Sprintf("%-20s", line)), Dim.Paint(p.color, "  ("+note+")"))
		note = ""
	}
}

// wrap puts the value back under its key, or into a list where the key is a number.
func wrap(key string, value any) any {
	if _, err := strconv.Atoi(key); err == nil {
		return []any{value}
	}
	return map[string]any{key: value}
}

// place splits a JSON pointer into the field that it lies in, as people write it, and the last key.
func place(pointer string) (parent, key string) {
	tokens := federation.Tokens(pointer)
	if len(tokens) == 0 {
		return ".", ""
	}
	last := len(tokens) - 1
	return dotted(tokens[:last]), tokens[last]
}

// dotted writes a path as people do; a dot alone is the whole object.
func dotted(tokens []string) string { return cmp.Or(federation.Dotted(tokens), ".") }

// numbers is the last line: how much of what there is.
func (c Comparison) numbers() string {
	var parts []string
	counts := c.counts()
	for _, v := range drift.Verdicts {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	over := fmt.Sprintf("%s, %s", Count(len(c.Objects), "object"), Count(len(c.Members), "member"))
	if len(parts) > 0 {
		over += ": " + strings.Join(parts, ", ")
	}
	if unknown, differs := Tally(c.Objects); len(c.Objects) > 0 && unknown+differs == 0 {
		over = "no differences: " + over
	}
	return over
}

func (c Comparison) counts() map[drift.Verdict]int {
	counts := map[drift.Verdict]int{}
	for _, object := range c.Objects {
		for _, r := range object.Results {
			counts[r.Verdict]++
		}
	}
	return counts
}

// Tally counts the results that are not known, and those that are differences.
func Tally(objects []drift.Object) (unknown, differs int) {
	for _, object := range objects {
		for _, r := range object.Results {
			switch {
			case r.Verdict == drift.Unknown:
				unknown++
			case r.Verdict.Differs():
				differs++
			}
		}
	}
	return unknown, differs
}

// Count writes a number with what it counts: "1 object", "2 objects".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// DiffNames prints the federated objects with which something is the matter, one a line, as kubectl's -o name.
func DiffNames(w io.Writer, objects []drift.Object) {
	for _, o := range objects {
		unknown := slices.ContainsFunc(o.Results, func(r drift.Result) bool { return r.Verdict == drift.Unknown })
		if !unknown && !o.Differs() {
			continue
		}
		_, group, grouped := strings.Cut(o.Federated.Resource, ".")
		name := strings.ToLower(o.Federated.Kind)
		if grouped {
			name += "." + group
		}
		fmt.Fprintf(w, "%s/%s\n", name, o.Federated.Name)
	}
}
