package report

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// Colors are the values of --color.
var Colors = []string{"auto", "always", "never"}

// UseColor tells whether what is written to w is coloured: with auto on a terminal, unless NO_COLOR is set.
func UseColor(w io.Writer, when string) (bool, error) {
	switch {
	case !slices.Contains(Colors, when):
		return false, fmt.Errorf("--color is auto, always or never, and not %q", when)
	case when == "auto":
		return IsTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", nil
	}
	return when == "always", nil
}

// Color is a way to show text on a terminal.
type Color string

// The colours of a terminal, by what they are for.
const (
	Good   Color = "32"
	Doubt  Color = "33"
	Bad    Color = "31"
	Dim    Color = "2"
	Place  Color = "36"
	Strong Color = "1"
)

// Paint gives text a colour, if there are to be any.
func (c Color) Paint(on bool, text string) string {
	if !on || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
