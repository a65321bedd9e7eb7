package kindnode

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
)

// Prove says who answers at an https URL: it makes a TLS handshake without a client
// certificate and checks the served one against ca, one or more certificates in
// PEM, and against the URL's host. It is nil when a client with this CA and this
// URL gets through to its cluster.
//
// Otherwise it is an *UnreachableError, a *ForeignError, a *NameError or an
// *ExpiredError, unless the arguments are no URL or no CA. The wait is bounded by
// ctx. HTTP proxies are not used.
func Prove(ctx context.Context, url string, ca []byte) error {
	return ProveAs(ctx, url, "", ca)
}

// ProveAs is Prove for a client with a tls-server-name: the certificate is checked
// against serverName and not against the URL's host, unless it is empty.
func ProveAs(ctx context.Context, url, serverName string, ca []byte) error {
	endpoint, err := parseURL(url)
	if err != nil {
		return err
	}
	if serverName != "" {
		endpoint.name = serverName
	}
	roots, err := parseCA(ca)
	if err != nil {
		return err
	}
	chain, err := endpoint.served(ctx)
	if err != nil {
		return err
	}
	if err := endpoint.verify(chain, roots); err != nil {
		return err
	}
	if chain[0].VerifyHostname(endpoint.name) != nil {
		return &NameError{URL: url, Name: endpoint.name, Covered: namesOf(chain[0])}
	}
	return nil
}

// Served returns the certificates that an https URL serves, the server's own
// first, without judging them. That the server holds the key is certain. Errors
// are as those of Prove.
func Served(ctx context.Context, url string) ([]*x509.Certificate, error) {
	endpoint, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	return endpoint.served(ctx)
}

// endpoint is an https URL taken apart.
type endpoint struct {
	url     string // as given, for messages
	address string // HOST:PORT to dial
	name    string // what the certificate has to cover
}

func parseURL(text string) (endpoint, error) {
	parsed, err := url.Parse(text)
	if err != nil {
		return endpoint{}, err
	}
	if parsed.Scheme != "https" || parsed.Hostname() == "" {
		return endpoint{}, &url.Error{Op: "dial", URL: text, Err: errors.New("no https URL with a host")}
	}
	port := parsed.Port()
	if port == "" {
		port = "443"
	}
	return endpoint{text, net.JoinHostPort(parsed.Hostname(), port), parsed.Hostname()}, nil
}

func parseCA(pem []byte) (*x509.CertPool, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no CA certificate to check the server against")
	}
	return roots, nil
}

// served dials and makes the handshake. Verification is off here, since it comes
// after: only so can a foreign certificate be looked at.
func (e endpoint) served(ctx context.Context) ([]*x509.Certificate, error) {
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", e.address)
	if err != nil {
		return nil, e.unreachable(ctx, err)
	}
	defer raw.Close()
	connection := tls.Client(raw, &tls.Config{ServerName: e.name, InsecureSkipVerify: true})
	if err := connection.HandshakeContext(ctx); err != nil {
		if isTransport(ctx, err) {
			return nil, e.unreachable(ctx, err)
		}
		return nil, &ForeignError{URL: e.url, Err: err}
	}
	return connection.ConnectionState().PeerCertificates, nil
}

// isTransport tells a connection that broke, as it does at a published port whose
// container is not up yet, from a server that speaks something else. The TLS
// library reports alerts as network errors too, with another operation.
func isTransport(ctx context.Context, err error) bool {
	var network *net.OpError
	switch {
	case ctx.Err() != nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.As(err, &network):
		return network.Op == "read" || network.Op == "write"
	}
	return false
}

// unreachable prefers the context's own error, so that callers recognise an
// interrupt and a deadline whatever the layer below made of it.
func (e endpoint) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &UnreachableError{URL: e.url, Err: err}
}

// verify checks a chain against roots, names aside. A certificate that ran out is
// told from a foreign one by checking it on the day it was issued: it belongs to
// the right cluster, though no client will accept it.
func (e endpoint) verify(chain []*x509.Certificate, roots *x509.CertPool) error {
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, certificate := range chain[1:] {
		options.Intermediates.AddCert(certificate)
	}
	_, err := chain[0].Verify(options)
	if err == nil {
		return nil
	}
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		options.CurrentTime = chain[0].NotBefore
		if _, err := chain[0].Verify(options); err == nil {
			return &ExpiredError{URL: e.url, From: chain[0].NotBefore, Until: chain[0].NotAfter}
		}
	}
	return &ForeignError{URL: e.url, Names: namesOf(chain[0]), Err: err}
}

// namesOf lists the names and addresses that a certificate covers.
func namesOf(certificate *x509.Certificate) []string {
	names := append([]string(nil), certificate.DNSNames...)
	for _, address := range certificate.IPAddresses {
		names = append(names, address.String())
	}
	return names
}
