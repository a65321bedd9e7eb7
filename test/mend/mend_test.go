//go:build long

package mend

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/util/cert"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// TestStatusNamesCauseAndMend brings about one trouble after another, side by side in namespaces of their own.
func TestStatusNamesCauseAndMend(t *testing.T) {
	w := newWard(t)
	w.env = append(w.env, silence(t, w)...)
	t.Cleanup(func() { w.restore(t) })
	w.treat(t, ailments)
	w.noAdoption(t)
	w.treat(t, withoutAdoption)
	w.adoption(t)
	w.treat(t, withoutCluster)
}

// silence is a server that takes requests and never answers any: its address, and its certificate in base64.
func silence(t *testing.T, w *ward) []string {
	t.Helper()
	var gateway string
	for _, e := range w.env {
		if value, ok := strings.CutPrefix(e, "GATEWAY="); ok {
			gateway = value
		}
	}
	certificate, key, err := cert.GenerateSelfSignedCertKey(gateway, []net.IP{net.ParseIP(gateway)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(gateway, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then it is noticed that the other side gives up
		<-r.Context().Done()
	}))
	server.Listener, server.TLS = listener, &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.CloseClientConnections)
	return []string{"SILENCE=" + listener.Addr().String(), "SILENCE_CA=" + base64.StdEncoding.EncodeToString(certificate)}
}

// noAdoption has KubeFed adopt nothing. The controllers read that when they start, and the bed writes it anew whenever
// it starts them itself.
func (w *ward) noAdoption(t *testing.T) {
	t.Helper()
	if err := w.bed.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.must(t, `kubectl patch kubefedconfig kubefed -n kube-federation-system --type=merge -p '{"spec":{"syncController":{"adoptResources":"Disabled"}}}'
docker start $A-kubefed`)
	if err := bed.AwaitKubeFed(t.Context(), w.bed.Host().Config()); err != nil {
		t.Fatal(err)
	}
}

// adoption has KubeFed adopt what is there again.
func (w *ward) adoption(t *testing.T) {
	t.Helper()
	if err := w.bed.StopKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.bed.StartKubeFed(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// restore leaves the bed as it was found.
func (w *ward) restore(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := errors.Join(w.bed.StopKubeFed(ctx), w.bed.StartKubeFed(ctx)); err != nil {
		t.Log(err)
	}
	for _, script := range []string{
		`for c in $A $B $C; do kubectl --context kind-$c delete validatingadmissionpolicies,validatingadmissionpolicybindings,mutatingwebhookconfigurations -l mend=1; done`,
		`kubectl fed join $B $C --refresh`,
		`for c in $A $B $C; do kubectl --context kind-$c delete namespaces -l mend=1 --wait=false; done`,
		`kubectl fed unjoin $A --yes`,
	} {
		if _, err := w.run(ctx, script); err != nil {
			t.Log(err)
		}
	}
}

// treat lays out ailments, has all of them diagnosed, and then mends them.
func (w *ward) treat(t *testing.T, all []ailment) {
	t.Helper()
	var sides []*bedside
	for _, a := range all {
		sides = append(sides, w.bedside(a))
	}
	found := make([]*diagnosis.Fault, len(sides))
	together(t, sides, func(i int, b *bedside) (err error) {
		if err := b.do(t.Context(), spaceScript+b.lay); err != nil {
			return err
		}
		found[i], err = b.diagnosed(t.Context())
		return err
	})
	together(t, sides, func(i int, b *bedside) error {
		if found[i] == nil {
			return nil
		}
		return b.mended(t.Context(), *found[i])
	})
}

// together does something for all ailments at the same time.
func together(t *testing.T, sides []*bedside, do func(int, *bedside) error) {
	t.Helper()
	var wait sync.WaitGroup
	for i, b := range sides {
		wait.Go(func() {
			start := time.Now()
			if err := do(i, b); err != nil {
				t.Errorf("%s: after %s: %v", b.name, time.Since(start).Round(time.Second), err)
			}
		})
	}
	wait.Wait()
}

// diagnosed waits until status names what it shall name.
func (b *bedside) diagnosed(ctx context.Context) (*diagnosis.Fault, error) {
	var fault *diagnosis.Fault
	err := until(ctx, "status names the trouble", func() error {
		d, err := b.asked(ctx)
		if err != nil {
			return err
		}
		fault = d.Broken()
		return b.check(fault, d)
	})
	if err != nil {
		return nil, err
	}
	return fault, nil
}

func (b *bedside) check(f *diagnosis.Fault, d diagnosis.Diagnosis) error {
	switch {
	case f == nil:
		return fmt.Errorf("nothing is wrong: %+v", d.Cells)
	case f.Link != b.link:
		return fmt.Errorf("the broken link is %s: %+v", f.Link, *f)
	case b.status != "*" && f.Status != b.status:
		return fmt.Errorf("KubeFed's status is %q, not %q: %+v", f.Status, b.status, *f)
	case !strings.Contains(f.Title+": "+f.Cause, b.cause):
		return fmt.Errorf("%q is not in the cause: %+v", b.cause, *f)
	case !strings.Contains(f.Command, b.command):
		return fmt.Errorf("%q is not in the command: %+v", b.command, *f)
	case b.waits != f.Waiting:
		return fmt.Errorf("waiting: %t: %+v", f.Waiting, *f)
	}
	return nil
}

// mended runs the command, and waits until nothing is wrong any more.
func (b *bedside) mended(ctx context.Context, f diagnosis.Fault) error {
	if err := b.do(ctx, f.Command); err != nil {
		return err
	}
	return until(ctx, "mended by "+f.Command, func() error {
		if b.gone {
			return b.do(ctx, "! kubectl get "+b.federated()+" -n $NS")
		}
		d, err := b.asked(ctx)
		if err != nil {
			return err
		}
		if !d.Propagated() {
			return fmt.Errorf("%s: %+v", d.Worst(), d.Faults)
		}
		return nil
	})
}

// federated is what kubectl calls the federated object.
func (b *bedside) federated() string { return "federated" + b.object() }

// TestAilmentsCoverStatuses keeps the list complete: a status is brought about here, or docs/status.md has the reason
// why it is not.
func TestAilmentsCoverStatuses(t *testing.T) {
	var laid []string
	for _, a := range slices.Concat(ailments, withoutAdoption, withoutCluster) {
		laid = append(laid, a.status)
	}
	missing(t, laid)
}
