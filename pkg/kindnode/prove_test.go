package kindnode

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"strings"
	"testing"
	"time"
)

const anyPort = "127.0.0.1:0"

var discard = log.New(io.Discard, "", 0)

// deadline bounds a test's connections, far above what loopback needs.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestProveAcceptsTheClusterItself(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	byAddress := "https://" + ca.serve(anyPort, "alpha-control-plane", "127.0.0.1")
	byName := strings.Replace("https://"+ca.serve(anyPort, "localhost"), "127.0.0.1", "localhost", 1)
	for name, test := range map[string]struct {
		url string
		ca  []byte
	}{
		"by address":                     {byAddress, ca.pem},
		"by address, with a path":        {byAddress + "/", ca.pem},
		"by name":                        {byName, ca.pem},
		"one of several CAs, as rotated": {byAddress, append(append([]byte{}, other.pem...), ca.pem...)},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Prove(deadline(t), test.url, test.ca); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProveIPv6(t *testing.T) {
	ca := newAuthority(t)
	url := "https://" + ca.serve("[::1]:0", "::1")
	if err := Prove(deadline(t), url, ca.pem); err != nil {
		t.Error(err)
	}
}

func TestProveForeignCA(t *testing.T) {
	alpha, beta := newAuthority(t), newAuthority(t)
	url := "https://" + beta.serve(anyPort, "beta-control-plane", "kubernetes", "kubernetes.default.svc", "127.0.0.1")
	err := Prove(deadline(t), url, alpha.pem)
	var foreign *ForeignError
	if !errors.As(err, &foreign) {
		t.Fatalf("got %T %v, want a ForeignError", err, err)
	}
	if foreign.URL != url || foreign.Names[0] != "beta-control-plane" {
		t.Errorf("got %+v", foreign)
	}
	want := url + " answers with a certificate of another CA, for beta-control-plane, 127.0.0.1"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

// A foreign certificate that doesn't cover the name either is foreign first: the
// name is not what is wrong.
func TestProveForeignAndNameNotCovered(t *testing.T) {
	url := "https://" + newAuthority(t).serve(anyPort, "beta-control-plane")
	var foreign *ForeignError
	if err := Prove(deadline(t), url, newAuthority(t).pem); !errors.As(err, &foreign) {
		t.Errorf("got %T %v, want a ForeignError", err, err)
	}
}

func TestProveNameNotCovered(t *testing.T) {
	ca := newAuthority(t)
	url := "https://" + ca.serve(anyPort, "alpha-control-plane", "172.18.0.2")
	err := Prove(deadline(t), url, ca.pem)
	var name *NameError
	if !errors.As(err, &name) {
		t.Fatalf("got %T %v, want a NameError", err, err)
	}
	want := "the certificate at " + url + " does not cover 127.0.0.1, only alpha-control-plane, 172.18.0.2"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	if err := ProveAs(deadline(t), url, "alpha-control-plane", ca.pem); err != nil {
		t.Errorf("with the name as tls-server-name: %v", err)
	}
}

func TestProveExpired(t *testing.T) {
	ca := newAuthority(t)
	long := time.Now().AddDate(-2, 0, 0)
	certificate := ca.issue(long, long.AddDate(1, 0, 0), "127.0.0.1")
	url := "https://" + serveTLS(t, anyPort, certificate)
	err := Prove(deadline(t), url, ca.pem)
	var expired *ExpiredError
	if !errors.As(err, &expired) {
		t.Fatalf("got %T %v, want an ExpiredError", err, err)
	}
	if until := long.AddDate(1, 0, 0).UTC().Format(time.DateOnly); !strings.HasSuffix(err.Error(), until) {
		t.Errorf("%q doesn't end with the date %s", err, until)
	}
	var foreign *ForeignError
	if err := Prove(deadline(t), url, newAuthority(t).pem); !errors.As(err, &foreign) {
		t.Errorf("expired and of another CA: got %T %v, want a ForeignError", err, err)
	}
}

func TestProveUnreachable(t *testing.T) {
	ca := newAuthority(t)
	dead := listen(t, anyPort)
	dead.Close()
	for name, test := range map[string]struct {
		url  string
		want string
	}{
		"nothing listens":      {"https://" + dead.Addr().String(), "connection refused"},
		"accepts and hangs up": {"https://" + acceptAnd(t, net.Conn.Close), "EOF"},
		"no such name":         {"https://alpha-control-plane.invalid:6443", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := Prove(deadline(t), test.url, ca.pem)
			var unreachable *UnreachableError
			if !errors.As(err, &unreachable) {
				t.Fatalf("got %T %v, want an UnreachableError", err, err)
			}
			if !strings.HasPrefix(err.Error(), test.url+" is unreachable: ") || !strings.HasSuffix(err.Error(), test.want) {
				t.Errorf("unexpected message %q", err)
			}
			if strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("message %q has lines", err)
			}
		})
	}
}

func TestProveEndsWithItsContext(t *testing.T) {
	ca := newAuthority(t)
	url := "https://" + acceptAnd(t, func(net.Conn) error { return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := Prove(ctx, url, ca.pem)
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %T %v, want an UnreachableError for the deadline", err, err)
	}
	if want := url + " is unreachable: no answer in time"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := Prove(ctx, url, ca.pem); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to be an interrupt", err)
	}
}

func TestProveNotTLS(t *testing.T) {
	ca := newAuthority(t)
	url := "https://" + acceptAnd(t, func(connection net.Conn) error {
		_, err := io.WriteString(connection, "HTTP/1.0 400 Bad Request\r\n\r\n")
		return err
	})
	err := Prove(deadline(t), url, ca.pem)
	var foreign *ForeignError
	if !errors.As(err, &foreign) || len(foreign.Names) != 0 {
		t.Fatalf("got %T %v, want a ForeignError without names", err, err)
	}
	if !strings.HasPrefix(err.Error(), url+" is not the cluster's API server: tls: ") {
		t.Errorf("unexpected message %q", err)
	}
}

func TestProveRefusesBadArguments(t *testing.T) {
	ca := newAuthority(t)
	for _, url := range []string{"", "127.0.0.1:6443", "http://127.0.0.1:6443", "https://", "https://172.18.0.2172.30.0.2:port"} {
		if err := Prove(t.Context(), url, ca.pem); err == nil {
			t.Errorf("%q was taken for an https URL", url)
		}
	}
	for _, pem := range []string{"", "no PEM"} {
		if err := Prove(t.Context(), "https://127.0.0.1:1", []byte(pem)); err == nil || !strings.Contains(err.Error(), "no CA") {
			t.Errorf("CA %q: got %v", pem, err)
		}
	}
}

// acceptAnd serves TCP: it does something to each connection and then leaves it
// open until the test ends.
func acceptAnd(t *testing.T, do func(net.Conn) error) string {
	t.Helper()
	listener := listen(t, anyPort)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
			// Read the greeting, or closing would reset the connection.
			_, _ = connection.Read(make([]byte, 4096))
			_ = do(connection)
		}
	}()
	return listener.Addr().String()
}
