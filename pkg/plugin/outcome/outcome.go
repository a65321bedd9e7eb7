// Package outcome has the ends that a command can come to, beside success and plain failure. Verbs return
// them as errors; package plugin maps them to exit codes, in one place.
package outcome

import "errors"

// ErrFound is returned by a command that compares, when it found something. It has been printed: there is
// no message.
var ErrFound = errors.New("differences were found")

// wrapped is an error with a kind.
type wrapped struct {
	error
	kind Kind
}

// Kind says what an error means for the exit code.
type Kind int

// The kinds of ends.
const (
	Failure Kind = iota // it failed
	Usage               // the call was wrong
	Trouble             // a comparison could not be made for a part, or at all
	Partial             // some clusters worked and some did not
	Timeout             // the --timeout of the command ran out
)

func (w *wrapped) Unwrap() error { return w.error }

// As gives an error a kind; a nil error stays nil.
func As(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return &wrapped{err, kind}
}

// KindOf is the kind of the outermost error that has one; Failure for all others.
func KindOf(err error) Kind {
	var w *wrapped
	if errors.As(err, &w) {
		return w.kind
	}
	return Failure
}

// Compares is the key of the annotation on a command that answers by its exit code, like diff: 1 then means
// that it found something, and all that went wrong is 2. Its value is the flag with which the command does so,
// or empty when it always does.
const Compares = "kubectl-fed.io/compares"

// OfMany joins the errors of several clusters: nil when all worked, Partial when some did.
func OfMany(total int, failed []error) error {
	err := errors.Join(failed...)
	if len(failed) > 0 && len(failed) < total {
		return As(Partial, err)
	}
	return err
}
