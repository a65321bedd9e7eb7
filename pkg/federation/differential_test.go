package federation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/controller/sync"
	"sigs.k8s.io/kubefed/pkg/controller/sync/dispatch"
	"sigs.k8s.io/kubefed/pkg/controller/util"
	"sigs.k8s.io/kubefed/pkg/kubefedctl/federate"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// renderCase is one federated object and what a member has in its place.
type renderCase struct {
	name string
	cfg  *v1beta1.FederatedTypeConfig
	spec string // of the federated object, YAML
	live string // YAML; none compares the creation only
}

// renderCases holds the quirks of KubeFed's rendering, one a case.
var renderCases = []renderCase{
	{"empty template", configMapConfig, `{}`, `{metadata: {resourceVersion: "7"}}`},
	{"no spec", configMapConfig, `null`, ``},
	{"null template", configMapConfig, `{template: null}`, `{metadata: {}}`},
	{"template is a string", configMapConfig, `{template: "x"}`, `{metadata: {}}`},
	{"core version", configMapConfig, `{template: {data: {a: b}}}`, `{metadata: {resourceVersion: "7"}, data: {a: c}}`},
	{"own version", deploymentConfig, `{template: {apiVersion: apps/v1beta1, kind: Wrong, spec: {replicas: 1}}}`, `{metadata: {generation: 2}}`},
	{"own name and namespace", deploymentConfig, `{template: {metadata: {name: x, namespace: y, generateName: z}}}`, `{metadata: {generation: 2}}`},
	{"annotations and finalizers", deploymentConfig,
		`{template: {metadata: {annotations: {a: b}, finalizers: [f], labels: {l: m}}}}`,
		`{metadata: {annotations: {c: d}, finalizers: [g], labels: {other: x}, ownerReferences: [{name: o}]}}`},
	{"empty annotations", deploymentConfig, `{template: {metadata: {annotations: {}, finalizers: []}}}`, `{metadata: {annotations: {}, finalizers: []}}`},
	{"annotations of a wrong type", deploymentConfig, `{template: {metadata: {annotations: {a: 1}}}}`, `{metadata: {annotations: {c: d}}}`},
	{"null in annotations", deploymentConfig, `{template: {metadata: {annotations: {a: null}, labels: {b: null}}}}`, `{metadata: {}}`},
	{"metadata of a wrong type", deploymentConfig, `{template: {metadata: x}}`, `{metadata: {annotations: {c: d}}}`},
	{"status stays", deploymentConfig, `{template: {status: {replicas: 3}}}`, `{metadata: {}, status: {replicas: 4}}`},
	{"managed false in the template", deploymentConfig, `{template: {metadata: {labels: {kubefed.io/managed: "false"}}}}`, `{metadata: {}}`},
	{"label removed by an override", deploymentConfig,
		`{template: {metadata: {labels: {a: b}}}, overrides: [{clusterName: c1, clusterOverrides: [{op: remove, path: /metadata/labels}]}]}`, `{metadata: {}}`},

	{"override of a field", deploymentConfig,
		`{template: {spec: {replicas: 1}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 5}]}]}`, `{metadata: {}}`},
	{"override of another cluster", deploymentConfig,
		`{template: {spec: {replicas: 1}}, overrides: [{clusterName: c2, clusterOverrides: [{path: /spec/replicas, value: 5}]}]}`, `{metadata: {}}`},
	{"broken override of another cluster", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c2, clusterOverrides: [{path: /kind, value: X}]}]}`, `{metadata: {}}`},
	{"missing leaf", deploymentConfig,
		`{template: {spec: {}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 5}]}]}`, `{metadata: {}}`},
	{"missing parent", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 5}]}]}`, `{metadata: {}}`},
	{"null value", deploymentConfig,
		`{template: {spec: {replicas: 1}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: null}]}]}`, `{metadata: {}}`},
	{"float and large numbers", deploymentConfig,
		`{template: {spec: {a: 1}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/a, value: 9007199254740993}, {path: /spec/b, value: 1.5}, {path: /spec/c, value: 5.0}, {path: /spec/d, value: 1e30}]}]}`, `{metadata: {}}`},
	{"annotation, which fails on create only", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{op: add, path: /metadata/annotations/a, value: b}]}]}`, `{metadata: {annotations: {c: d}}}`},
	{"whole annotations", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{op: add, path: /metadata/annotations, value: {a: b}}]}]}`, `{metadata: {annotations: {c: d}}}`},
	{"other api version", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{path: /apiVersion, value: extensions/v1beta1}]}]}`, `{metadata: {}}`},
	{"whole document", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{path: "", value: {kind: Deployment, spec: {x: 1}}}]}]}`, `{metadata: {}}`},
	{"whole document without kind", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{path: "", value: {spec: {}}}]}]}`, `{metadata: {}}`},
	{"whole metadata", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1, clusterOverrides: [{path: /metadata, value: {name: other}}]}]}`, `{metadata: {}}`},
	{"cluster twice", deploymentConfig,
		`{template: {}, overrides: [{clusterName: c1}, {clusterName: c1}]}`, `{metadata: {}}`},
	{"path twice", deploymentConfig,
		`{template: {spec: {}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/a, value: 1}, {path: /spec/a, value: 2}]}]}`, `{metadata: {}}`},
	{"overrides of a wrong type", deploymentConfig, `{template: {}, overrides: x}`, `{metadata: {}}`},
	{"no steps", deploymentConfig, `{template: {}, overrides: [{clusterName: c1, clusterOverrides: []}]}`, `{metadata: {}}`},

	{"retainReplicas", deploymentConfig, `{retainReplicas: true, template: {spec: {replicas: 1}}}`, `{metadata: {}, spec: {replicas: 7}}`},
	{"retainReplicas without spec", deploymentConfig, `{retainReplicas: true, template: {}}`, `{metadata: {}, spec: {replicas: 7}}`},
	{"retainReplicas beaten by an override", deploymentConfig,
		`{retainReplicas: true, template: {spec: {replicas: 1}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 5}]}]}`, `{metadata: {}, spec: {replicas: 7}}`},
	{"retainReplicas false", deploymentConfig, `{retainReplicas: false, template: {spec: {replicas: 1}}}`, `{metadata: {}, spec: {replicas: 7}}`},
	{"retainReplicas of a wrong type", deploymentConfig, `{retainReplicas: "true", template: {spec: {replicas: 1}}}`, `{metadata: {}, spec: {replicas: 7}}`},
	{"live replicas a float", deploymentConfig, `{retainReplicas: true, template: {spec: {replicas: 1}}}`, `{metadata: {}, spec: {replicas: 7.5}}`},
	{"no live replicas", deploymentConfig, `{retainReplicas: true, template: {spec: {replicas: 1}}}`, `{metadata: {}, spec: {}}`},

	{"service", serviceConfig,
		`{template: {spec: {clusterIP: 10.0.0.9, ports: [{name: http, protocol: TCP, port: 80}, {name: b, port: 81}]}}}`,
		`{metadata: {}, spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], healthCheckNodePort: 3, ports: [{name: http, protocol: TCP, port: 80, nodePort: 30000}, {name: b, protocol: TCP, port: 81, nodePort: 30001}]}}`},
	{"service with its own node port", serviceConfig,
		`{template: {spec: {ports: [{port: 80, nodePort: 31000}]}}}`, `{metadata: {}, spec: {ports: [{port: 80, nodePort: 30000}]}}`},
	{"service without ports in the template", serviceConfig, `{template: {}}`, `{metadata: {}, spec: {clusterIP: "", clusterIPs: [], healthCheckNodePort: 0, ports: [{port: 80}]}}`},
	{"service without spec", serviceConfig, `{template: {}}`, `{metadata: {}}`},
	{"service retains no replicas", serviceConfig, `{retainReplicas: true, template: {spec: {replicas: 1}}}`, `{metadata: {}, spec: {replicas: 7}}`},
	{"service of wrong types", serviceConfig, `{template: {spec: {ports: x}}}`, `{metadata: {}, spec: {ports: [{port: 80}]}}`},
	{"live service of wrong types", serviceConfig, `{template: {}}`, `{metadata: {}, spec: {clusterIP: 5}}`},
	{"live node port of wrong type", serviceConfig, `{template: {}}`, `{metadata: {}, spec: {healthCheckNodePort: x}}`},

	{"account", accountConfig, `{template: {}}`, `{metadata: {}, secrets: [{name: a}], imagePullSecrets: [{name: b}]}`},
	{"account with its own secrets", accountConfig, `{template: {secrets: [{name: mine}]}}`, `{metadata: {}, secrets: [{name: a}]}`},
	{"account with no secrets of its own", accountConfig, `{template: {secrets: []}}`, `{metadata: {}, secrets: [{name: a}]}`},
	{"account of wrong types", accountConfig, `{template: {secrets: x}}`, `{metadata: {}, secrets: [{name: a}]}`},

	{"namespace", namespaceConfig, `{template: {metadata: {labels: {a: b}, namespace: stays}}}`, `{metadata: {labels: {kubernetes.io/metadata.name: x}}, spec: {finalizers: [kubernetes]}}`},
	{"namespace without template", namespaceConfig, `{placement: {clusters: []}}`, `{metadata: {}}`},
	{"cluster role", roleConfig, `{template: {rules: []}}`, `{metadata: {}, rules: []}`},
}

