package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// Placement says where new federated objects are placed, and whether that was chosen by the user.
func Placement(w io.Writer, clusters []string, byDefault bool) {
	line := "placement: " + strings.Join(clusters, ", ")
	if byDefault {
		line += " (the members joined now)"
	}
	fmt.Fprintln(w, line)
}

// PlacementBySelector says which clusters a selector places on; "" selects all.
func PlacementBySelector(w io.Writer, selector string, now []string) {
	what := "all members, those that join later too"
	if selector != "" {
		what = "members with the labels " + selector + ", those that join later too"
	}
	if now != nil {
		what += "; now " + cmp.Or(strings.Join(now, ", "), "none")
	}
	fmt.Fprintln(w, "placement: "+what)
}

// DroppedFrom is what of one object does not travel.
type DroppedFrom struct {
	Object string
	All    []federation.Dropped
}

// namedObjects is how many objects are named in one line.
const namedObjects = 3

// Dropped says what of objects does not travel, and why. Of several objects, those that lose the same for the same
// reason share a line.
func Dropped(w io.Writer, objects []DroppedFrom) {
	if len(objects) == 1 {
		for _, d := range objects[0].All {
			fmt.Fprintf(w, "not carried: %s (%s)\n", d.Path, d.Reason)
		}
		return
	}
	by := map[federation.Dropped][]string{}
	var order []federation.Dropped
	for _, o := range objects {
		for _, d := range o.All {
			if by[d] == nil {
				order = append(order, d)
			}
			by[d] = append(by[d], o.Object)
		}
	}
	for _, d := range order {
		fmt.Fprintf(w, "not carried: %s of %s (%s)\n", d.Path, some(by[d]), d.Reason)
	}
}

// some names a few, and counts the others.
func some(names []string) string {
	if len(names) <= namedObjects {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:namedObjects], ", "), len(names)-namedObjects)
}

// LeftOut is an object that is not federated with the others.
type LeftOut struct{ Resource, Name, Reason string }

// LeftOutObjects says what of a namespace is not federated and why: one line for each type and reason.
func LeftOutObjects(w io.Writer, all []LeftOut) {
	by := map[[2]string][]string{}
	var order [][2]string
	for _, l := range all {
		kind := [2]string{l.Resource, l.Reason}
		if by[kind] == nil {
			order = append(order, kind)
		}
		by[kind] = append(by[kind], l.Name)
	}
	slices.SortFunc(order, func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	for _, kind := range order {
		names := by[kind]
		slices.Sort(names)
		fmt.Fprintf(w, "left out: %s %s (%s)\n", kind[0], some(names), kind[1])
	}
}

// Adopted is an object of a member that KubeFed takes over.
type Adopted struct{ Object, Cluster string }

// Adoptions names the objects that members have already, and that KubeFed takes over.
func Adoptions(w io.Writer, all []Adopted) {
	var lines []string
	for _, a := range all {
		lines = append(lines, a.Cluster+": "+a.Object)
	}
	List(w, "These are there already, and not KubeFed's. It would take them over, overwrite\n"+
		"them now, and delete them with the federated object:", lines)
}

// Answers says what members said to a dry run of KubeFed's write.
func Answers(w io.Writer, id string, results []drift.Result) {
	for _, g := range (drift.Object{ID: id, Results: results}).Groups() {
		line := fmt.Sprintf("%s on %s: %s", id, strings.Join(g.Clusters, ", "), g.Verdict)
		if g.Cause != "" {
			line += ": " + oneLine(g.Cause)
		}
		fmt.Fprintln(w, line)
	}
}
