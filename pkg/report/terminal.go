package report

import (
	"io"
	"os"

	"golang.org/x/term"
)

// IsTerminal tells whether someone watches what is written to w.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