// federatedOf is case i as an object of its own namespace.
func (c renderCase) federatedOf(t testing.TB, i int) *unstructured.Unstructured {
	ns, name := fmt.Sprintf("ns-%d", i), "web"
	meta := fmt.Sprintf("{name: %s, namespace: %s}", name, ns)
	switch {
	case c.cfg == namespaceConfig:
		meta = fmt.Sprintf("{name: %s, namespace: %s}", ns, ns)
	case !c.cfg.GetNamespaced():
		meta = fmt.Sprintf("{name: role-%d}", i)
	}
	return object(t, fmt.Sprintf("apiVersion: types.kubefed.io/v1beta1\nkind: %s\nmetadata: %s\nspec: %s\n",
		c.cfg.Spec.FederatedType.Kind, meta, c.spec))
}

// liveOf is the member's object, of the target's kind.
func (c renderCase) liveOf(t testing.TB) *unstructured.Unstructured {
	if c.live == "" {
		return nil
	}
	return object(t, strings.Replace(c.live, "{", "{apiVersion: x/v1, kind: "+c.cfg.Spec.TargetType.Kind+", ", 1))
}

// oraclesFor gives an oracle for each type of the cases, filled with them.
func oraclesFor(t testing.TB, cases []renderCase) map[string]*oracle {
	stores := map[string]*stored{}
	configs := map[string]*v1beta1.FederatedTypeConfig{}
	for i, c := range cases {
		s := stores[c.cfg.Name]
		if s == nil {
			s = &stored{}
			stores[c.cfg.Name], configs[c.cfg.Name] = s, c.cfg
		}
		fed := c.federatedOf(t, i)
		s.federated = append(s.federated, fed)
		if c.cfg == namespaceConfig {
			s.namespaces = append(s.namespaces, object(t, "{apiVersion: v1, kind: Namespace, metadata: {name: "+fed.GetName()+"}}"))
		}
	}
	out := map[string]*oracle{}
	for name, s := range stores {
		out[name] = newOracle(t, configs[name], *s, false)
	}
	return out
}

