// Package hint joins to an error the command that mends what it says.
package hint

import (
	"errors"
	"fmt"
)

// hinted is an error with a hint. Its message is the error's own: the hint is printed on a line of its own.
type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }

// Add joins a hint to an error; a nil error stays nil. The hint is a command that can be typed as it
// stands, made as by fmt.Sprintf.
func Add(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hinted{err, fmt.Sprintf(format, args...)}
}

// Of finds the outermost hint of an error, or "".
func Of(err error) string {
	var h *hinted
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}
