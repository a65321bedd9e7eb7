package federating

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// object reads an object; numbers are as an API server's answer has them.
func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := u.UnmarshalJSON(raw); err != nil {
		t.Fatal(err)
	}
	return u
}

const (
	web      = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, annotations: {team: a}}, spec: {replicas: 1, template: {spec: {containers: [{name: web, image: nginx}]}}}}`
	settings = `{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop, annotations: {team: a, deployment.kubernetes.io/x: z}}, data: {a: b}}`
	shop     = `{apiVersion: v1, kind: Namespace, metadata: {name: shop}}`
)

func items(t *testing.T, named bool, texts ...string) []Item {
	t.Helper()
	var objects []*unstructured.Unstructured
	for _, text := range texts {
		objects = append(objects, object(t, text))
	}
	all, err := Offline(objects, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Named = named
	}
	return all
}

var nowhere = func(Item) *unstructured.Unstructured { return nil }

func argument(t *testing.T, text string) federation.Argument {
	t.Helper()
	a, err := federation.ParseOverride(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// overridesOf are the overrides of a step for a cluster, as "op path value".
func overridesOf(t *testing.T, s *Step, cluster string) []federation.Override {
	t.Helper()
	all, err := federation.Overrides(s.After)
	if err != nil {
		t.Fatal(err)
	}
	return all[cluster]
}

func TestPlanPutsNamespacesFirst(t *testing.T) {
	p, err := plan(items(t, true, settings, web, shop), Options{Placing: federation.NewOptions{Clusters: []string{"b", "a"}}}, nowhere)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Steps {
		got = append(got, s.ID()+" "+string(s.Change))
	}
	if diff := cmp.Diff([]string{"namespaces/shop created", "configmaps/settings created", "deployments.apps/web created"}, got); diff != "" {
		t.Error(diff)
	}
	if len(p.Unfederated()) != 0 || !p.Changes() {
		t.Errorf("the namespace is in the plan: %v", p.Unfederated())
	}
}

func TestPlanAgain(t *testing.T) {
	first, err := plan(items(t, true, web), Options{Placing: federation.NewOptions{Clusters: []string{"a"}}, Overrides: []federation.Argument{argument(t, "a:replicas=3")}}, nowhere)
	if err != nil {
		t.Fatal(err)
	}
	there := first.Steps[0].After
	there.SetResourceVersion("5")
	_ = unstructured.SetNestedField(there.Object, true, "spec", "retainReplicas")
	before := func(Item) *unstructured.Unstructured { return there }
	other := federation.NewOptions{Clusters: []string{"b"}}
	for name, c := range map[string]struct {
		text    string
		options Options
		change  Change
		want    string // is in the federated object
	}{
		"nothing new":               {web, Options{Placing: other}, None, `"clusters":[{"name":"a"}]`},
		"another template":          {strings.Replace(web, "nginx", "nginx:2", 1), Options{Placing: other}, Update, `"retainReplicas":true`},
		"the overrides stay":        {strings.Replace(web, "nginx", "nginx:2", 1), Options{Placing: other}, Update, `"path":"/spec/replicas","value":3`},
		"another placement":         {web, Options{Placing: other, Placed: true}, Update, `"clusters":[{"name":"b"}]`},
		"another value":             {web, Options{Placing: other, Overrides: []federation.Argument{argument(t, "a:replicas=4")}}, Update, `"path":"/spec/replicas","value":4`},
		"another override":          {web, Options{Placing: other, Overrides: []federation.Argument{argument(t, "a:spec.paused=true")}}, Update, `"path":"/spec/paused","value":true`},
		"the same override":         {web, Options{Placing: other, Overrides: []federation.Argument{argument(t, "a:replicas=3")}}, None, `"value":3`},
		"another override, by flag": {web, Options{Placing: other, Edits: []ClusterEdit{{Cluster: "a", Flag: "--image", Edit: federation.SetImage("web", "x")}}}, Update, `"value":"x"`},
	} {
		p, err := plan(items(t, true, c.text), c.options, before)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := p.Steps[0]
		text, _ := s.After.MarshalJSON()
		if s.Change != c.change || !strings.Contains(string(text), c.want) || s.After.GetResourceVersion() != "5" {
			t.Errorf("%s: %s\n%s", name, s.Change, text)
		}
	}
	gone := there.DeepCopy()
	now := gone.GetCreationTimestamp()
	gone.SetDeletionTimestamp(&now)
	_ = unstructured.SetNestedField(gone.Object, "2020-01-01T00:00:00Z", "metadata", "deletionTimestamp")
	if _, err := plan(items(t, true, web), Options{}, func(Item) *unstructured.Unstructured { return gone }); !errors.Is(err, errTerminating) {
		t.Errorf("on its way out: %v", err)
	}
}

// TestPlanCopy: where the host is a member, the plain object there is what KubeFed writes, overrides included; the
// template must not become that.
func TestPlanCopy(t *testing.T) {
	there := object(t, `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {template: {spec: {replicas: 1}}, placement: {clusters: [{name: host}]}}}`)
	copied := items(t, true, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, labels: {kubefed.io/managed: "true"}}, spec: {replicas: 9}}`)
	copied[0].Live = true
	p, err := plan(copied, Options{}, func(Item) *unstructured.Unstructured { return there })
	if err != nil || p.Steps[0].Change != None || !p.Steps[0].IsCopy() {
		t.Errorf("%v, %+v", err, p)
	}
}

func TestPlanRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		named   bool
		options Options
		want    string
	}{
		"named, and it does not fit":  {true, Options{Overrides: []federation.Argument{argument(t, "a:spec.template.spec.containers[web].image=x")}}, "configmaps settings: override a:spec.template.spec.containers[web].image"},
		"fits none":                   {false, Options{Overrides: []federation.Argument{argument(t, "a:spec.nothing.here=x")}}, "--override a:spec.nothing.here fits none of the objects"},
		"twice":                       {false, Options{Overrides: []federation.Argument{argument(t, "a:spec.replicas=1"), argument(t, "a:replicas=2")}}, "/spec/replicas is overridden twice"},
		"no such container":           {false, Options{Edits: []ClusterEdit{{Cluster: "a", Flag: "--image a:x=y", Edit: federation.SetImage("x", "y")}}}, "--image a:x=y fits none of the objects"},
		"another kind":                {true, Options{Edits: []ClusterEdit{{Cluster: "a", Flag: "--replicas a=1", Edit: federation.Set("replicas", 1), Kinds: []string{"Deployment"}}}}, "a ConfigMap has no such thing"},
		"annotations of a Deployment": {true, Options{KeepAnnotations: []string{"team"}, Members: []string{"a"}}, "for ever"},
	} {
		_, err := plan(items(t, c.named, settings, web), c.options, nowhere)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestPlanOfMany(t *testing.T) {
	o := Options{
		Overrides:       []federation.Argument{argument(t, "a:spec.template.spec.containers[web].image=x"), argument(t, "b:data.a=c")},
		Edits:           []ClusterEdit{{Cluster: "b", Flag: "--replicas", Edit: federation.Set("replicas", int64(2)), Kinds: []string{"Deployment"}}},
		KeepAnnotations: []string{"all"}, Members: []string{"a", "b"},
	}
	p, err := plan(items(t, false, settings, web), o, nowhere)
	if err != nil {
		t.Fatal(err)
	}
	kept := federation.Override{Op: "add", Path: "/metadata/annotations", Value: map[string]any{"team": "a"}}
	if diff := cmp.Diff([]federation.Override{{Op: "replace", Path: "/data/a", Value: "c"}, kept}, overridesOf(t, p.Steps[0], "b")); diff != "" {
		t.Errorf("settings on b: %s", diff)
	}
	if diff := cmp.Diff([]federation.Override{kept}, overridesOf(t, p.Steps[0], "a")); diff != "" {
		t.Errorf("settings on a: %s", diff)
	}
	if diff := cmp.Diff([]federation.Dropped{{Path: "metadata.annotations[deployment.kubernetes.io/x]", Reason: "KubeFed carries no annotations from a template"}}, p.Steps[0].Dropped); diff != "" {
		t.Errorf("settings drops %s", diff)
	}
	if got := overridesOf(t, p.Steps[1], "b"); len(got) != 1 || got[0].Path != "/spec/replicas" {
		t.Errorf("web on b: %v", got)
	}
	if len(p.Steps[1].Dropped) != 1 {
		t.Errorf("the annotation of web can't be kept, and that is said: %v", p.Steps[1].Dropped)
	}
}

func TestMakeOffline(t *testing.T) {
	p, err := MakeOffline(items(t, false, web, settings), Options{FederateNamespace: true, Placing: federation.NewOptions{Clusters: []string{"a"}}, Overrides: []federation.Argument{argument(t, "a:replicas=2")}})
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Steps[0]; len(p.Steps) != 3 || s.ID() != "namespaces/shop" || s.After.GetNamespace() != "shop" || len(overridesOf(t, s, "a")) > 0 {
		t.Errorf("first comes %s of %d", s.ID(), len(p.Steps))
	}
	p, err = MakeOffline(items(t, false, web), Options{})
	if err != nil || !cmp.Equal([]string{"shop"}, p.Unfederated()) {
		t.Errorf("%v, %v", p.Unfederated(), err)
	}
}

func TestOfflineItems(t *testing.T) {
	for text, want := range map[string]string{
		`{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g}}`:                       "the kind Gateway of gateway.networking.k8s.io is not one of Kubernetes' own",
		`{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: s}}`:                             "the kind Service of serving.knative.dev is not one of Kubernetes' own",
		`{apiVersion: types.kubefed.io/v1beta1, kind: FederatedService, metadata: {name: s, namespace: shop}}`: "federatedservice/s: it is a federated object already",
	} {
		if _, err := Offline([]*unstructured.Unstructured{object(t, text)}, nil, "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := Offline(nil, nil, "x"); err == nil {
		t.Error("no object is an error")
	}
	one := object(t, settings)
	if _, err := Offline([]*unstructured.Unstructured{one, one}, nil, "x"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("the same twice: %v", err)
	}
	gateway := federation.Type{Name: "gateways", Target: federation.API{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway", Plural: "gateways", Namespaced: true}}
	found, err := Offline([]*unstructured.Unstructured{object(t, `{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: g}}`)}, []federation.Type{gateway}, "team")
	if err != nil || found[0].API.Plural != "gateways" || found[0].Object.GetNamespace() != "team" {
		t.Errorf("%+v, %v", found, err)
	}
	cluster, err := Offline([]*unstructured.Unstructured{object(t, `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r, namespace: odd}}`)}, nil, "team")
	if err != nil || cluster[0].Object.GetNamespace() != "" {
		t.Errorf("what has no namespace gets none: %+v, %v", cluster, err)
	}
}

func TestUnpropagated(t *testing.T) {
	for text, want := range map[string]string{
		`{kind: X, metadata: {generation: 2}, status: {observedGeneration: 1, conditions: [{type: Propagation, status: "True"}]}}`:                                                                                   "KubeFed has not looked at it yet",
		`{kind: X, metadata: {generation: 1}, status: {observedGeneration: 1, conditions: [{type: Propagation, status: "True"}]}}`:                                                                                   "",
		`{kind: X, metadata: {generation: 1}, status: {observedGeneration: 1}}`:                                                                                                                                      "KubeFed has not said anything of it yet",
		`{kind: X, metadata: {generation: 1}, status: {observedGeneration: 1, conditions: [{type: Propagation, status: "False", reason: CheckClusters}], clusters: [{name: a}, {name: b, status: CreationFailed}]}}`: "CheckClusters, b CreationFailed",
	} {
		if got := Unpropagated(object(t, text)); got != want {
			t.Errorf("%s: got %q", text, got)
		}
	}
}