// outcome is an object or the step that failed, to be compared as one value.
type outcome struct {
	Object map[string]any
	Status federation.Status
}

func theirCreate(r sync.FederatedResource, cluster string) outcome {
	obj, err := r.ObjectForCluster(cluster)
	if err != nil {
		return outcome{Status: federation.ComputeResourceFailed}
	}
	return theirFinish(r, obj, cluster)
}

func theirUpdate(r sync.FederatedResource, cluster string, live *unstructured.Unstructured) outcome {
	obj, err := r.ObjectForCluster(cluster)
	if err != nil {
		return outcome{Status: federation.ComputeResourceFailed}
	}
	if err := dispatch.RetainClusterFields(r.TargetKind(), obj, live, r.Object()); err != nil {
		return outcome{Status: federation.FieldRetentionFailed}
	}
	return theirFinish(r, obj, cluster)
}

func theirFinish(r sync.FederatedResource, obj *unstructured.Unstructured, cluster string) outcome {
	if err := r.ApplyOverrides(obj, cluster); err != nil {
		return outcome{Status: federation.ApplyOverridesFailed}
	}
	// The one difference that is meant: "/v1" is "v1".
	if version, ok := strings.CutPrefix(obj.GetAPIVersion(), "/"); ok {
		obj.SetAPIVersion(version)
	}
	return outcome{Object: obj.Object}
}

