package node

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"time"
)

// serviceNetwork is kind's, by the family of the cluster.
func (c Config) serviceNetwork() string {
	if c.IPv6 {
		return "fd00:10:96::/112"
	}
	return "10.96.0.0/16"
}

// serviceAddress is the address of the service kubernetes, the first of the service network.
func (c Config) serviceAddress() net.IP {
	if c.IPv6 {
		return net.ParseIP("fd00:10:96::1")
	}
	return net.IPv4(10, 96, 0, 1)
}

// credentials are the certificate and key of a CA or of one user.
type credentials struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

// user is a client of the API server with a kubeconfig of its own, so that the audit log tells them apart.
type user struct{ file, name, group string }

var users = []user{
	{"admin.conf", "kubernetes-admin", "system:masters"},
	{"controller-manager.conf", "system:kube-controller-manager", ""},
	{"scheduler.conf", "system:kube-scheduler", ""},
	{"kwok.conf", "kwok", "system:masters"},
}

// makeCredentials writes what kubeadm writes on a kind node: a CA that stays the same for the cluster's
// life, a serving certificate for the names and addresses of today, and a kubeconfig for each user.
func makeCredentials(c Config, addresses []net.IP) error {
	ca, err := loadOrMakeCA(c)
	if err != nil {
		return err
	}
	if err := serviceAccountKey(c); err != nil {
		return err
	}
	serving, err := issue(ca, servingTemplate(c, addresses))
	if err != nil {
		return err
	}
	if err := write(c, "apiserver", serving); err != nil {
		return err
	}
	for _, u := range users {
		if err := writeKubeconfig(c, ca, u); err != nil {
			return fmt.Errorf("%s: %w", u.file, err)
		}
	}
	return nil
}

func loadOrMakeCA(c Config) (credentials, error) {
	ca, err := load(c, "ca")
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return ca, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "kubernetes"},
		DNSNames:              []string{"kubernetes"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	if ca, err = issue(credentials{}, template); err != nil {
		return ca, err
	}
	return ca, write(c, "ca", ca)
}

// servingTemplate names what the certificate of a kind node names, the node's name and every address of
// it included: clients reach it by each of them.
func servingTemplate(c Config, addresses []net.IP) *x509.Certificate {
	ips := append([]net.IP{c.serviceAddress(), net.IPv4(127, 0, 0, 1), net.IPv6loopback}, addresses...)
	names := []string{
		c.Name(), "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local", "localhost",
	}
	if c.Balanced {
		names = append(names, c.Cluster+"-external-load-balancer")
	}
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    names,
		IPAddresses: ips,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// issue signs the template with the CA, or with its own key where there is none.
func issue(ca credentials, template *x509.Certificate) (credentials, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return credentials{}, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100)); err != nil {
		return credentials{}, err
	}
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().AddDate(1, 0, 0)
	parent, signer := template, crypto.Signer(key)
	if ca.cert != nil {
		parent, signer = ca.cert, ca.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return credentials{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return credentials{cert: cert, der: der, key: key}, err
}

func load(c Config, name string) (credentials, error) {
	certPEM, err := os.ReadFile(c.path("etc/kubernetes/pki", name+".crt"))
	if err != nil {
		return credentials{}, err
	}
	keyPEM, err := os.ReadFile(c.path("etc/kubernetes/pki", name+".key"))
	if err != nil {
		return credentials{}, err
	}
	certBlock, _ := pem.Decode(certPEM)
	keyBlock, _ := pem.Decode(keyPEM)
	if certBlock == nil || keyBlock == nil {
		return credentials{}, fmt.Errorf("%s: no PEM in the certificate or key", name)
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return credentials{}, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	return credentials{cert: cert, der: certBlock.Bytes, key: key}, err
}

func write(c Config, name string, made credentials) error {
	key, err := made.keyPEM()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.path("etc/kubernetes/pki", name+".key"), key, 0o600); err != nil {
		return err
	}
	return os.WriteFile(c.path("etc/kubernetes/pki", name+".crt"), made.certPEM(), 0o644)
}

func (m credentials) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.der})
}

func (m credentials) keyPEM() ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(m.key)
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), err
}

// serviceAccountKey makes the key that signs service account tokens, once: tokens outlive a restart.
func serviceAccountKey(c Config) error {
	if _, err := os.Stat(c.path("etc/kubernetes/pki/sa.key")); err == nil {
		return nil
	}
	made, err := issue(credentials{}, &x509.Certificate{Subject: pkix.Name{CommonName: "service-accounts"}})
	if err != nil {
		return err
	}
	return write(c, "sa", made)
}

func writeKubeconfig(c Config, ca credentials, u user) error {
	subject := pkix.Name{CommonName: u.name}
	if u.group != "" {
		subject.Organization = []string{u.group}
	}
	client, err := issue(ca, &x509.Certificate{
		Subject:     subject,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err
	}
	key, err := client.keyPEM()
	if err != nil {
		return err
	}
	encode := base64.StdEncoding.EncodeToString
	text := fmt.Sprintf(kubeconfig, encode(ca.certPEM()), c.server(u), c.Cluster, u.name, encode(client.certPEM()), encode(key))
	return os.WriteFile(c.path("etc/kubernetes", u.file), []byte(text), 0o600)
}

// server is where a kubeconfig points: admin.conf at the node's name, which other containers resolve,
// those of the node's own programs at loopback.
func (c Config) server(u user) string {
	if u.file == "admin.conf" && c.Address == "" {
		return fmt.Sprintf("https://%s:%d", c.Name(), c.Port)
	}
	return fmt.Sprintf("https://127.0.0.1:%d", c.Port)
}

const kubeconfig = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: %[1]s
    server: %[2]s
  name: %[3]s
contexts:
- context:
    cluster: %[3]s
    user: %[4]s
  name: %[4]s@%[3]s
current-context: %[4]s@%[3]s
kind: Config
users:
- name: %[4]s
  user:
    client-certificate-data: %[5]s
    client-key-data: %[6]s
`
