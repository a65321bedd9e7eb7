package controlplane

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"
)

var today = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func mustIssue(t *testing.T, namespace string, now time.Time) Certificate {
	t.Helper()
	c, err := Issue(namespace, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	good, other := mustIssue(t, "fed", today), mustIssue(t, "fed", today)
	tests := map[string]struct {
		certificate Certificate
		namespace   string
		now         time.Time
		want        string // is in the error
	}{
		"good":                     {good, "fed", today, ""},
		"good on a slow clock":     {good, "fed", today.Add(-30 * time.Minute), ""},
		"good for nine years":      {good, "fed", today.Add(8*365*24*time.Hour + 364*24*time.Hour), ""},
		"in its last year":         {good, "fed", today.Add(validity - renewal + time.Hour), "it ends on 2036-"},
		"none":                     {Certificate{}, "fed", today, "there is none"},
		"another's key":            {Certificate{good.Authorities, good.Serving, other.Key}, "fed", today, "don't fit together"},
		"another authority":        {Certificate{other.Authorities, good.Serving, good.Key}, "fed", today, "an API server would refuse it"},
		"no authority":             {Certificate{nil, good.Serving, good.Key}, "fed", today, "its authority is not known"},
		"for another namespace":    {good, "default", today, "an API server would refuse it"},
		"with another's as well":   {other.trusting(good.Authorities), "fed", today, ""},
		"by either of two":         {Certificate{other.trusting(good.Authorities).Authorities, good.Serving, good.Key}, "fed", today, ""},
		"and its key is no secret": {Certificate{good.Authorities, good.Serving, []byte("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n")}, "fed", today, "don't fit together"},
	}
	for name, test := range tests {
		err := test.certificate.Check(test.namespace, test.now)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func TestTrustingTwiceIsOnce(t *testing.T) {
	a, b := mustIssue(t, "fed", today), mustIssue(t, "fed", today)
	once := a.trusting(b.Authorities)
	if twice := once.trusting(b.Authorities); !bytes.Equal(once.Authorities, twice.Authorities) {
		t.Error("an authority is in it twice")
	}
	if bytes.Equal(a.Authorities, once.Authorities) || a.fingerprint() != once.fingerprint() {
		t.Error("it is the certificate that counts, and the authorities that are added")
	}
}

// TestServes lets a TLS client check the certificate as an API server does.
func TestServes(t *testing.T) {
	c := mustIssue(t, "fed", time.Now())
	pair, err := tls.X509KeyPair(c.Serving, c.Key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.Authorities)
	here, there := net.Pipe()
	server := tls.Server(there, &tls.Config{Certificates: []tls.Certificate{pair}})
	go func() { _ = server.HandshakeContext(t.Context()) }()
	client := tls.Client(here, &tls.Config{RootCAs: roots, ServerName: "kubefed-admission-webhook.fed.svc"})
	if err := client.HandshakeContext(t.Context()); err != nil {
		t.Error(err)
	}
}