func ours(obj *unstructured.Unstructured, err error) outcome {
	if err != nil {
		return outcome{Status: renderStatus(err)}
	}
	return outcome{Object: obj.Object}
}

func TestRenderAsKubeFed(t *testing.T) {
	oracles := oraclesFor(t, renderCases)
	for i, c := range renderCases {
		t.Run(c.name, func(t *testing.T) {
			typ, fed := federation.TypeOf(c.cfg), c.federatedOf(t, i)
			r := oracles[c.cfg.Name].resource(t, fed)
			got := ours(federation.ForCreate(typ, fed, "c1"))
			if diff := cmp.Diff(theirCreate(r, "c1"), got); diff != "" {
				t.Errorf("create, -KubeFed +ours:\n%s", diff)
			}
			live := c.liveOf(t)
			if live == nil {
				return
			}
			before := live.DeepCopy()
			got = ours(federation.ForUpdate(typ, fed, "c1", live))
			if diff := cmp.Diff(theirUpdate(r, "c1", live), got); diff != "" {
				t.Errorf("update, -KubeFed +ours:\n%s", diff)
			}
			if diff := cmp.Diff(before, live); diff != "" {
				t.Errorf("live was changed:\n%s", diff)
			}
			if diff := cmp.Diff(c.federatedOf(t, i), fed); diff != "" {
				t.Errorf("the federated object was changed:\n%s", diff)
			}
		})
	}
}

// TestOverridesAsKubeFed compares what is read of spec.overrides, over the
// cases of rendering and every path that may be refused.
func TestOverridesAsKubeFed(t *testing.T) {
	var feds []*unstructured.Unstructured
	for i, c := range renderCases {
		feds = append(feds, c.federatedOf(t, i))
	}
	for _, path := range []string{
		"/kind", "/apiVersion", "/metadata", "/metadata/name", "/metadata/namespace", "/metadata/generateName",
		"/metadata/name/", "metadata/name", "/metadata/labels", "", "/",
	} {
		feds = append(feds, object(t, `{kind: X, spec: {overrides: [{clusterName: c1, clusterOverrides: [{path: "`+path+`", value: 1}]}]}}`))
	}
	for _, fed := range feds {
		got, err := federation.Overrides(fed)
		theirs, wantErr := util.GetOverrides(fed)
		if (err == nil) != (wantErr == nil) {
			t.Errorf("%v: error %v, KubeFed %v", fed.Object, err, wantErr)
		}
		if err != nil || wantErr != nil {
			continue
		}
		want := map[string][]federation.Override{}
		for cluster, steps := range theirs {
			want[cluster] = nil
			for _, s := range steps {
				want[cluster] = append(want[cluster], federation.Override(s))
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v: -KubeFed +ours\n%s", fed.Object, diff)
		}
	}
}

func TestHashesAsKubeFed(t *testing.T) {
	for i, c := range renderCases {
		fed := c.federatedOf(t, i)
		got, err := federation.TemplateHash(fed)
		want, wantErr := sync.GetTemplateHash(fed.Object)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: template %q (%v), KubeFed %q (%v)", c.name, got, err, want, wantErr)
		}
		got, err = federation.OverridesHash(fed)
		want, wantErr = sync.GetOverrideHash(fed)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: overrides %q (%v), KubeFed %q (%v)", c.name, got, err, want, wantErr)
		}
	}
}

