package report_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
