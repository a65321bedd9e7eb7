package kubeconfig

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// LockedError says that another program holds a kubeconfig's lock file, or left
// it behind when it died: the two look the same from outside.
type LockedError struct {
	// Lock is the path of the lock file.
	Lock string
	// Since is when it was made; zero when that can't be told.
	Since time.Time
	// Err is why the wait ended: the context's error, or os.ErrExist when the
	// patience of Apply ran out.
	Err error
}

// Error names the lock file and its age, by which a stale one is recognised.
func (e *LockedError) Error() string {
	age := ""
	if !e.Since.IsZero() {
		age = fmt.Sprintf(", made %s ago", time.Since(e.Since).Round(time.Second))
	}
	return fmt.Sprintf("kubeconfig is locked by %s%s; if no kubectl or kind is writing it, remove that file", e.Lock, age)
}

// Unwrap gives Err.
func (e *LockedError) Unwrap() error { return e.Err }

// ChangedError says that a cluster entry is not what it was when the edit was
// planned: another program wrote the file in between.
type ChangedError struct {
	// Cluster is the name of the entry.
	Cluster string
	// Want is the server that the edit started from, Got the one in the file.
	Want, Got string
}

// Error names the cluster and both servers.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("cluster %q was changed by another program: its server is %q and no longer %q", e.Cluster, e.Got, e.Want)
}

// withoutContents cuts the part of client-go's errors that quotes the file: for
// a name that is defined twice it prints the whole list, tokens and keys
// included. The original is not wrapped, so that nobody can unwrap and print it.
func withoutContents(err error) error {
	text, _, quoted := strings.Cut(err.Error(), " in list: ")
	if !quoted {
		return err
	}
	return errors.New(text)
}