// TestHashEscapesHTML pins the hash of what an encoder escapes, and of no
// overrides, to values that were measured on KubeFed as released.
func TestHashEscapesHTML(t *testing.T) {
	fed := object(t, `{kind: FederatedConfigMap, spec: {template: {data: {a: "<&>"}}}}`)
	got, err := federation.OverridesHash(fed)
	if err != nil || got != "2979b7538b527abe06492021841caf47" {
		t.Errorf("got %q, %v", got, err)
	}
	want, _ := sync.GetTemplateHash(fed.Object)
	if got, _ := federation.TemplateHash(fed); got != want || got == "" {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRecordedAsKubeFed(t *testing.T) {
	spec := `{template: {spec: {replicas: 1}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 2}]}]}`
	cases := []renderCase{
		{name: "current", cfg: deploymentConfig, spec: spec},
		{name: "other template", cfg: deploymentConfig, spec: spec},
		{name: "other overrides", cfg: deploymentConfig, spec: spec},
		{name: "none recorded", cfg: deploymentConfig, spec: spec},
	}
	var in stored
	for i, c := range cases {
		fed := c.federatedOf(t, i)
		in.federated = append(in.federated, fed)
		if c.name != "none recorded" {
			in.versions = append(in.versions, recordedVersion(t, fed, c.name))
		}
	}
	o := newOracle(t, deploymentConfig, in, false)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var pv *unstructured.Unstructured
			if i < len(in.versions) {
				var err error
				if pv, err = util.GetUnstructured(&in.versions[i]); err != nil {
					t.Fatal(err)
				}
			}
			got, err := federation.Recorded(in.federated[i], pv)
			if err != nil {
				t.Fatal(err)
			}
			for _, cluster := range []string{"c1", "c2", "gone"} {
				want, err := o.resource(t, in.federated[i]).VersionForCluster(cluster)
				if err != nil {
					t.Fatal(err)
				}
				if got[cluster] != want || (c.name == "current" && cluster == "c1" && want != "gen:3") {
					t.Errorf("%s: got %q, KubeFed %q", cluster, got[cluster], want)
				}
			}
		})
	}
}

func recordedVersion(t *testing.T, fed *unstructured.Unstructured, name string) v1alpha1.PropagatedVersion {
	template, _ := sync.GetTemplateHash(fed.Object)
	overrides, _ := sync.GetOverrideHash(fed)
	switch name {
	case "other template":
		template = "0"
	case "other overrides":
		overrides = "0"
	}
	return v1alpha1.PropagatedVersion{
		TypeMeta: metav1.TypeMeta{APIVersion: "core.kubefed.io/v1alpha1", Kind: "PropagatedVersion"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: fed.GetNamespace(), Name: federation.PropagatedVersionName("Deployment", fed.GetName()),
		},
		Status: v1alpha1.PropagatedVersionStatus{
			TemplateVersion: template, OverrideVersion: overrides,
			ClusterVersions: []v1alpha1.ClusterObjectVersion{{ClusterName: "c1", Version: "gen:3"}, {ClusterName: "c2", Version: "gen:1"}},
		},
	}
}

func TestNeedsUpdateAsKubeFed(t *testing.T) {
	objects := map[string]*unstructured.Unstructured{}
	for _, meta := range []string{
		`{name: a, generation: 3}`,
		`{name: a, generation: 3, labels: {}, annotations: {}}`,
		`{name: a, generation: 3, labels: {a: b}}`,
		`{name: a, generation: 3, annotations: {a: b}}`,
		`{name: a, namespace: n, generation: 3}`,
		`{name: b, generation: 3}`,
		`{name: a, generation: 4}`,
		`{name: a, resourceVersion: "3"}`,
		`{name: a, resourceVersion: "3", labels: {a: b}}`,
		`{name: a, resourceVersion: "4"}`,
		`{name: a}`,
	} {
		objects[meta] = object(t, "{kind: Deployment, metadata: "+meta+"}")
	}
	for a, desired := range objects {
		for b, live := range objects {
			if got, want := federation.VersionOf(live), util.ObjectVersion(live); got != want {
				t.Errorf("version of %s: got %s, KubeFed %s", b, got, want)
			}
			for _, recorded := range []string{"", "gen:3", "gen:4", "rv:3", "rv:"} {
				got, want := federation.NeedsUpdate(desired, live, recorded), util.ObjectNeedsUpdate(desired, live, recorded)
				if got != want {
					t.Errorf("%s over %s, recorded %q: got %t, KubeFed %t", a, b, recorded, got, want)
				}
			}
		}
	}
}

