package kindnode

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kind/pkg/cluster/constants"
)

// published makes a running cluster whose API is published at addresses.
func published(name string, addresses ...string) Cluster {
	return Cluster{Name: name, Nodes: []Node{{
		Name: name + "-control-plane", Cluster: name, Role: constants.ControlPlaneNodeRoleValue,
		State: "running", Running: true, Published: addresses,
	}}}
}

func TestMatchByCertificate(t *testing.T) {
	alpha, beta := newAuthority(t), newAuthority(t)
	address := alpha.serve(anyPort, "alpha-control-plane", "127.0.0.1")
	candidates := []Candidate{
		{"alpha-inside", alpha.pem}, {"beta", beta.pem}, {"kind-alpha", alpha.pem}, {"no-ca", nil}, {"work", alpha.pem},
	}
	got := published("alpha", address).Match(deadline(t), candidates)
	want := Match{Entries: []string{"kind-alpha", "alpha-inside", "work"}, Proven: true, URL: "https://" + address}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The port that a stopped container had is taken by another cluster: the next
// address decides.
func TestMatchPassesOverAnotherCluster(t *testing.T) {
	alpha, beta := newAuthority(t), newAuthority(t)
	taken := beta.serve(anyPort, "beta-control-plane", "127.0.0.1")
	address := alpha.serve(anyPort, "alpha-control-plane", "127.0.0.1")
	got := published("alpha", taken, address).Match(deadline(t), []Candidate{{"fed-alpha", alpha.pem}})
	want := Match{Entries: []string{"fed-alpha"}, Proven: true, URL: "https://" + address}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMatchFallsBackOnTheName(t *testing.T) {
	ca := newAuthority(t)
	candidates := []Candidate{{"other", ca.pem}, {"kind-alpha", ca.pem}}
	stopped := published("alpha", anyPort)
	stopped.Nodes[0].State, stopped.Nodes[0].Running = "exited", false
	if diff := cmp.Diff(Match{Entries: []string{"kind-alpha"}}, stopped.Match(deadline(t), candidates)); diff != "" {
		t.Errorf("stopped: %s", diff)
	}

	dead := listen(t, anyPort)
	dead.Close()
	got := published("alpha", dead.Addr().String()).Match(deadline(t), candidates)
	var unreachable *UnreachableError
	if got.Proven || !errors.As(got.Err, &unreachable) || !cmp.Equal(got.Entries, []string{"kind-alpha"}) {
		t.Errorf("starting: got %+v", got)
	}

	if got := published("gamma").Match(deadline(t), candidates); len(got.Entries) > 0 || got.Proven {
		t.Errorf("no entry of its name: got %+v", got)
	}
}

// A cluster that was deleted and made again has another CA. Its old entry has the
// right name and is still the wrong one.
func TestMatchRefusesTheEntryOfAnEarlierCluster(t *testing.T) {
	before, now := newAuthority(t), newAuthority(t)
	address := now.serve(anyPort, "alpha-control-plane", "127.0.0.1")
	got := published("alpha", address).Match(deadline(t), []Candidate{{"kind-alpha", before.pem}})
	var foreign *ForeignError
	if len(got.Entries) > 0 || got.Proven || !errors.As(got.Err, &foreign) {
		t.Errorf("got %+v", got)
	}
}
