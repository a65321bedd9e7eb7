package kindnode

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// UnreachableError says that nothing answers at a URL: no connection, or one that
// broke or fell silent in the TLS handshake.
type UnreachableError struct {
	// URL is what was dialled.
	URL string
	// Err is the cause; the context's error when that ended the wait.
	Err error
}

// Error names the URL and the cause without repeating the address.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s is unreachable: %s", e.URL, cause(e.Err))
}

// Unwrap gives Err.
func (e *UnreachableError) Unwrap() error { return e.Err }

// cause puts a network error in few words.
func cause(err error) string {
	var operation *net.OpError
	var call *os.SyscallError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &call):
		return call.Err.Error()
	case errors.As(err, &operation):
		return operation.Err.Error()
	}
	return err.Error()
}

// ForeignError says that something else answers at a URL than the cluster with
// the given CA: another cluster, usually, since addresses move.
type ForeignError struct {
	// URL is what was dialled.
	URL string
	// Names are the names and addresses in the served certificate. The node's
	// name among them says which kind cluster answered. There are none when no
	// certificate was served.
	Names []string
	// Err is what the check or the handshake said.
	Err error
}

// Error names the URL and who answered.
func (e *ForeignError) Error() string {
	if len(e.Names) == 0 {
		return fmt.Sprintf("%s is not the cluster's API server: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("%s answers with a certificate of another CA, for %s", e.URL, telling(e.Names))
}

// Unwrap gives Err.
func (e *ForeignError) Unwrap() error { return e.Err }

// NameError says that the right cluster answers at a URL with a certificate that
// doesn't cover the name that it was called by, so that clients refuse it.
type NameError struct {
	// URL is what was dialled.
	URL string
	// Name is the host name or address, or the tls-server-name.
	Name string
	// Covered are the names and addresses that the certificate does cover.
	Covered []string
}

// Error names the URL, the name and what would do instead.
func (e *NameError) Error() string {
	return fmt.Sprintf("the certificate at %s does not cover %s, only %s", e.URL, e.Name, telling(e.Covered))
}

// ExpiredError says that the right cluster answers at a URL with a certificate that
// is not valid today.
type ExpiredError struct {
	// URL is what was dialled.
	URL string
	// From and Until bound the certificate's validity.
	From, Until time.Time
}

// Error names the URL and the dates.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("the certificate at %s is valid only from %s to %s",
		e.URL, e.From.UTC().Format(time.DateOnly), e.Until.UTC().Format(time.DateOnly))
}

// telling joins the names that tell clusters apart; every API server has the
// kubernetes ones, which would only make the line long.
func telling(names []string) string {
	var own []string
	for _, name := range names {
		if name != "kubernetes" && !strings.HasPrefix(name, "kubernetes.default") {
			own = append(own, name)
		}
	}
	if len(own) == 0 {
		own = names
	}
	if len(own) == 0 {
		return "no name"
	}
	return strings.Join(own, ", ")
}
