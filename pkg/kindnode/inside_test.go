package kindnode

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// exec lets the fake runtime answer an exec with what a file says.
func (f *fake) exec(output string) {
	f.t.Helper()
	f.write("answers", output)
	f.write("docker", strings.Replace(fmt.Sprintf(fakeScript, "Docker"), "case \"$1\" in\n",
		"case \"$1\" in\nexec) /bin/cat \"$dir/answers\"; exit 6 ;;\n", 1))
}

// served is what curl prints for a URL that answers with a certificate for the names.
func (a *authority) served(number int, names ...string) string {
	chain := a.issue(time.Now().Add(-time.Hour), time.Now().Add(time.Hour), names...)
	return fmt.Sprintf("url %d exit 0 \nSubject:CN = kube-apiserver\n%s\n", number, pemOf(chain))
}

var insideNode = Node{Name: "hub-control-plane", Cluster: "hub", Running: true}

// TestProveInside: curl answers in the order in which transfers end, and its exit code is that of one of them.
func TestProveInside(t *testing.T) {
	alpha, beta := newAuthority(t), newAuthority(t)
	f := installFake(t, "docker", "Docker")
	f.exec("url 2 exit 6 Could not resolve host: gone-control-plane\n\n" +
		beta.served(1, "alpha-control-plane") + alpha.served(0, "alpha-control-plane") +
		"url 3 exit 28 Operation timed out\n\n" + alpha.served(4, "other") + "url 5 exit 35 wrong version number\n\n")
	targets := []Target{
		{"https://alpha-control-plane:6443", alpha.pem}, {"https://alpha-control-plane:6443", alpha.pem},
		{"https://gone-control-plane:6443", alpha.pem}, {"https://slow:6443", alpha.pem},
		{"https://alpha-control-plane:6443", alpha.pem}, {"https://plain:80", alpha.pem},
	}
	results, err := insideNode.ProveInside(t.Context(), targets)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"<nil>", "*kindnode.ForeignError",
		"*kindnode.UnreachableError: https://gone-control-plane:6443 is unreachable: Could not resolve host: gone-control-plane",
		"*kindnode.UnreachableError: https://slow:6443 is unreachable: no answer in time",
		"*kindnode.NameError: the certificate at https://alpha-control-plane:6443 does not cover alpha-control-plane, only other",
		"*kindnode.ForeignError: https://plain:80 is not the cluster's API server: wrong version number",
	}
	var got []string
	for i, result := range results {
		text := fmt.Sprintf("%T: %v", result, result)
		if result == nil || i == 1 { // what the foreign one says is x509's
			text = fmt.Sprintf("%T", result)
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if calls := strings.Join(f.calls(), "\n"); strings.Count(calls, "exec hub-control-plane curl ") != 1 {
		t.Errorf("not one call of curl:\n%s", calls)
	}
}

// TestProveInsideNotPossible: that nothing could be tried is told from a cluster that does not answer.
func TestProveInsideNotPossible(t *testing.T) {
	ca := newAuthority(t)
	targets := []Target{{"https://alpha-control-plane:6443", ca.pem}}
	tests := map[string]struct {
		node   Node
		answer string
		want   string
	}{
		"the node is down": {Node{Name: "hub-control-plane", State: "exited"}, "", "hub-control-plane is not running (exited)"},
		"no curl":          {insideNode, "", "exit status 6"},
		"an old curl":      {insideNode, "url 0 exit 0 \n\n", "its curl shows no certificates (7.88 is the first that does)"},
		"a very old curl":  {insideNode, "url  exit  \n\n", "exit status 6"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			installFake(t, "docker", "Docker").exec(test.answer)
			_, err := test.node.ProveInside(t.Context(), targets)
			var inside *InsideError
			if !errors.As(err, &inside) || inside.Err.Error() != test.want {
				t.Errorf("got %v, want the cause %s", err, test.want)
			}
		})
	}
}

// TestPatience: a URL may take half of the time that is left, and one second at least.
func TestPatience(t *testing.T) {
	for left, want := range map[time.Duration]string{time.Hour: "5", 7 * time.Second: "3", time.Millisecond: "1"} {
		ctx, cancel := context.WithTimeout(t.Context(), left)
		if got := patience(ctx); got != want {
			t.Errorf("%s left: got %s seconds, want %s", left, got, want)
		}
		cancel()
	}
	if got := patience(t.Context()); got != "5" {
		t.Errorf("no deadline: got %s seconds", got)
	}
}

func pemOf(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}