// placementSpecs are values of spec.placement, the three-valued list first.
var placementSpecs = []string{
	``, `null`, `{}`, `{clusters: null}`, `{clusters: []}`,
	`{clusters: [{name: c1}, {name: c3}]}`,
	`{clusters: [{name: c2}, {name: gone}, {name: also-gone}, {name: gone}]}`,
	`{clusters: [{name: c1}, {name: c1}]}`, `{clusters: [{}]}`,
	`{clusters: [], clusterSelector: {}}`,
	`{clusters: [{name: c2}], clusterSelector: {matchLabels: {env: prod}}}`,
	`{clusters: [{name: c2}], clusterSelector: {matchExpressions: [{key: env, operator: Wrong}]}}`,
	`{clusterSelector: null}`, `{clusterSelector: {}}`, `{clusterSelector: {matchLabels: {}}}`,
	`{clusterSelector: {matchLabels: {env: prod}}}`,
	`{clusterSelector: {matchLabels: {env: nowhere}}}`,
	`{clusterSelector: {matchExpressions: [{key: env, operator: DoesNotExist}]}}`,
	`{clusterSelector: {matchExpressions: [{key: env, operator: Wrong}]}}`,
	`{clusterNames: [c1]}`, `{clusters: c1}`, `[]`,
}

var members = []federation.Cluster{
	{Name: "c3"}, {Name: "c1", Labels: map[string]string{"env": "prod"}}, {Name: "c2", Labels: map[string]string{"env": "dev"}},
}

func theirMembers() []*v1beta1.KubeFedCluster {
	var out []*v1beta1.KubeFedCluster
	for _, m := range members {
		out = append(out, &v1beta1.KubeFedCluster{ObjectMeta: metav1.ObjectMeta{Name: m.Name, Labels: m.Labels}})
	}
	return out
}

func placed(t *testing.T, kind, placement string) *unstructured.Unstructured {
	spec := "{}"
	if placement != "" {
		spec = "{placement: " + placement + "}"
	}
	return object(t, "{kind: "+kind+", metadata: {name: web, namespace: shop}, spec: "+spec+"}")
}

// TestPlaceAsKubeFed holds every placement against every placement of the
// namespace, for both scopes of the control plane.
func TestPlaceAsKubeFed(t *testing.T) {
	for _, own := range placementSpecs {
		fed := placed(t, "FederatedDeployment", own)
		comparePlacement(t, "cluster scoped "+own, roles, fed, nil, false)
		for _, scoped := range []bool{false, true} {
			comparePlacement(t, fmt.Sprintf("%s, no namespace, %t", own, scoped), deployments, fed, nil, scoped)
			for _, ns := range placementSpecs {
				comparePlacement(t, fmt.Sprintf("%s in %s, %t", own, ns, scoped), deployments, fed, placed(t, "FederatedNamespace", ns), scoped)
			}
		}
	}
}

func comparePlacement(t *testing.T, name string, typ federation.Type, fed, ns *unstructured.Unstructured, scoped bool) {
	t.Helper()
	got, err := federation.Place(typ, fed, ns, members, scoped)
	want, wantErr := util.ComputePlacement(fed, theirMembers(), false)
	if typ.Target.Namespaced {
		want, wantErr = util.ComputeNamespacedPlacement(fed, ns, theirMembers(), scoped, false)
	}
	if (err == nil) != (wantErr == nil) {
		t.Errorf("%s: error %v, KubeFed %v", name, err, wantErr)
	}
	if err != nil || wantErr != nil {
		return
	}
	if diff := cmp.Diff(want.List(), got.Clusters); diff != "" {
		t.Errorf("%s: -KubeFed +ours\n%s", name, diff)
	}
	if len(got.Clusters)+len(got.Excluded) != len(members) {
		t.Errorf("%s: a member is neither placed nor excluded: %v", name, got)
	}
}

