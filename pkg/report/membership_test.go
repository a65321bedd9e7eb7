package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

func TestHost(t *testing.T) {
	var out bytes.Buffer
	report.Host(&out, "kind-hub", 2, "kind-hub")
	report.Host(&out, "admin@hub", 0, "hub")
	check(t, out.String(), `
		host: kind-hub (2 joined so far)
		host: admin@hub (0 joined so far)
		in names it is called hub (for kubefedctl: --host-cluster-name hub)
		`)
}

func TestLeaves(t *testing.T) {
	var out bytes.Buffer
	report.Leaves(&out, report.Departure{
		Cluster: "a", Mentions: []string{"federateddeployments.types.kubefed.io shop/web: placement"}, Fate: "keep",
		Workloads: []string{"deployments.apps shop/web", "namespaces shop"}, Kept: "it holds configmaps/theirs",
	})
	report.Leaves(&out, report.Departure{Cluster: "b", Fate: "delete", Workloads: []string{"configmaps shop/x"}})
	report.Leaves(&out, report.Departure{
		Cluster: "c", Stuck: []string{"federatedconfigmaps.types.kubefed.io shop/settings"}, Fate: "delete",
		Unreached: errors.New("gone"), Left: []string{"serviceaccount c-hub"},
	})
	report.Leaves(&out, report.Departure{Cluster: "d", Fate: "keep"})
	check(t, out.String(), `
		a is named by, and stays in:
		  federateddeployments.types.kubefed.io shop/web: placement
		a has 2 objects of KubeFed's, to be kept, with its label (--workloads=orphan takes that off, --workloads=delete deletes all):
		  deployments.apps shop/web
		  namespaces shop
		a keeps KubeFed's namespace: it holds configmaps/theirs
		b has 1 object of KubeFed's, to be deleted:
		  configmaps shop/x
		c holds up the deletion of:
		  federatedconfigmaps.types.kubefed.io shop/settings
		c is not reached, so these are likely left in it:
		  serviceaccount c-hub
		`)
}

func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "Yes\n": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		var out bytes.Buffer
		if got := report.Confirm(strings.NewReader(answer), &out, "Really?"); got != want || out.String() != "Really? [y/N] " {
			t.Errorf("%q: got %v after %q", answer, got, out.String())
		}
	}
}

// clusters are one of each sort: a member that is well, one that is not, the host, and a kind cluster.
func clusters() []report.Cluster {
	since := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	named := func(name string) report.Cluster {
		return report.Cluster{APIVersion: report.APIVersion, Kind: "Cluster", Metadata: report.ClusterMetadata{Name: name}, KindName: name, Context: "kind-" + name}
	}
	well, ill, host, other := named("a"), named("b"), named("hub"), named("other")
	well.KubernetesVersion, well.Metadata.Labels = "v1.37.2", map[string]string{"stage": "test", "kubectl-fed.io/cluster": "a", "app.kubernetes.io/managed-by": "kubectl-fed"}
	well.Member = &report.Membership{Ready: true, Since: &since, Endpoint: "https://a-control-plane:6443", EndpointWorks: true, Identity: "matched", Credentials: true}
	ill.Metadata.Name, ill.Member = "edge", &report.Membership{Reason: "offline", Endpoint: "https://10.0.0.1", Identity: "unknown"}
	ill.Problems = []string{"not ready: offline", "the endpoint\nis stale"}
	host.IsHost = true
	return []report.Cluster{well, ill, host, other}
}

func TestClusters(t *testing.T) {
	now := time.Date(2026, 3, 1, 10, 12, 0, 0, time.UTC)
	var out bytes.Buffer
	if err := report.Clusters(&out, clusters(), false, now); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		CLUSTER   CONTEXT      JOINED AS   READY      VERSION   ENDPOINT
		a         kind-a       a           yes, 12m   v1.37.2   https://a-control-plane:6443
		b         kind-b       edge        no         -         https://10.0.0.1
		hub       kind-hub     (host)      -          -         -
		other     kind-other   -           -          -         -
		edge: not ready: offline
		edge: the endpoint is stale
		`)
	out.Reset()
	if err := report.Clusters(&out, clusters()[:1], true, now); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		CLUSTER   CONTEXT   JOINED AS   READY      VERSION   ENDPOINT                       ENDPOINT WORKS   IDENTITY   CREDENTIALS   LABELS
		a         kind-a    a           yes, 12m   v1.37.2   https://a-control-plane:6443   yes              matched    yes           stage=test
		`)
}

// TestClusterList pins the fields that scripts may rely on.
func TestClusterList(t *testing.T) {
	list, err := report.ClusterList(clusters()[:1])
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(list.Items[0].Object, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "apiVersion": "output.kubectl-fed.io/v1",
  "context": "kind-a",
  "kind": "Cluster",
  "kindName": "a",
  "kubernetesVersion": "v1.37.2",
  "member": {
    "credentials": true,
    "endpoint": "https://a-control-plane:6443",
    "endpointWorks": true,
    "identity": "matched",
    "ready": true,
    "since": "2026-03-01T10:00:00Z"
  },
  "metadata": {
    "labels": {
      "app.kubernetes.io/managed-by": "kubectl-fed",
      "kubectl-fed.io/cluster": "a",
      "stage": "test"
    },
    "name": "a"
  }
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestObjects(t *testing.T) {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "x"}}}
	sets := []report.ObjectSet{{Cluster: "a", Context: "kind-a", Objects: []*unstructured.Unstructured{object}}}
	var out bytes.Buffer
	if err := report.Objects(&out, "yaml", sets); err != nil {
		t.Fatal(err)
	}
	if want := "---\n# in kind-a\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	out.Reset()
	if err := report.Objects(&out, "json", sets); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"apiVersion": report.APIVersion, "kind": "ObjectSets", "sets": []any{map[string]any{
		"cluster": "a", "context": "kind-a", "objects": []any{object.Object},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
