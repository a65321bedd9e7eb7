package report

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

// Error prints an error in one line and its hint, if it has one, in a second. Several joined errors are
// printed one after another, each with its own hint.
func Error(w io.Writer, err error) {
	for _, one := range split(err) {
		fmt.Fprintf(w, "error: %s\n", oneLine(one.Error()))
		if h := hint.Of(one); h != "" {
			fmt.Fprintf(w, "hint: %s\n", h)
		}
	}
}

// split takes apart what errors.Join put together, also inside an error that adds nothing to the message.
// What fmt.Errorf made of several errors says something of its own, and stays whole.
func split(err error) []error {
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		return splitJoined(err, e.Unwrap())
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil && inner.Error() == err.Error() && hint.Of(err) == hint.Of(inner) {
			return split(inner)
		}
	}
	return []error{err}
}

func splitJoined(err error, parts []error) []error {
	if err.Error() != errors.Join(parts...).Error() {
		return []error{err}
	}
	var all []error
	for _, one := range parts {
		all = append(all, split(one)...)
	}
	return all
}

// oneLine folds the line breaks that a server's answer may have into spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Warning prints what the user should know and what stops nothing.
func Warning(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, "warning: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// Hint prints a command that may be typed next.
func Hint(w io.Writer, command string) { fmt.Fprintf(w, "hint: %s\n", command) }
