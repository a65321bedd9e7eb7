package federation_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/kubefed"
)

func TestTypeOf(t *testing.T) {
	want := federation.Type{
		Name:               "namespaces",
		Target:             federation.API{Version: "v1", Kind: "Namespace", Plural: "namespaces"},
		Federated:          federation.API{Group: "types.kubefed.io", Version: "v1beta1", Kind: "FederatedNamespace", Plural: "federatednamespaces", Namespaced: true},
		PropagationEnabled: true,
	}
	if diff := cmp.Diff(want, namespaces); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !namespaces.IsNamespace() || deployments.IsNamespace() {
		t.Error("only Namespace is a namespace")
	}
	if got := deployments.Target.GVR().String(); got != "apps/v1, Resource=deployments" {
		t.Error(got)
	}
	if got := deployments.Target.Resource().String() + " " + services.Target.Resource().String(); got != "deployments.apps services" {
		t.Error(got)
	}
	if got := deployments.Target.APIVersion() + " " + services.Target.APIVersion(); got != "apps/v1 v1" {
		t.Error(got)
	}
}

// TestTypeOfDefaults reads a FederatedTypeConfig as a user may write it, the
// name saying what the spec leaves out.
func TestTypeOfDefaults(t *testing.T) {
	cfg := &v1beta1.FederatedTypeConfig{}
	cfg.Name = "widgets.acme.io"
	cfg.Spec.TargetType = v1beta1.APIResource{Version: "v1", Kind: "Widget", Scope: apiextv1.NamespaceScoped}
	cfg.Spec.FederatedType = v1beta1.APIResource{Group: "types.kubefed.io", Version: "v1beta1", Kind: "FederatedWidget", Scope: apiextv1.NamespaceScoped}
	before := cfg.DeepCopy()
	want := federation.Type{
		Name:      "widgets.acme.io",
		Target:    federation.API{Group: "acme.io", Version: "v1", Kind: "Widget", Plural: "widgets", Namespaced: true},
		Federated: federation.API{Group: "types.kubefed.io", Version: "v1beta1", Kind: "FederatedWidget", Plural: "federatedwidgets", Namespaced: true},
	}
	if diff := cmp.Diff(want, federation.TypeOf(cfg)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(before, cfg); diff != "" {
		t.Errorf("the config was changed\n%s", diff)
	}
}

// TestPlaceReasons compares whole placements, with what to tell a user.
func TestPlaceReasons(t *testing.T) {
	reason := func(code federation.ReasonCode, ns string) federation.Reason {
		return federation.Reason{Code: code, Namespace: ns}
	}
	for _, c := range []struct {
		name, own, ns string
		want          federation.Placement
	}{
		{"by name, one unknown", `{clusters: [{name: c2}, {name: zz}, {name: btea}, {name: zz}]}`, `{clusterSelector: {}}`, federation.Placement{
			Clusters: []string{"c2"}, Unknown: []string{"btea", "zz"},
			Excluded: map[string]federation.Reason{"c1": reason(federation.NotListed, ""), "c3": reason(federation.NotListed, "")},
		}},
		{"the object's own reason first", `{clusters: [{name: c1}, {name: c2}]}`, `{clusters: [{name: c1}]}`, federation.Placement{
			Clusters: []string{"c1"},
			Excluded: map[string]federation.Reason{"c2": reason(federation.NamespaceExcludes, "shop"), "c3": reason(federation.NotListed, "")},
		}},
		{"namespace not federated", `{clusters: [{name: c1}]}`, "none", federation.Placement{
			Clusters: []string{},
			Excluded: map[string]federation.Reason{
				"c1": reason(federation.NamespaceNotFederated, "shop"), "c2": reason(federation.NotListed, ""), "c3": reason(federation.NotListed, ""),
			},
		}},
		{"empty list", `{clusters: [], clusterSelector: {}}`, `{clusterSelector: {}}`, federation.Placement{
			Clusters: []string{},
			Excluded: map[string]federation.Reason{"c1": reason(federation.EmptyList, ""), "c2": reason(federation.EmptyList, ""), "c3": reason(federation.EmptyList, "")},
		}},
		{"selector", `{clusterSelector: {matchLabels: {env: prod}}}`, `{clusterSelector: {}}`, federation.Placement{
			Clusters: []string{"c1"},
			Excluded: map[string]federation.Reason{"c2": reason(federation.NotSelected, ""), "c3": reason(federation.NotSelected, "")},
		}},
		{"nothing", `{}`, `{clusterSelector: {}}`, federation.Placement{
			Clusters: []string{},
			Excluded: map[string]federation.Reason{"c1": reason(federation.NoPlacement, ""), "c2": reason(federation.NoPlacement, ""), "c3": reason(federation.NoPlacement, "")},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ns *unstructured.Unstructured
			if c.ns != "none" {
				ns = placed(t, "FederatedNamespace", c.ns)
			}
			got, err := federation.Place(deployments, placed(t, "FederatedDeployment", c.own), ns, members, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got.Has("c1") != (len(c.want.Clusters) > 0 && c.want.Clusters[0] == "c1") {
				t.Error("Has disagrees with Clusters")
			}
		})
	}
}

func TestReasonString(t *testing.T) {
	for code, want := range map[federation.ReasonCode]string{
		"":                               "",
		federation.NotListed:             "not in spec.placement.clusters",
		federation.EmptyList:             "spec.placement.clusters is empty",
		federation.NotSelected:           "not selected by spec.placement.clusterSelector",
		federation.NoPlacement:           "spec.placement has neither clusters nor clusterSelector",
		federation.NamespaceNotFederated: "namespace shop is not federated",
		federation.NamespaceExcludes:     "excluded by the placement of FederatedNamespace shop",
	} {
		if got := (federation.Reason{Code: code, Namespace: "shop"}).String(); got != want {
			t.Errorf("%s: got %q, want %q", code, got, want)
		}
	}
}

func TestPlaceErrors(t *testing.T) {
	bad := `{clusterSelector: {matchExpressions: [{key: env, operator: Wrong}]}}`
	_, err := federation.Place(deployments, placed(t, "FederatedDeployment", bad), nil, members, false)
	wantError(t, err, `reading spec.placement.clusterSelector of FederatedDeployment shop/web: "Wrong" is not a valid label selector operator`)
	_, err = federation.Place(deployments, placed(t, "FederatedDeployment", `{}`), placed(t, "FederatedNamespace", bad), members, false)
	wantError(t, err, `reading spec.placement.clusterSelector of FederatedNamespace shop/web: "Wrong" is not a valid label selector operator`)
}

// TestRenderErrors pins what a user reads when KubeFed can't work it out.
func TestRenderErrors(t *testing.T) {
	for _, c := range []struct {
		name, spec, live, want string
		status                 federation.Status
	}{
		{"template", `{template: x}`, `{}`,
			`cluster c1: reading spec.template of FederatedDeployment shop/web: .spec.template accessor error: x is of the type string, expected map[string]interface{}`,
			federation.ComputeResourceFailed},
		{"retention", `{retainReplicas: true, template: {}}`, `{spec: {replicas: many}}`,
			`cluster c1: reading spec.replicas: .spec.replicas accessor error: many is of the type string, expected int64`,
			federation.FieldRetentionFailed},
		{"second override", `{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{op: add, path: /spec, value: {}}, {path: /a/b, value: 1}]}]}`, `{}`,
			"cluster c1: override 2 (replace /a/b): replace operation does not apply: doc is missing path: /a/b: missing value",
			federation.ApplyOverridesFailed},
		{"label", `{template: {}}`, `{metadata: {labels: {kubefed.io/managed: "false"}}}`,
			"cluster c1: the object there has the label kubefed.io/managed=false",
			federation.ManagedLabelFalse},
		{"cluster twice", `{template: {}, overrides: [{clusterName: c2}, {clusterName: c2}]}`, `{}`,
			`cluster c1: cluster "c2" appears more than once in spec.overrides of FederatedDeployment shop/web`,
			federation.ApplyOverridesFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			fed := object(t, "{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: "+c.spec+"}")
			live := renderCase{cfg: deploymentConfig, live: c.live}.liveOf(t)
			_, err := federation.ForUpdate(deployments, fed, "c1", live)
			wantError(t, err, c.want)
			if got := renderStatus(err); got != c.status {
				t.Errorf("got %s, want %s", got, c.status)
			}
		})
	}
}

// TestNullsAmongLabels pins what KubeFed as released makes of them, which the
// libraries of today read in another way: one null among the labels costs all,
// and one among the annotations keeps all.
func TestNullsAmongLabels(t *testing.T) {
	fed := object(t, `{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {template: {
		metadata: {labels: {a: null, b: c}, annotations: {a: null, b: c}}}}}`)
	got, err := federation.ForCreate(deployments, fed, "c1")
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop,
		labels: {kubefed.io/managed: "true"}, annotations: {a: null, b: c}}}`)
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestPortsThatCrashKubeFed pins what a user reads where KubeFed's controller
// would crash.
func TestPortsThatCrashKubeFed(t *testing.T) {
	for _, c := range []struct{ ours, there, want string }{
		{`[x]`, `[{port: 80}]`, "cluster c1: spec.ports[0]: KubeFed's controller crashes on it: it is not an object but string"},
		{`[{port: 80}]`, `[x]`, "cluster c1: spec.ports[0]: KubeFed's controller crashes on it: the member's is not an object but string"},
		{`[{name: {}}]`, `[{name: {}}]`, "cluster c1: spec.ports[0]: KubeFed's controller crashes on it: name is a map[string]interface {}"},
		{`[{name: {}}]`, `[{name: []}]`, ""},
	} {
		fed := object(t, "{kind: FederatedService, metadata: {name: web, namespace: shop}, spec: {template: {spec: {ports: "+c.ours+"}}}}")
		live := object(t, "{kind: Service, metadata: {name: web}, spec: {ports: "+c.there+"}}")
		_, err := federation.ForUpdate(services, fed, "c1", live)
		wantError(t, err, c.want)
		var failed *federation.RenderError
		if c.want != "" && (!errors.As(err, &failed) || errors.Unwrap(failed) == nil) {
			t.Errorf("got %#v", err)
		}
	}
}

// TestApplyLeavesAlone checks that a failed patch changes nothing, not even
// by the steps before the one that failed.
func TestApplyLeavesAlone(t *testing.T) {
	obj := object(t, applyDocument)
	overrides := []federation.Override{{Path: "/spec/replicas", Value: 9}, {Op: "remove", Path: "/none"}}
	if err := federation.Apply(obj, overrides); err == nil {
		t.Fatal("want an error")
	}
	if diff := cmp.Diff(object(t, applyDocument), obj); diff != "" {
		t.Errorf("the object was changed\n%s", diff)
	}
	if diff := cmp.Diff("", overrides[0].Op); diff != "" {
		t.Errorf("the overrides were changed\n%s", diff)
	}
}

func TestIgnored(t *testing.T) {
	for _, c := range []struct {
		typ      federation.Type
		name, ns string
		want     string
	}{
		{deployments, "web", "default", ""},
		{namespaces, "shop", "shop", ""},
		{namespaces, "default", "default", "KubeFed does not federate the system namespace default"},
		{namespaces, "kube-system", "kube-system", "KubeFed does not federate the system namespace kube-system"},
		{namespaces, "kube-public", "kube-public", "KubeFed does not federate the system namespace kube-public"},
		{namespaces, "fed-system", "fed-system", "KubeFed does not federate the system namespace fed-system"},
		{namespaces, "shop", "other", "a FederatedNamespace counts only in the namespace that it is named after"},
	} {
		fed := object(t, "{kind: X, metadata: {name: "+c.name+", namespace: "+c.ns+"}}")
		if got := federation.Ignored(c.typ, fed, "fed-system"); got != c.want {
			t.Errorf("%s/%s: got %q, want %q", c.ns, c.name, got, c.want)
		}
	}
}

// TestIgnoredAsKubeFed asks KubeFed's accessor whether it looks at the same
// FederatedNamespaces.
func TestIgnoredAsKubeFed(t *testing.T) {
	var in kubefed.Stored
	for _, meta := range []string{
		`{name: shop, namespace: shop}`, `{name: default, namespace: default}`, `{name: kube-system, namespace: kube-system}`,
		`{name: kube-federation-system, namespace: kube-federation-system}`, `{name: shop, namespace: other}`,
	} {
		fed := object(t, "{apiVersion: types.kubefed.io/v1beta1, kind: FederatedNamespace, metadata: "+meta+", spec: {}}")
		in.Federated = append(in.Federated, fed)
		in.Namespaces = append(in.Namespaces, object(t, "{apiVersion: v1, kind: Namespace, metadata: {name: "+fed.GetName()+"}}"))
	}
	o := newOracle(t, namespaceConfig, in)
	for _, fed := range in.Federated {
		looks := o.resource(t, fed) != nil
		if got := federation.Ignored(namespaces, fed, "kube-federation-system") == ""; got != looks {
			t.Errorf("%s/%s: looked at %t, by KubeFed %t", fed.GetNamespace(), fed.GetName(), got, looks)
		}
	}
}

func TestIsHostNamespace(t *testing.T) {
	host := object(t, `{kind: Namespace, metadata: {name: shop, uid: u}}`)
	same, other := host.DeepCopy(), object(t, `{kind: Namespace, metadata: {name: shop, uid: v}}`)
	for _, c := range []struct {
		typ        federation.Type
		host, live *unstructured.Unstructured
		want       bool
	}{
		{namespaces, host, same, true}, {namespaces, host, other, false},
		{namespaces, nil, same, false}, {namespaces, host, nil, false}, {deployments, host, same, false},
	} {
		if got := federation.IsHostNamespace(c.typ, c.host, c.live); got != c.want {
			t.Errorf("%v %v: got %t", c.host, c.live, got)
		}
	}
}

func TestHasSyncFinalizer(t *testing.T) {
	for finalizers, want := range map[string]bool{"[]": false, "[other]": false, "[other, kubefed.io/sync-controller]": true} {
		if got := federation.HasSyncFinalizer(object(t, "{kind: X, metadata: {finalizers: "+finalizers+"}}")); got != want {
			t.Errorf("%s: got %t", finalizers, got)
		}
	}
}

// TestWrongTypes pins what a user reads of a field that holds something else
// than KubeFed can read.
func TestWrongTypes(t *testing.T) {
	_, err := federation.Place(deployments, placed(t, "FederatedDeployment", `{clusters: c1}`), nil, members, false)
	wantError(t, err, "reading spec.placement of FederatedDeployment shop/web: spec.placement.clusters is a string, which does not belong there")
	_, err = federation.Overrides(object(t, `{kind: FederatedDeployment, metadata: {name: web}, spec: {overrides: [{clusterName: 5}]}}`))
	wantError(t, err, "reading spec.overrides of FederatedDeployment web: spec.overrides.clusterName is a number, which does not belong there")
}

// TestFederateIsDeterministic runs what goes through maps several times.
func TestFederateIsDeterministic(t *testing.T) {
	obj := object(t, `{kind: Deployment, metadata: {name: web, annotations: {a: b, c: d, e: f}}, spec: {}}`)
	opts := federation.NewOptions{Overrides: map[string][]federation.Override{
		"c3": {{Path: "/spec/a", Value: 1}}, "c1": {{Path: "/spec/a", Value: 1}}, "c2": {{Path: "/spec/a", Value: 1}},
	}}
	want, wantDropped, err := federation.Federate(deployments, obj, opts)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		got, dropped, err := federation.Federate(deployments, obj, opts)
		if err != nil || !cmp.Equal(want, got) || !cmp.Equal(wantDropped, dropped) {
			t.Fatalf("got %v, %v, %v", got, dropped, err)
		}
	}
}
