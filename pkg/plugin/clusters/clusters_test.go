package clusters

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/joining"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

func TestChanges(t *testing.T) {
	named := func(name string, ready bool) report.Cluster {
		return report.Cluster{Metadata: report.ClusterMetadata{Name: name}, Member: &report.Membership{Ready: ready}}
	}
	before := []report.Cluster{named("a", true), named("b", true), named("gone", true)}
	now := []report.Cluster{named("a", true), named("b", false), named("new", true)}
	want := []report.Cluster{named("b", false), named("new", true)}
	if diff := cmp.Diff(want, changes(before, now)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestClusterOf: everything that is wrong with a member is said, each in a line.
func TestClusterOf(t *testing.T) {
	since := time.Unix(1000, 0)
	v := joining.View{
		Name: "a", Context: "kind-a", Identity: joining.Another,
		Member:   &member.Member{Name: "a", NotReady: "offline", Endpoint: "https://x", Since: since, Labels: map[string]string{"k": "v"}},
		Endpoint: errors.New("nobody there"), Credentials: errors.New("no token"), Unreached: errors.New("no way"),
	}
	want := report.Cluster{
		APIVersion: report.APIVersion, Kind: "Cluster", Context: "kind-a",
		Metadata: report.ClusterMetadata{Name: "a", Labels: map[string]string{"k": "v"}},
		Member:   &report.Membership{Since: &since, Reason: "offline", Endpoint: "https://x", Identity: "another"},
		Problems: []string{
			"not reached from here: no way", "not ready: offline", "the endpoint is stale: nobody there",
			"it is not the cluster that was joined: that was made anew since, perhaps",
			"KubeFed has no credentials for it and will not start again: no token",
		},
	}
	if diff := cmp.Diff(want, clusterOf(v)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
