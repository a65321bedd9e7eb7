package report_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

func result(cluster string, verdict drift.Verdict, changes ...drift.Change) drift.Result {
	return drift.Result{Cluster: cluster, Verdict: verdict, Changes: changes}
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// since is a time before noon.
func since(d time.Duration) *metav1.Time {
	t := metav1.NewTime(noon.Add(-d))
	return &t
}

// set is a change with who set the live value and where the new one comes from.
func set(c drift.Change, owner drift.Owner, origin drift.Origin) drift.Change {
	c.Owner, c.Origin = &owner, &origin
	return c
}

func compared(objects []drift.Object, members ...string) report.Comparison {
	return report.Comparison{Host: "kind-host", Objects: objects, Members: members, Before: report.SideLive, After: report.SideDesired, Now: noon}
}

func someObjects() []drift.Object {
	scaled := drift.Change{Path: "/spec/replicas", Before: int64(5), After: int64(2)}
	byHand := drift.Owner{Manager: "kubectl-edit", Time: since(3 * time.Minute)}
	return []drift.Object{
		{ID: "shop/deployments/web", Results: []drift.Result{
			result("a", drift.WillUpdate, set(scaled, byHand, drift.Origin{From: drift.FromOverride, Override: 1})),
			result("b", drift.InSync),
			result("c", drift.WillUpdate, set(scaled, byHand, drift.Origin{From: drift.FromTemplate})),
		}},
		{ID: "shop/configmaps/calm", Results: []drift.Result{result("a", drift.InSync), result("b", drift.InSync), result("c", drift.InSync)}},
		{ID: "shop/services/a-name-that-leaves-no-room-beside-it", Results: []drift.Result{
			{Cluster: "a", Verdict: drift.Blocked, Cause: "spec.clusterIP: field\nis immutable"},
			result("b", drift.WillUpdate,
				set(drift.Change{Path: "/metadata/labels/app.kubernetes.io~1name", Before: "x", Removed: true},
					drift.Owner{Manager: "kubectl", Subresource: "scale"}, drift.Origin{From: drift.FromTemplate}),
				drift.Change{Path: "/spec/ports/0", After: map[string]any{"port": int64(80), "name": "http"}, Added: true},
			),
			{Cluster: "c", Verdict: drift.NotTargeted, Cause: "excluded by the placement of FederatedNamespace shop"},
		}},
	}
}

func TestDiff(t *testing.T) {
	var out bytes.Buffer
	report.Diff(&out, compared(someObjects(), "a", "b", "c"))
	check(t, out.String(), `
		shop/deployments/web                     a, c: will be updated
		--- live
		+++ as KubeFed will write it
		@@ spec @@
		-  replicas: 5        (set by kubectl-edit 3m ago)
		+  replicas: 2        (override 1 for a; template for c)
		                                         b: in sync

		shop/services/a-name-that-leaves-no-room-beside-it
		                                         a: blocked
		  spec.clusterIP: field is immutable
		                                         b: will be updated
		--- live
		+++ as KubeFed will write it
		@@ metadata.labels @@
		-  app.kubernetes.io/name: x  (set by kubectl through scale; not in the template)
		@@ spec.ports @@
		+  - name: http
		+    port: 80
		                                         c: not targeted
		  excluded by the placement of FederatedNamespace shop

		3 objects, 3 members: 4 in sync, 3 will be updated, 1 blocked, 1 not targeted
		`)
}

func TestDiffInColour(t *testing.T) {
	c := compared(someObjects()[:1], "a", "b", "c")
	var plain, coloured bytes.Buffer
	report.Diff(&plain, c)
	c.Color = true
	report.Diff(&coloured, c)
	if !strings.Contains(coloured.String(), "\x1b[31m-  replicas: 5") || strings.Contains(plain.String(), "\x1b") {
		t.Errorf("got\n%q\nand\n%q", coloured.String(), plain.String())
	}
}

// TestDiffOfManyMembers: the names of all take as many lines as they need.
func TestDiffOfManyMembers(t *testing.T) {
	object := drift.Object{ID: "shop/deployments/web"}
	for _, name := range []string{"fed-worker01", "fed-worker02", "fed-worker03", "fed-worker04"} {
		object.Results = append(object.Results, drift.Result{Cluster: name, Verdict: drift.WillCreate})
	}
	var out bytes.Buffer
	report.Diff(&out, compared([]drift.Object{object}, "fed-worker01", "fed-worker02", "fed-worker03", "fed-worker04"))
	check(t, out.String(), `
		shop/deployments/web                     fed-worker01, fed-worker02,
		                                         fed-worker03, fed-worker04: will be created

		1 object, 4 members: 4 will be created
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
			report.Diff(&out, compared([]drift.Object{{ID: "x", Results: []drift.Result{result("a", test.verdict)}}}, "a"))
			if !strings.HasSuffix(out.String(), test.want) {
				t.Errorf("got %q, want it to end in %q", out.String(), test.want)
			}
		})
	}
}

// TestDiffHidesSecrets: in no form is a value shown, or an annotation that may repeat it; a change all the same.
func TestDiffHidesSecrets(t *testing.T) {
	changes := []drift.Change{
		{Path: "/data", After: map[string]any{"key": "c2VjcmV0"}, Added: true},
		{Path: "/data/password", Before: "c2VjcmV0", After: "c2VjcmV0Mg=="},
		{Path: "/metadata/annotations/last", Before: "c2VjcmV0", Removed: true},
		{Path: "/metadata/labels/app", Before: "a", After: "b"},
	}
	made := &unstructured.Unstructured{Object: map[string]any{
		"data": map[string]any{"password": "c2VjcmV0", "same": "c2VjcmV0"}, "stringData": map[string]any{"x": "c2VjcmV0"},
		"metadata": map[string]any{"name": "db", "annotations": map[string]any{"last": "c2VjcmV0"}},
	}}
	was := made.DeepCopy()
	was.Object["data"].(map[string]any)["password"] = "c2VjcmV0Mw=="
	updated := result("a", drift.WillUpdate, changes...)
	updated.Live, updated.After = was, made
	object := drift.Object{
		ID: "shop/secrets/db", Target: drift.Reference{APIVersion: "v1", Kind: "Secret"},
		Results: []drift.Result{
			updated, {Cluster: "b", Verdict: drift.WillCreate, Action: drift.Create, After: made},
			{Cluster: "c", Verdict: drift.Blocked, Cause: `data[x]: Invalid value: "c2VjcmV0": no`},
		},
	}
	var text, document, summary bytes.Buffer
	report.Diff(&text, compared([]drift.Object{object}, "a", "b", "c"))
	report.DiffSummary(&summary, compared([]drift.Object{object}, "a", "b", "c"))
	if err := report.DiffOutput(&document, compared([]drift.Object{object}, "a", "b", "c"), "json"); err != nil {
		t.Fatal(err)
	}
	before, after, err := report.DiffManifests(object, updated, true)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"text": text.String(), "json": document.String(), "summary": summary.String(), "before": string(before), "after": string(after)} {
		if strings.Contains(got, "c2VjcmV0") {
			t.Errorf("%s: a value is shown:\n%s", name, got)
		}
	}
	for _, line := range []string{"-  password: '*** (before)'", "+  password: '*** (after)'", "+  app: b", "data[x]: Invalid value: ***: no"} {
		if !strings.Contains(text.String(), line) {
			t.Errorf("no line %q in\n%s", line, text.String())
		}
	}
	if !strings.Contains(string(before), "password: '*** (before)'") || !strings.Contains(string(after), "password: '*** (after)'") || !strings.Contains(string(after), "same: '***'") {
		t.Errorf("got\n%s\nand\n%s", before, after)
	}
}

func TestDiffSummary(t *testing.T) {
	var out bytes.Buffer
	report.DiffSummary(&out, compared(someObjects(), "a", "b", "c"))
	check(t, out.String(), `
		                                                    a  b  c
		shop/deployments/web                                ~  ✓  ~  2 will be updated
		shop/configmaps/calm                                ✓  ✓  ✓
		shop/services/a-name-that-leaves-no-room-beside-it  ✗  ~  ·  1 will be updated, 1 blocked, 1 not targeted: spec.clusterIP: field is immutable
		3 objects, 3 members: 4 in sync, 3 will be updated, 1 blocked, 1 not targeted
		`)
}

func TestDiffNames(t *testing.T) {
	object := func(name string, verdict drift.Verdict) drift.Object {
		return drift.Object{
			Federated: drift.Reference{Kind: "FederatedDeployment", Resource: "federateddeployments.types.kubefed.io", Name: name},
			Results:   []drift.Result{result("a", verdict)},
		}
	}
	var out bytes.Buffer
	report.DiffNames(&out, []drift.Object{object("calm", drift.InSync), object("moved", drift.WillUpdate), object("gone", drift.Unknown)})
	check(t, out.String(), `
		federateddeployment.types.kubefed.io/moved
		federateddeployment.types.kubefed.io/gone
		`)
}

// TestDiffDocument pins the contract.
func TestDiffDocument(t *testing.T) {
	made := &unstructured.Unstructured{Object: map[string]any{"kind": "Deployment", "metadata": map[string]any{"name": "web", "uid": "x"}, "status": map[string]any{}}}
	change := set(drift.Change{Path: "/spec/replicas", Before: int64(5), After: int64(0)},
		drift.Owner{Manager: "kubectl-edit", Time: since(3 * time.Minute)}, drift.Origin{From: drift.FromOverride, Override: 1})
	c := compared([]drift.Object{{
		ID:        "shop/deployments/web",
		Federated: drift.Reference{APIVersion: "types.kubefed.io/v1beta1", Kind: "FederatedDeployment", Resource: "federateddeployments.types.kubefed.io", Namespace: "shop", Name: "web"},
		Target:    drift.Reference{APIVersion: "apps/v1", Kind: "Deployment", Resource: "deployments.apps", Namespace: "shop", Name: "web"},
		Results: []drift.Result{
			{Cluster: "a", Verdict: drift.WillUpdate, Action: drift.Update, Changes: []drift.Change{change}},
			{Cluster: "b", Verdict: drift.WillCreate, Action: drift.Create, After: made},
			{Cluster: "c", Verdict: drift.Unknown, Cause: "no\nroute"},
		},
	}}, "a", "b", "c")
	c.Errors = []error{errors.New("c: no\nroute")}
	var out bytes.Buffer
	if err := report.DiffOutput(&out, c, "yaml"); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		after: as KubeFed will write it
		apiVersion: output.kubectl-fed.io/v1
		before: live
		errors:
		- 'c: no route'
		host: kind-host
		kind: Diff
		members:
		- a
		- b
		- c
		objects:
		- federated:
		    apiVersion: types.kubefed.io/v1beta1
		    kind: FederatedDeployment
		    name: web
		    namespace: shop
		    resource: federateddeployments.types.kubefed.io
		  id: shop/deployments/web
		  results:
		  - action: update
		    changes:
		    - after: 0
		      before: 5
		      origin:
		        from: override
		        override: 1
		      owner:
		        manager: kubectl-edit
		        time: "2026-01-02T11:57:00Z"
		      path: /spec/replicas
		    cluster: a
		    verdict: will be updated
		  - action: create
		    cluster: b
		    object:
		      kind: Deployment
		      metadata:
		        name: web
		    verdict: will be created
		  - cause: no route
		    cluster: c
		    verdict: unknown
		  target:
		    apiVersion: apps/v1
		    kind: Deployment
		    name: web
		    namespace: shop
		    resource: deployments.apps
		summary:
		  unknown: 1
		  will be created: 1
		  will be updated: 1
		`)
}

// TestDiffOfOneHand: who did the same in one member after the other is named once, with both ages.
func TestDiffOfOneHand(t *testing.T) {
	label := drift.Change{Path: "/metadata/labels/team", Before: "x", Removed: true}
	at := func(d time.Duration) drift.Change {
		return set(label, drift.Owner{Manager: "kubectl-label", Time: since(d)}, drift.Origin{From: drift.FromTemplate})
	}
	objects := []drift.Object{{ID: "shop/services/front", Results: []drift.Result{
		result("a", drift.WillUpdate, at(3*time.Second)), result("b", drift.WillUpdate, at(2*time.Second)),
	}}}
	var out bytes.Buffer
	report.Diff(&out, compared(objects, "a", "b"))
	if want := "(set by kubectl-label 2s to 3s ago; not in the template)\n"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q in\n%s", want, out.String())
	}
}
