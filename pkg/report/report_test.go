package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// check compares what was printed with what is wanted, which may be indented for the reader.
func check(t *testing.T, got, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(want, "\n")) {
		lines = append(lines, strings.TrimPrefix(line, "\t\t"))
	}
	if diff := cmp.Diff(strings.TrimRight(strings.Join(lines, ""), "\t"), got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestError(t *testing.T) {
	plain := errors.New("it broke")
	hinted := hint.Add(plain, "mend %s", "it")
	tests := map[string]struct {
		err  error
		want string
	}{
		"one":             {plain, "error: it broke\n"},
		"with a hint":     {hinted, "error: it broke\nhint: mend it\n"},
		"wrapped":         {fmt.Errorf("a: %w", hinted), "error: a: it broke\nhint: mend it\n"},
		"of two clusters": {errors.Join(fmt.Errorf("a: %w", hinted), fmt.Errorf("b: %w", plain)), "error: a: it broke\nhint: mend it\nerror: b: it broke\n"},
		"two in one":      {fmt.Errorf("waiting: %w (%w)", plain, errors.New("a minute")), "error: waiting: it broke (a minute)\n"},
		"several lines":   {errors.New("it broke:\n  * here\n  * there"), "error: it broke: * here * there\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			report.Error(&out, test.err)
			check(t, out.String(), test.want)
		})
	}
}

func result(cluster string, verdict drift.Verdict, changes ...drift.Change) drift.Result {
	return drift.Result{Cluster: cluster, Verdict: verdict, Changes: changes}
}

func TestDiff(t *testing.T) {
	scaled := drift.Change{Path: "/spec/replicas", Before: int64(5), After: int64(2)}
	objects := []report.Compared{
		{Object: drift.Object{ID: "shop/deployments/web", Results: []drift.Result{
			result("a", drift.WillUpdate, scaled),
			result("b", drift.InSync),
			result("c", drift.WillUpdate, scaled),
		}}},
		{Object: drift.Object{ID: "shop/configmaps/calm", Results: []drift.Result{result("a", drift.InSync), result("b", drift.InSync), result("c", drift.InSync)}}},
		{Object: drift.Object{ID: "shop/services/a-name-that-leaves-no-room-beside-it", Results: []drift.Result{
			{Cluster: "a", Verdict: drift.Blocked, Cause: "spec.clusterIP: field\nis immutable"},
			result("b", drift.WillUpdate,
				drift.Change{Path: "/metadata/labels/app.kubernetes.io~1name", Before: "x", Removed: true},
				drift.Change{Path: "/spec/ports/0", After: map[string]any{"port": int64(80), "name": "http"}, Added: true},
			),
			{Cluster: "c", Verdict: drift.NotTargeted, Cause: "excluded by the placement of FederatedNamespace shop"},
		}}},
	}
	var out bytes.Buffer
	report.Diff(&out, objects, 3)
	check(t, out.String(), `
		shop/deployments/web                     a, c: will be updated
		--- live
		+++ as KubeFed will write it
		@@ spec @@
		-  replicas: 5
		+  replicas: 2
		                                         b: in sync

		shop/services/a-name-that-leaves-no-room-beside-it
		                                         a: blocked
		  spec.clusterIP: field is immutable
		                                         b: will be updated
		--- live
		+++ as KubeFed will write it
		@@ metadata.labels @@
		-  app.kubernetes.io/name: x
		@@ spec.ports @@
		+  - name: http
		+    port: 80
		                                         c: not targeted
		  excluded by the placement of FederatedNamespace shop

		3 objects, 3 members: 4 in sync, 3 will be updated, 1 blocked, 1 not targeted
		`)
}

func TestDiffOfNothing(t *testing.T) {
	tests := map[string]struct {
		verdict drift.Verdict
		want    string
	}{
		"in sync":      {drift.InSync, "no differences: 1 object, 1 member: 1 in sync\n"},
		"not targeted": {drift.NotTargeted, "no differences: 1 object, 1 member: 1 not targeted\n"},
		"unknown":      {drift.Unknown, "1 object, 1 member: 1 unknown\n"},
		"to be made":   {drift.WillCreate, "1 object, 1 member: 1 will be created\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			report.Diff(&out, []report.Compared{{Object: drift.Object{ID: "x", Results: []drift.Result{result("a", test.verdict)}}}}, 1)
			if !strings.HasSuffix(out.String(), test.want) {
				t.Errorf("got %q, want it to end in %q", out.String(), test.want)
			}
		})
	}
}

