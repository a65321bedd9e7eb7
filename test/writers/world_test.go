// Package writers lets many runs of the plugin, and kubectl, write one kubeconfig at the same time, and kills
// runs in the middle. The kubeconfig, the locks, the processes and the signals are real. The kind clusters are
// not: sixty of them don't fit on a machine, so a script stands for docker and a TLS server with a certificate
// of its own for each API server.
package writers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
)

// asPlugin makes the test binary run as the plugin.
const asPlugin = "WRITERS_RUN_AS_PLUGIN"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
		os.Exit(plugin.Main(os.Args[1:], streams))
	}
	os.Exit(m.Run())
}

// world is a number of clusters with their entries in one kubeconfig.
type world struct {
	t       *testing.T
	dir     string // of the kubeconfig, and of nothing else
	bin     string // with the script that stands for docker
	network string // the first two numbers of the clusters' addresses
	text    string // of the kubeconfig at the start
}

// docker answers as docker does for the one cluster that the environment names.
const docker = `#!/bin/sh
case "$1" in
-v|--version) echo "Docker version 28.2.2" ;;
version) echo 28.2.2 ;;
ps) case "$*" in *Label*) echo "$CLUSTER" ;; *) echo "$CLUSTER-control-plane" ;; esac ;;
inspect) echo "[{\"Name\": \"/$CLUSTER-control-plane\", \"State\": {\"Status\": \"running\"},
  \"Config\": {\"Labels\": {\"io.x-k8s.kind.cluster\": \"$CLUSTER\", \"io.x-k8s.kind.role\": \"control-plane\"}},
  \"NetworkSettings\": {\"Networks\": {\"kind\": {\"IPAddress\": \"$ADDRESS\"}}}}]" ;;
*) exit 1 ;;
esac
`

func newWorld(t *testing.T, clusters int) *world {
	w := &world{t: t, dir: t.TempDir(), bin: t.TempDir(), network: fmt.Sprintf("127.%d", 2+mathrand.IntN(250))}
	if err := os.WriteFile(filepath.Join(w.bin, "docker"), []byte(docker), 0o755); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("# one of many\napiVersion: v1\nkind: Config\nclusters:\n")
	for i := range clusters {
		ca := w.serve(i)
		fmt.Fprintf(&text, "- cluster:\n    certificate-authority-data: %s\n    server: %s # %d\n  name: kind-%s\n",
			base64.StdEncoding.EncodeToString(ca), w.old(i), i, w.name(i))
	}
	w.text = text.String()
	w.write(w.text)
	return w
}

func (w *world) name(i int) string    { return fmt.Sprintf("c%d", i) }
func (w *world) address(i int) string { return fmt.Sprintf("%s.%d.%d", w.network, i/200, i%200+1) }
func (w *world) old(i int) string     { return fmt.Sprintf("https://127.0.0.1:%d", 20000+i) }
func (w *world) new(i int) string     { return fmt.Sprintf("https://%s:6443", w.address(i)) }
func (w *world) file() string         { return filepath.Join(w.dir, "config") }

func (w *world) write(text string) {
	w.t.Helper()
	if err := os.WriteFile(w.file(), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read() string {
	w.t.Helper()
	text, err := os.ReadFile(w.file())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// holds checks that the kubeconfig's folder has these files and no others.
func (w *world) holds(want ...string) {
	w.t.Helper()
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		w.t.Fatalf("the folder holds %q, want %q", got, want)
	}
}

// serve runs the server of a cluster, and returns its CA.
func (w *world) serve(i int) (ca []byte) {
	w.t.Helper()
	listener, err := net.Listen("tcp", w.address(i)+":6443")
	if err != nil {
		w.t.Skipf("every address of 127.0.0.0/8 has to be this machine's: %v", err)
	}
	certificate, ca := certify(w.t, w.address(i))
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Listener.Close()
	server.Listener = listener
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	w.t.Cleanup(server.Close)
	return ca
}

// certify makes a certificate for one address, which is its own CA.
func certify(t *testing.T, address string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, IPAddresses: []net.IP{net.ParseIP(address)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// fixServer is a run of the plugin for one cluster, not started yet.
func (w *world) fixServer(i int) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), os.Args[0], "fix-server", w.name(i), "--kubeconfig-only")
	cmd.Env = []string{
		asPlugin + "=1", "HOME=" + w.bin, "KUBECONFIG=" + w.file(), "PATH=" + w.bin + ":/usr/bin:/bin",
		"CLUSTER=" + w.name(i), "ADDRESS=" + w.address(i),
	}
	return cmd
}

// mustFix runs the plugin for one cluster to its end.
func (w *world) mustFix(i int) {
	w.t.Helper()
	if out, err := w.fixServer(i).CombinedOutput(); err != nil {
		w.t.Errorf("%s: %v\n%s", w.name(i), err, out)
	}
}