func TestManagedLabelAsKubeFed(t *testing.T) {
	for _, labels := range []string{`null`, `{}`, `{a: b}`, `{kubefed.io/managed: "true", a: b}`, `{kubefed.io/managed: "false"}`, `{kubefed.io/managed: "yes"}`} {
		obj := object(t, "{kind: ConfigMap, metadata: {labels: "+labels+"}}")
		if got, want := federation.IsManaged(obj), util.HasManagedLabel(obj); got != want {
			t.Errorf("%s: managed %t, KubeFed %t", labels, got, want)
		}
		if got, want := federation.IsUnmanaged(obj), util.IsExplicitlyUnmanaged(obj); got != want {
			t.Errorf("%s: unmanaged %t, KubeFed %t", labels, got, want)
		}
		want := obj.DeepCopy()
		util.RemoveManagedLabel(want)
		if diff := cmp.Diff(want, federation.Released(obj)); diff != "" {
			t.Errorf("%s: released, -KubeFed +ours\n%s", labels, diff)
		}
	}
	for _, value := range []string{"true", "false", ""} {
		obj := object(t, `{kind: X, metadata: {annotations: {kubefed.io/orphan: "`+value+`"}}}`)
		if got, want := federation.IsOrphaning(obj), util.IsOrphaningEnabled(obj); got != want {
			t.Errorf("orphan %q: got %t, KubeFed %t", value, got, want)
		}
	}
}

// TestFederateAsKubefedctl compares the templates of objects that hold nothing
// which kubefedctl leaves in by mistake.
func TestFederateAsKubefedctl(t *testing.T) {
	meta := `metadata: {name: web, namespace: shop, uid: u, resourceVersion: "5", generation: 3, labels: {a: b}, annotations: {c: d}, managedFields: [{manager: m}], finalizers: [f], ownerReferences: [{name: o}], creationTimestamp: "2020-01-01T00:00:00Z"}`
	for _, c := range []struct {
		cfg *v1beta1.FederatedTypeConfig
		obj string
	}{
		{deploymentConfig, `{apiVersion: apps/v1, kind: Deployment, ` + meta + `, spec: {replicas: 2, template: {metadata: {annotations: {x: y}}}}, status: {replicas: 2}}`},
		{configMapConfig, `{apiVersion: v1, kind: ConfigMap, ` + meta + `, data: {a: b}}`},
		{configMapConfig, `{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: shop}, immutable: true}`},
		{serviceConfig, `{apiVersion: v1, kind: Service, ` + meta + `, spec: {clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1], type: NodePort, ports: [{port: 80, nodePort: 30000}, {port: 81}]}}`},
		{accountConfig, `{apiVersion: v1, kind: ServiceAccount, ` + meta + `, secrets: [{name: s}], imagePullSecrets: [{name: p}]}`},
		{namespaceConfig, `{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {a: b}}, spec: {finalizers: [kubernetes], other: x}}`},
		{roleConfig, `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}, rules: []}`},
	} {
		want, err := federate.FederatedResourceFromTargetResource(c.cfg, object(t, c.obj))
		if err != nil {
			t.Fatal(err)
		}
		// Placement is ours to choose.
		if err := unstructured.SetNestedSlice(want.Object, []any{map[string]any{"name": "c1"}}, "spec", "placement", "clusters"); err != nil {
			t.Fatal(err)
		}
		unstructured.RemoveNestedField(want.Object, "spec", "placement", "clusterSelector")
		got, _, err := federation.Federate(federation.TypeOf(c.cfg), object(t, c.obj), federation.NewOptions{Clusters: []string{"c1"}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Object, got.Object); diff != "" {
			t.Errorf("%s, -kubefedctl +ours:\n%s", c.obj, diff)
		}
	}
}
