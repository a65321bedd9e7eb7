package report

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Compared is one federated object with what was found of it.
type Compared struct {
	drift.Object
	Secret bool // its values must not be seen
}

// titleWidth is where the verdict stands beside an object's name, when there is room for it.
const titleWidth = 40

// Diff prints what was found, an object after another, and closes with the numbers. Objects that are in sync
// everywhere appear in the numbers only.
func Diff(w io.Writer, objects []Compared, members int) {
	for _, object := range objects {
		if worthShowing(object) {
			diffObject(w, object)
		}
	}
	summary(w, objects, members)
}

// worthShowing tells whether anything is to be said of an object beside that it is in sync.
func worthShowing(object Compared) bool {
	for _, r := range object.Results {
		if r.Verdict != drift.InSync || r.Cause != "" {
			return true
		}
	}
	return false
}

func diffObject(w io.Writer, object Compared) {
	for i, g := range object.Groups() {
		title := ""
		if i == 0 {
			title = object.ID
		}
		said := strings.Join(g.Clusters, ", ") + ": " + string(g.Verdict)
		if len(title) >= titleWidth {
			fmt.Fprintln(w, title)
			title = ""
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-*s %s", titleWidth, title, said), " "))
		if g.Cause != "" {
			fmt.Fprintf(w, "  %s\n", oneLine(g.Cause))
		}
		changes(w, "live", "as KubeFed will write it", g.Changes, object.Secret)
	}
	fmt.Fprintln(w)
}

// changes prints the changes of one group in the manner of a unified diff: a heading for each place, below
// it what is there with a minus and what will be there with a plus.
func changes(w io.Writer, before, after string, all []drift.Change, secret bool) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "--- %s\n+++ %s\n", before, after)
	heading := ""
	for i, c := range all {
		parent, key := place(c.Path)
		if i == 0 || parent != heading {
			fmt.Fprintf(w, "@@ %s @@\n", parent)
			heading = parent
		}
		was, will := c.Before, c.After
		if secret {
			was, will = mask(c)
		}
		if !c.Added {
			side(w, "-", key, was)
		}
		if !c.Removed {
			side(w, "+", key, will)
		}
	}
}

// mask hides the values of a change in a Secret, its data and what may repeat it in metadata alike, and
// still shows that they are not the same.
func mask(c drift.Change) (before, after any) {
	if strings.HasPrefix(c.Path, "/metadata/labels") || c.Path == "/type" {
		return c.Before, c.After
	}
	return "*** (before)", "*** (after)"
}

// side prints one value as YAML behind a sign.
func side(w io.Writer, sign, key string, value any) {
	text, err := yaml.Marshal(wrap(key, value))
	if err != nil {
		text = fmt.Appendf(nil, "%s: %v\n", key, value)
	}
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(w, "%s  %s\n", sign, strings.TrimRight(line, "\n"))
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

// verdicts is the order in which the numbers are given.
var verdicts = []drift.Verdict{
	drift.InSync, drift.WillCreate, drift.WillUpdate, drift.WillAdopt, drift.WillDelete, drift.WillRelease,
	drift.Blocked, drift.NotTargeted, drift.Unknown,
}

func summary(w io.Writer, objects []Compared, members int) {
	counts := map[drift.Verdict]int{}
	for _, object := range objects {
		for _, r := range object.Results {
			counts[r.Verdict]++
		}
	}
	var parts []string
	for _, v := range verdicts {
		if counts[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	over := fmt.Sprintf("%s, %s", Count(len(objects), "object"), Count(members, "member"))
	if len(parts) > 0 {
		over += ": " + strings.Join(parts, ", ")
	}
	if unknown, differs := Tally(objects); len(objects) > 0 && unknown+differs == 0 {
		over = "no differences: " + over
	}
	fmt.Fprintln(w, over)
}

// Tally counts the results that are not known, and those that are differences.
func Tally(objects []Compared) (unknown, differs int) {
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
