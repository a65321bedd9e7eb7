package controlplane

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Lifetimes of what is issued. A certificate is replaced a year before its end: a control plane on one machine is
// set up again every few months, if at all.
const (
	validity = 10 * 365 * 24 * time.Hour
	renewal  = 365 * 24 * time.Hour
)

// Certificate is the webhook's serving certificate with its key, and the authorities that the API server checks
// it against. All are PEM.
type Certificate struct{ Authorities, Serving, Key []byte }

// ServiceNames are the names that an API server asks the webhook's certificate for.
func serviceNames(namespace string) []string {
	return []string{webhookName + "." + namespace + ".svc", webhookName + "." + namespace}
}

// Issue makes an authority and a serving certificate. The authority's key is forgotten: a certificate that ends is
// replaced together with its authority, so nobody ever needs it again, and nobody can steal it.
func Issue(namespace string, now time.Time) (Certificate, error) {
	authority, signer, err := issue(template("kubefed-admission-webhook-ca", now), nil, nil)
	if err != nil {
		return Certificate{}, fmt.Errorf("making an authority for the webhook: %w", err)
	}
	wanted := template(webhookName, now)
	wanted.DNSNames = serviceNames(namespace)
	serving, key, err := issue(wanted, authority, signer)
	if err != nil {
		return Certificate{}, fmt.Errorf("making the webhook's certificate: %w", err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Certificate{}, fmt.Errorf("encoding the webhook's key: %w", err)
	}
	return Certificate{
		Authorities: inPEM("CERTIFICATE", authority.Raw), Serving: inPEM("CERTIFICATE", serving.Raw), Key: inPEM("PRIVATE KEY", encoded),
	}, nil
}

func template(name string, now time.Time) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(validity), // clocks of nodes differ
		BasicConstraintsValid: true,
	}
}

// issue makes a key and a certificate for it: an authority, unless there is one to sign it.
func issue(wanted, authority *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if wanted.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, err
	}
	if authority == nil {
		wanted.IsCA, wanted.KeyUsage = true, x509.KeyUsageCertSign
		authority, signer = wanted, key
	} else {
		wanted.KeyUsage, wanted.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	raw, err := x509.CreateCertificate(rand.Reader, wanted, authority, &key.PublicKey, signer)
	if err != nil {
		return nil, nil, err
	}
	made, err := x509.ParseCertificate(raw)
	return made, key, err
}

func inPEM(what string, content []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: what, Bytes: content})
}

// Check says why a certificate can't serve the webhook, or soon can't any more; nil when it can.
func (c Certificate) Check(namespace string, now time.Time) error {
	if len(c.Serving) == 0 || len(c.Key) == 0 {
		return errors.New("there is none")
	}
	pair, err := tls.X509KeyPair(c.Serving, c.Key)
	if err != nil {
		return errors.New("certificate and key don't fit together") // the cause might quote the key
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return fmt.Errorf("it can't be read: %w", err)
	}
	if leaf.NotAfter.Before(now.Add(renewal)) {
		return fmt.Errorf("it ends on %s", leaf.NotAfter.Format(time.DateOnly))
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(c.Authorities) {
		return errors.New("its authority is not known")
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: serviceNames(namespace)[0], CurrentTime: now})
	if err != nil {
		return fmt.Errorf("an API server would refuse it: %w", err)
	}
	return nil
}

// fingerprint tells certificates apart; "" for none.
func (c Certificate) fingerprint() string {
	if len(c.Serving) == 0 {
		return ""
	}
	sum := sha256.Sum256(c.Serving)
	return hex.EncodeToString(sum[:])[:16]
}

// trusting is the certificate with further authorities, for the time in which pods with another certificate are
// still asked.
func (c Certificate) trusting(more []byte) Certificate {
	if !bytes.Contains(c.Authorities, bytes.TrimSpace(more)) {
		c.Authorities = append(append(bytes.TrimSpace(bytes.Clone(c.Authorities)), '\n'), more...)
	}
	return c
}
