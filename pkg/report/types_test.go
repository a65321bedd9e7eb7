package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// federatedTypes are one that is well, one that a member lacks, and one that is paused and can't be counted.
func federatedTypes() []report.FederatedType {
	yes, no, three := true, false, int64(3)
	named := func(name, kind string) report.FederatedType {
		plural := strings.ToLower(kind) + "s"
		return report.FederatedType{
			APIVersion: report.APIVersion, Kind: "FederatedType", Metadata: report.TypeMetadata{Name: name},
			Target:    report.TypeAPI{Version: "v1", Kind: kind, Plural: plural, Namespaced: true},
			Federated: report.TypeAPI{Group: "types.kubefed.io", Version: "v1beta1", Kind: "Federated" + kind, Plural: "federated" + plural, Namespaced: true},
		}
	}
	well, lacked, paused := named("configmaps", "ConfigMap"), named("widgets.acme.io", "Widget"), named("roles", "Role")
	well.Propagation, well.Running, well.Instances, well.StatusCollection = "Enabled", true, &three, true
	well.Members = []report.TypeMember{{Name: "a", Served: &yes}, {Name: "b", Served: &yes}}
	lacked.Propagation, lacked.Instances, lacked.NotServedBy = "Enabled", &three, []string{"b"}
	lacked.Members = []report.TypeMember{{Name: "a", Reason: "no answer"}, {Name: "b", Served: &no}}
	lacked.Problems = []string{"b lacks it", "its controller\ndoes not run"}
	paused.Propagation, paused.Target.Namespaced = "Disabled", false
	return []report.FederatedType{well, lacked, paused}
}

func TestTypes(t *testing.T) {
	var out bytes.Buffer
	for _, wide := range []bool{false, true} {
		if err := report.Types(&out, federatedTypes(), wide); err != nil {
			t.Fatal(err)
		}
	}
	if err := report.Types(&out, nil, true); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		TYPE              STATE         OBJECTS   NOT SERVED BY
		configmaps        running       3         -
		widgets.acme.io   not running   3         b,a?
		roles             disabled      ?         -
		widgets.acme.io: b lacks it
		widgets.acme.io: its controller does not run
		TYPE              STATE         OBJECTS   NOT SERVED BY   VERSION   FEDERATED                                      SCOPE        STATUSES
		configmaps        running       3         -               v1        federatedconfigmaps.types.kubefed.io/v1beta1   Namespaced   collected
		widgets.acme.io   not running   3         b,a?            v1        federatedwidgets.types.kubefed.io/v1beta1      Namespaced   -
		roles             disabled      ?         -               v1        federatedroles.types.kubefed.io/v1beta1        Cluster      -
		widgets.acme.io: b lacks it
		widgets.acme.io: its controller does not run
		no types are enabled
		`)
}

// TestTypeList: the documented contract.
func TestTypeList(t *testing.T) {
	list, err := report.TypeList(federatedTypes()[1:2])
	if err != nil {
		t.Fatal(err)
	}
	api := func(group, version, kind, plural string) map[string]any {
		m := map[string]any{"version": version, "kind": kind, "plural": plural, "namespaced": true}
		if group != "" {
			m["group"] = group
		}
		return m
	}
	want := map[string]any{
		"apiVersion": "output.kubectl-fed.io/v1", "kind": "FederatedType", "metadata": map[string]any{"name": "widgets.acme.io"},
		"target": api("", "v1", "Widget", "widgets"), "federated": api("types.kubefed.io", "v1beta1", "FederatedWidget", "federatedwidgets"),
		"propagation": "Enabled", "running": false, "statusCollection": false, "instances": int64(3),
		"members":     []any{map[string]any{"name": "a", "reason": "no answer"}, map[string]any{"name": "b", "served": false}},
		"notServedBy": []any{"b"}, "problems": []any{"b lacks it", "its controller\ndoes not run"},
	}
	if diff := cmp.Diff(want, list.Items[0].Object); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestInstances: of many only the first are named.
func TestInstances(t *testing.T) {
	var names, members []string
	for i := range 23 {
		names, members = append(names, fmt.Sprintf("shop/deployments/web%02d", i)), append(members, "a")
	}
	var out bytes.Buffer
	report.Instances(&out, federation.Type{Name: "deployments.apps"}, names)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 22 || lines[0] != "deployments.apps has:" || lines[21] != "  and 3 more" {
		t.Errorf("got %d lines:\n%s", len(lines), out.String())
	}
	out.Reset()
	report.Losses(&out, members[:1], names[:1])
	check(t, out.String(), `
		to be deleted in members:
		  a: shop/deployments/web00
		`)
}
