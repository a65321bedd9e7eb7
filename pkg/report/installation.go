package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// InstallationRow is what became of one stage of an installation.
type InstallationRow struct {
	Stage   string
	Counts  map[string]int // created, configured, unchanged
	Helm    int            // of them taken over from helm
	Changed []*unstructured.Unstructured
	Waited  time.Duration // until its objects worked
}

// Installation shows how an installation goes on: a row for each stage that is done, and on a terminal, in a line
// that vanishes, what is waited for. Into a pipe that is a line of its own.
type Installation struct {
	out, progress io.Writer
	terminal      bool
	shown         bool
}

// NewInstallation prints rows to one stream, and what is waited for to the other.
func NewInstallation(out, progress io.Writer) *Installation {
	return &Installation{out: out, progress: progress, terminal: IsTerminal(progress)}
}

// stageWidth fits the longest name of a stage.
const stageWidth = 24

// Waiting says what a stage waits for.
func (i *Installation) Waiting(stage, why string) {
	if !i.terminal {
		fmt.Fprintf(i.progress, "%s: waiting: %s\n", stage, oneLine(why))
		return
	}
	text := stage + ": " + oneLine(why)
	if len(text) > 78 { // a line that wraps can't be taken back
		text = text[:75] + "..."
	}
	fmt.Fprintf(i.progress, "\r\x1b[K%s", text)
	i.shown = true
}

// Done prints the row of a stage, and the objects that were there and are changed.
func (i *Installation) Done(row InstallationRow) {
	i.End()
	text := fmt.Sprintf("%-*s%s", stageWidth, row.Stage, row.counts())
	if row.Waited >= time.Second {
		text = fmt.Sprintf("%-*sready after %s", stageWidth+30, text, row.Waited.Round(time.Second))
	}
	fmt.Fprintln(i.out, strings.TrimRight(text, " "))
	for _, object := range row.Changed {
		Done(i.out, object, "configured")
	}
}

// End takes back what is shown on a terminal.
func (i *Installation) End() {
	if i.shown {
		fmt.Fprint(i.progress, "\r\x1b[K")
		i.shown = false
	}
}

func (r InstallationRow) counts() string {
	var parts []string
	for _, what := range []string{"created", "configured", "unchanged"} {
		if n := r.Counts[what]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	text := strings.Join(parts, ", ")
	if r.Helm > 0 {
		text += fmt.Sprintf(" (%d of helm's)", r.Helm)
	}
	return text
}
