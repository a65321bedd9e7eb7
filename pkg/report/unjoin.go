package report

import (
	"fmt"
	"io"
	"strings"
)

// Departure is what the user should know before a cluster leaves.
type Departure struct {
	Cluster   string
	Mentions  []string // objects of the host that name it, and where
	Stuck     []string // objects of the host whose deletion waits for it
	Workloads []string // objects in it that KubeFed wrote
	Fate      string   // what becomes of those: keep, orphan or delete
	Kept      string   // why KubeFed's namespace stays in it
	Unreached error
	Left      []string // what is likely left in it then
}

// fates says what becomes of workloads, and what else could.
var fates = map[string]string{
	"keep":   "kept, with its label (--workloads=orphan takes that off, --workloads=delete deletes all)",
	"orphan": "kept, without its label",
	"delete": "deleted",
}

// Leaves prints what a cluster's leaving means.
func Leaves(w io.Writer, d Departure) {
	List(w, d.Cluster+" is named by, and stays in:", d.Mentions)
	List(w, d.Cluster+" holds up the deletion of:", d.Stuck)
	if d.Unreached != nil {
		List(w, d.Cluster+" is not reached, so these are likely left in it:", d.Left)
		return
	}
	if len(d.Workloads) > 0 {
		List(w, fmt.Sprintf("%s has %s of KubeFed's, to be %s:", d.Cluster, Count(len(d.Workloads), "object"), fates[d.Fate]), d.Workloads)
	}
	if d.Kept != "" {
		fmt.Fprintf(w, "%s keeps KubeFed's namespace: %s\n", d.Cluster, d.Kept)
	}
}

// List prints items below a title, nothing where there are none.
func List(w io.Writer, title string, items []string) {
	if len(items) > 0 {
		fmt.Fprintf(w, "%s\n  %s\n", title, strings.Join(items, "\n  "))
	}
}

// Confirm asks a question that is answered by yes or no; no answer is a no.
func Confirm(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprintf(out, "%s [y/N] ", question)
	var answer string
	_, _ = fmt.Fscanln(in, &answer) // an empty line, or none, leaves the answer empty
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes"
}