// TestDiffHidesSecrets: neither a value nor an annotation that may repeat it is shown, a change all the same.
func TestDiffHidesSecrets(t *testing.T) {
	changes := []drift.Change{
		{Path: "/data", After: map[string]any{"key": "c2VjcmV0"}, Added: true},
		{Path: "/data/password", Before: "c2VjcmV0", After: "c2VjcmV0Mg=="},
		{Path: "/metadata/annotations/last", Before: "c2VjcmV0", Removed: true},
		{Path: "/metadata/labels/app", Before: "a", After: "b"},
	}
	object := report.Compared{Secret: true, Object: drift.Object{ID: "shop/secrets/db", Results: []drift.Result{result("a", drift.WillUpdate, changes...)}}}
	var out bytes.Buffer
	report.Diff(&out, []report.Compared{object}, 1)
	if strings.Contains(out.String(), "c2VjcmV0") {
		t.Errorf("a value is shown:\n%s", out.String())
	}
	for _, line := range []string{"-  password: '*** (before)'", "+  password: '*** (after)'", "+  app: b"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
}

func TestServers(t *testing.T) {
	document := report.ServersDocument{
		DryRun: true,
		Clusters: []report.ServerRow{
			{Cluster: "fed-master", Entry: "kind-fed-master", Server: "https://172.18.0.2:6443", Changed: true, Was: "https://127.0.0.1:45875"},
			{Cluster: "fed-worker01", Entry: "kind-fed-worker01", Server: "https://172.18.0.3:6443"},
			{Cluster: "fed-worker02", Error: "no entry"},
			{Cluster: "fed-worker03", Entry: "x", Server: "https://172.18.0.5:6443", Exported: "out/x"},
		},
		Members: []report.EndpointRow{
			{Member: "fed-worker01", Endpoint: "https://fed-worker01-control-plane:6443", Changed: true, Was: "https://172.18.0.4:6443", Fault: "foreign", Answers: "fed-worker02"},
			{Member: "fed-worker02", Endpoint: "https://fed-worker02-control-plane:6443", Inside: true},
			{Member: "gone", Endpoint: "https://gone", Fault: "unreachable", Error: "no kind cluster"},
		},
	}
	var out bytes.Buffer
	if err := report.Servers(&out, document, ""); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		CLUSTER        ENTRY               SERVER                    RESULT
		fed-master     kind-fed-master     https://172.18.0.2:6443   would be changed (was 127.0.0.1:45875)
		fed-worker01   kind-fed-worker01   https://172.18.0.3:6443   already right
		fed-worker02   -                   -                         left
		fed-worker03   x                   https://172.18.0.5:6443   would be exported to out/x

		MEMBER         ENDPOINT                                  RESULT
		fed-worker01   https://fed-worker01-control-plane:6443   would be changed (was 172.18.0.4:6443, which is fed-worker02)
		fed-worker02   https://fed-worker02-control-plane:6443   already right
		gone           https://gone                              left
		`)
}

func TestServersDocument(t *testing.T) {
	var out bytes.Buffer
	document := report.ServersDocument{Clusters: []report.ServerRow{{Cluster: "a", Server: "https://x"}}, Members: []report.EndpointRow{}}
	if err := report.Servers(&out, document, "yaml"); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		apiVersion: output.kubectl-fed.io/v1
		clusters:
		- changed: false
		  cluster: a
		  server: https://x
		dryRun: false
		kind: Servers
		members: []
		`)
}

func TestJoins(t *testing.T) {
	rows := []report.JoinRow{
		{Cluster: "a", Checked: true, Endpoint: "https://a-control-plane:6443", Joined: true, Ready: "4s"},
		{Cluster: "b", Checked: true, Endpoint: "https://b-control-plane:6443", Joined: true},
		{Cluster: "c"},
	}
	var out bytes.Buffer
	if err := report.Joins(&out, rows, true); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		CLUSTER   CHECKED   ENDPOINT                       JOINED   READY
		a         yes       https://a-control-plane:6443   yes      yes, after 4s
		b         yes       https://b-control-plane:6443   yes      no
		c         no        -                              no       -
		`)
}
