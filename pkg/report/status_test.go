package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

func count(n int64) *int64 { return &n }

// statusOf is a federation with something of everything.
func statusOf() Status {
	since := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	return Status{
		ControlPlane: StatusControl{
			Context: "kind-fed-master", Namespace: "kube-federation-system", Scope: "Cluster", Adoption: true,
			FeatureGates: []string{"PushReconciler"}, Control: diagnosis.Control{Version: "v0.10.0", Working: true},
		},
		Members: []StatusMember{
			{Name: "fed-worker01", Ready: true, Since: &since, Version: "v1.37.2", Endpoint: "https://fed-worker01-control-plane:6443"},
			{Name: "fed-worker02", Since: &since, Reason: "dial tcp: connection refused", Command: "kubectl fed fix-server fed-worker02"},
		},
		Objects: []diagnosis.Diagnosis{
			{
				ID: "shop/deployments/web", Federated: drift.Reference{Kind: "FederatedDeployment", APIVersion: "types.kubefed.io/v1beta1", Name: "web"},
				Chain: []diagnosis.Step{
					{Link: diagnosis.Placement, State: diagnosis.InSync, Text: "fed-worker01, fed-worker02 (by name)", Notes: []string{"not fed-worker03: it is not listed"}},
					{Link: diagnosis.Rollout, State: diagnosis.Blocked, Text: "fed-worker01 2/2, fed-worker02 0/1"},
				},
				Cells: []diagnosis.Cell{
					{Cluster: "fed-worker01", State: diagnosis.InSync, Ready: count(2), Desired: count(2), Images: []string{"web:1"}},
					{Cluster: "fed-worker02", State: diagnosis.NotReady, Ready: count(0), Desired: count(1), Images: []string{"web:2"}},
				},
				Faults: []diagnosis.Fault{{
					Link: diagnosis.Rollout, Clusters: []string{"fed-worker02"}, Title: "the image can't be pulled",
					Cause: "ErrImagePull: manifest for web:2 was not found in the registry (web-7d9f-x2k)", Remedy: "the image comes from the template",
					Command: "kubectl edit federateddeployment web -n shop",
				}},
			},
			{
				ID: "shop/secrets/db", Federated: drift.Reference{Kind: "FederatedSecret", APIVersion: "types.kubefed.io/v1beta1", Name: "db"},
				Cells:  []diagnosis.Cell{{Cluster: "fed-worker01", State: diagnosis.Blocked, Cause: `data.password: Invalid value: "hunter2": no`}, {Cluster: "fed-worker02", State: diagnosis.NotTargeted}},
				Faults: []diagnosis.Fault{{Link: diagnosis.Propagation, Clusters: []string{"fed-worker01"}, Title: "it can't be created", Cause: `data.password: Invalid value: "hunter2": no`}},
			},
		},
	}
}

var statusTime = time.Date(2026, 11, 25, 12, 12, 0, 0, time.UTC)

func TestStatusMatrix(t *testing.T) {
	var out bytes.Buffer
	if err := StatusMatrix(&out, NewStatus(statusOf()), StatusForm{Now: statusTime}); err != nil {
		t.Fatal(err)
	}
	want := `KubeFed v0.10.0 in kind-fed-master, scope Cluster, controllers work
adopts what is there; gates: PushReconciler

MEMBER         READY      VERSION
fed-worker01   yes, 12m   v1.37.2
fed-worker02   no, 12m    -
✗ fed-worker02: not ready: dial tcp: connection refused
hint: kubectl fed fix-server fed-worker02

                      fed-worker01  fed-worker02
shop/deployments/web  ✓ 2/2         ! 0/1
  fed-worker02: the image can't be pulled
shop/secrets/db       ✗             ·
  fed-worker01: it can't be created
2 objects, 2 members: ✗ 1 blocked, ! 1 not ready, ✓ 1 in sync, · 1 not targeted
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestStatusChain(t *testing.T) {
	var out bytes.Buffer
	StatusChain(&out, statusOf().Objects[0], StatusForm{})
	want := `shop/deployments/web: the image can't be pulled on fed-worker02

✓ placement    fed-worker01, fed-worker02 (by name)
               not fed-worker03: it is not listed
✗ rollout      fed-worker01 2/2, fed-worker02 0/1

MEMBER         STATE         READY   IMAGE
fed-worker01   ✓ in sync     2/2     web:1
fed-worker02   ! not ready   0/1     web:2

✗ fed-worker02: the image can't be pulled: ErrImagePull: manifest for web:2 was
  not found in the registry (web-7d9f-x2k)
  the image comes from the template
hint: kubectl edit federateddeployment web -n shop
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// escapes are what colours a terminal.
var escapes = regexp.MustCompile("\x1b\\[[0-9]*m")

func TestStatusIsTheSameInColor(t *testing.T) {
	print := func(form StatusForm) string {
		var out bytes.Buffer
		form.Now = statusTime
		if err := StatusMatrix(&out, NewStatus(statusOf()), form); err != nil {
			t.Fatal(err)
		}
		for _, o := range statusOf().Objects {
			StatusChain(&out, o, form)
		}
		return out.String()
	}
	plain, color := print(StatusForm{}), print(StatusForm{Color: true})
	if plain == color {
		t.Error("there is no colour")
	}
	if diff := cmp.Diff(plain, escapes.ReplaceAllString(color, "")); diff != "" {
		t.Errorf("colour changes more than colour (-plain +color):\n%s", diff)
	}
}

func TestStatusHidesWhatServersQuoteOfSecrets(t *testing.T) {
	var out bytes.Buffer
	s := NewStatus(statusOf())
	if err := StatusMatrix(&out, s, StatusForm{Wide: true}); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&out, s); err != nil {
		t.Fatal(err)
	}
	StatusChain(&out, s.Objects[1], StatusForm{Wide: true})
	if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "***") {
		t.Error(out.String())
	}
}

func TestFolded(t *testing.T) {
	text := strings.Repeat("word ", 60) + strings.Repeat("x", 100) + " ünïcödé"
	got := folded(text, 4)
	for i, line := range strings.Split(got, "\n") {
		if width := utf8.RuneCountInString(line); width > screenWidth && !strings.Contains(line, "xxx") {
			t.Errorf("line %d is %d wide", i, width)
		}
		if i > 0 && !strings.HasPrefix(line, "    ") {
			t.Errorf("line %d is not indented: %q", i, line)
		}
	}
	if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
		t.Error("words were lost")
	}
}
