package lint_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// head starts a FederatedDeployment that has a namespace of its own in the
// same file where a test wants one. The spec follows on line 5.
const head = `apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: shop}
spec:
`

// web is a template that breaks no rule, and a placement; it has 4 lines.
const web = `  template:
    metadata: {labels: {app: web}}
    spec: {replicas: 1, template: {spec: {containers: [{name: web, image: nginx, args: [a, b]}]}}}
  placement: {clusters: [{name: c1}, {name: c2}]}
`

const overrides = head + web + "  overrides:\n"

// one is an override list of one step for c1; the step is on line 12.
func one(step string) string {
	return overrides + "  - clusterName: c1\n    clusterOverrides:\n    - " + step + "\n"
}

func federated(kind, spec string) string {
	return "apiVersion: types.kubefed.io/v1beta1\nkind: " + kind + "\nmetadata: {name: web, namespace: shop}\nspec:\n" + spec
}

func preference(spec string) string {
	return "apiVersion: scheduling.kubefed.io/v1alpha1\nkind: ReplicaSchedulingPreference\nmetadata: {name: web, namespace: shop}\nspec:\n" + spec
}

func typeConfig(name, spec string) string {
	return "apiVersion: core.kubefed.io/v1beta1\nkind: FederatedTypeConfig\nmetadata: {name: " + name + "}\nspec:\n" + spec
}

func cluster(spec string) string {
	return "apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: c1}\nspec:\n" + spec
}

const (
	fedNamespace = "apiVersion: types.kubefed.io/v1beta1\nkind: FederatedNamespace\n"
	goodTypes    = "  targetType: {group: apps, version: v1, kind: Deployment, pluralName: deployments, scope: Namespaced}\n" +
		"  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}\n"
	goodCluster = "  apiEndpoint: https://c1-control-plane:6443\n  secretRef: {name: c1-abcde}\n"
)

// members is a federation of three; only what a case names is known else.
var members = lint.Known{Clusters: []federation.Cluster{
	{Name: "c1", Labels: map[string]string{"env": "prod"}}, {Name: "c2"}, {Name: "worker"},
}}

func with(change func(*lint.Known)) lint.Known {
	known := members
	change(&known)
	return known
}

// cases has at least one case for every rule, which TestEveryRuleIsProved
// checks. A finding is written CODE LINE:COLUMN PATH [CLUSTERS].
var cases = []struct {
	name, text string
	known      lint.Known
	want       []string
}{
	{name: "nothing to say", text: head + web},
	{name: "comments only", text: "# nothing\n---\n# here either\n"},
	{name: "another kind", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nspec: {placement: {clusterNames: [a]}}\n"},
	{name: "KubeFedConfig", text: "apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedConfig\nmetadata: {name: kubefed}\nspec: {scope: Cluster}\n"},

	{name: "tabs", text: "a: b\n\tc: d\n", want: []string{"FED001 2:1"}},
	{name: "second document", text: head + web + "---\n# comment\na: [b\n", want: []string{"FED001 11:1"}},
	{name: "duplicate key", text: head + web + "  placement: {}\n", want: []string{"FED002 9:3 spec.placement", "FED105 9:3 spec.placement"}},
	{name: "no kind", text: "apiVersion: v1\nmetadata: {name: x}\n", want: []string{"FED003 1:1"}},
	{name: "no name", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", want: []string{"FED003 3:1 metadata"}},
	{name: "a list of nothing", text: "- a\n", want: []string{"FED003 1:1"}},
	{name: "items", text: "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n- apiVersion: types.kubefed.io/v1beta1\n  kind: FederatedConfigMap\n  metadata: {name: a, namespace: b}\n  spec: {template: {}, placement: {}}\n",
		want: []string{"FED003 4:3", "FED105 8:24 spec.placement"}},
	{name: "unknown field", text: head + web + "  overides: []\n", want: []string{"FED004 9:3 spec.overides"}},
	{name: "no replicas to retain", text: federated("FederatedConfigMap", "  template: {}\n  placement: {clusterSelector: {}}\n  retainReplicas: true\n"), want: []string{"FED004 7:3 spec.retainReplicas"}},
	{name: "wrong type", text: head + "  placement: {clusters: c1}\n", want: []string{"FED005 5:15 spec.placement.clusters"}},
	{name: "null", text: head + "  placement: {clusters: null}\n", want: []string{"FED005 5:15 spec.placement.clusters"}},
	{name: "number as a name", text: head + "  placement: {clusters: [{name: 1}]}\n", want: []string{"FED005 5:27 spec.placement.clusters[0].name"}},
	{name: "no path", text: one("value: 1"), want: []string{"FED006 12:7 spec.overrides[0].clusterOverrides[0]"}},

	{name: "old placement", text: head + "  template: {}\n  placement:\n    clusterNames: [c1]\n", want: []string{"FED104 7:5 spec.placement.clusterNames"}},
	{name: "wrong case", text: head + "  template: {}\n  placement: {clusterselector: {}}\n", want: []string{"FED104 6:15 spec.placement.clusterselector"}},
	{name: "no placement", text: head + "  template: {}\n", want: []string{"FED105 4:1 spec.placement"}},
	{name: "empty list", text: head + "  template: {}\n  placement: {clusters: []}\n", want: []string{"FED105 6:15 spec.placement.clusters"}},
	{name: "list and selector", text: head + "  template: {}\n  placement: {clusters: [{name: c1}], clusterSelector: {}}\n", want: []string{"FED106 6:39 spec.placement.clusterSelector"}},
	{name: "unknown cluster", text: head + "  template: {}\n  placement: {clusters: [{name: wroker}, {name: zz}]}\n", known: members,
		want: []string{"FED107 6:27 spec.placement.clusters[0].name", "FED107 6:43 spec.placement.clusters[1].name"}},
	{name: "placed twice", text: head + "  template: {}\n  placement: {clusters: [{name: c1}, {name: c1}]}\n", want: []string{"FED108 6:39 spec.placement.clusters[1].name"}},
	{name: "bad operator", text: head + "  template: {}\n  placement: {clusterSelector: {matchExpressions: [{key: a, operator: Is}]}}\n", want: []string{"FED109 6:15 spec.placement.clusterSelector"}},
	{name: "selects none", text: head + "  template: {}\n  placement: {clusterSelector: {matchLabels: {env: test}}}\n", known: members, want: []string{"FED110 6:15 spec.placement.clusterSelector"}},
	{name: "selects one", text: head + "  template: {}\n  placement: {clusterSelector: {matchLabels: {env: prod}}}\n", known: members},
	{name: "selects nobody knows whom", text: head + "  template: {}\n  placement: {clusterSelector: {matchLabels: {env: test}}}\n"},

	{name: "cluster in two entries", text: overrides + "  - {clusterName: c1}\n  - {clusterName: c1}\n", want: []string{"FED201 11:6 spec.overrides[1].clusterName"}},
	{name: "path twice", text: one("{path: /spec/replicas, value: 2}\n    - {path: /spec/replicas, value: 3}"), want: []string{"FED202 13:8 spec.overrides[0].clusterOverrides[1].path"}},
	{name: "forbidden path", text: one("{path: /metadata/name, value: x}"), want: []string{"FED203 12:8 spec.overrides[0].clusterOverrides[0].path"}},
	{name: "no slash", text: one("{path: spec/replicas, value: 2}"), want: []string{"FED204 12:8 spec.overrides[0].clusterOverrides[0].path"}},
	{name: "missing parent", text: one("{op: add, path: /spec/template/spec/containers/0/env/-, value: {}}"), want: []string{"FED205 12:17 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "missing parent added first", text: one("{op: add, path: /spec/template/spec/containers/0/env, value: []}\n    - {op: add, path: /spec/template/spec/containers/0/env/-, value: {name: a, value: b}}")},
	{name: "no such element", text: one("{path: /spec/template/spec/containers/3/image, value: x}"), want: []string{"FED205 12:8 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "through a value", text: one("{path: /spec/replicas/x, value: x}"), want: []string{"FED205 12:8 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "remove what is not there", text: one("{op: remove, path: /spec/paused}"), want: []string{"FED205 12:20 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "replace of a missing leaf is an addition", text: one("{path: /spec/minReadySeconds, value: 5}")},
	{name: "an annotation", text: one("{op: add, path: /metadata/annotations/acme.io~1tier, value: gold}"), want: []string{"FED206 12:17 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "remove an annotation", text: one("{op: remove, path: /metadata/annotations/a}"), want: []string{"FED206 12:20 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "whole metadata", text: one("{path: /metadata, value: {name: web}}"), want: []string{"FED208 12:8 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "crash", text: one(`{path: ""}`), want: []string{"FED209 12:8 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "unknown op", text: one("{op: replac, path: /spec/replicas, value: 1}"), want: []string{"FED210 12:8 spec.overrides[0].clusterOverrides[0].op"}},
	{name: "no value", text: one("{path: /spec/replicas}"), want: []string{"FED211 12:8 spec.overrides[0].clusterOverrides[0].path"}},
	{name: "null value", text: one("{path: /spec/replicas, value: null}"), want: []string{"FED211 12:8 spec.overrides[0].clusterOverrides[0].path"}},
	{name: "value of a removal", text: one("{op: remove, path: /spec/replicas, value: 1}"), want: []string{"FED212 12:42 spec.overrides[0].clusterOverrides[0].value"}},
	{name: "override for a stranger", text: overrides + "  - {clusterName: wroker}\n", known: members, want: []string{"FED213 10:6 spec.overrides[0].clusterName"}},
	{name: "override without placement", text: overrides + "  - {clusterName: worker}\n", known: members, want: []string{"FED214 10:6 spec.overrides[0].clusterName"}},
	{name: "override without placement, offline", text: overrides + "  - {clusterName: worker}\n", want: []string{"FED214 10:6 spec.overrides[0].clusterName"}},
	{name: "override beside a selector", text: head + "  template: {}\n  placement: {clusterSelector: {matchLabels: {env: prod}}}\n  overrides: [{clusterName: c2}]\n", known: members,
		want: []string{"FED214 7:16 spec.overrides[0].clusterName"}},
	{name: "add to a list replaces it", text: one("{op: add, path: /spec/template/spec/containers/0/args, value: [--init]}"), want: []string{"FED215 12:17 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "add before an element inserts", text: one("{op: add, path: /spec/template/spec/containers/0, value: {name: init}}")},
	{name: "slash in a key", text: one("{op: add, path: /metadata/labels/acme.io/tier, value: gold}"), want: []string{"FED216 12:17 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "escaped slash in a key", text: one("{op: add, path: /metadata/labels/acme.io~1tier, value: gold}")},
	{name: "quoted number", text: one(`{path: /spec/replicas, value: "5"}`), want: []string{"FED217 12:30 spec.overrides[0].clusterOverrides[0].value [c1]"}},
	{name: "number without quotes", text: federated("FederatedConfigMap", "  template: {data: {size: big}}\n  placement: {clusterSelector: {}}\n  overrides:\n  - clusterName: c1\n    clusterOverrides:\n    - {path: /data/size, value: 5}\n"),
		want: []string{"FED217 10:26 spec.overrides[0].clusterOverrides[0].value [c1]"}},
	{name: "a quantity takes both", text: federated("FederatedPod", "  template: {spec: {containers: [{resources: {limits: {cpu: 1}}}]}}\n  placement: {clusterSelector: {}}\n  overrides:\n  - clusterName: c1\n    clusterOverrides:\n    - {path: /spec/containers/0/resources/limits/cpu, value: \"2\"}\n")},
	{name: "nearly there", text: one("{op: add, path: /spec/replica, value: 5}"), want: []string{"FED218 12:17 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "no cluster", text: overrides + "  - clusterOverrides: []\n", want: []string{"FED220 10:5 spec.overrides[0]"}},
	{name: "all annotations", text: one("{op: add, path: /metadata/annotations, value: {foo: bar}}"), want: []string{"FED221 12:17 spec.overrides[0].clusterOverrides[0].path [c1]"}},
	{name: "all annotations of a ConfigMap", text: federated("FederatedConfigMap", "  template: {}\n  placement: {clusterSelector: {}}\n  overrides:\n  - clusterName: c1\n    clusterOverrides:\n    - {op: add, path: /metadata/annotations, value: {a: b}}\n")},
	{name: "retained and overridden", text: head + "  retainReplicas: true\n" + web + "  overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 2}]}]\n", want: []string{"FED222 10:53 spec.overrides[0].clusterOverrides[0].path"}},
	{name: "the managed label", text: one(`{op: add, path: /metadata/labels/kubefed.io~1managed, value: "false"}`), want: []string{"FED224 12:17 spec.overrides[0].clusterOverrides[0].path"}},

	{name: "annotations in the template", text: head + "  template: {metadata: {annotations: {a: b}}}\n  placement: {clusterSelector: {}}\n", want: []string{"FED301 5:25 spec.template.metadata.annotations"}},
	{name: "finalizers in the template", text: head + "  template: {metadata: {finalizers: [a/b]}}\n  placement: {clusterSelector: {}}\n", want: []string{"FED302 5:25 spec.template.metadata.finalizers"}},
	{name: "another name", text: head + "  template: {metadata: {name: other, namespace: there}}\n  placement: {clusterSelector: {}}\n", want: []string{"FED303 5:25 spec.template.metadata.name", "FED303 5:38 spec.template.metadata.namespace"}},
	{name: "the same name", text: head + "  template: {metadata: {name: web, namespace: shop}}\n  placement: {clusterSelector: {}}\n"},
	{name: "another kind", text: head + "  template: {kind: ReplicaSet}\n  placement: {clusterSelector: {}}\n", want: []string{"FED304 5:14 spec.template.kind"}},
	{name: "another group", text: head + "  template: {apiVersion: extensions/v1beta1}\n  placement: {clusterSelector: {}}\n", want: []string{"FED305 5:14 spec.template.apiVersion"},
		known: lint.Known{Types: []federation.Type{deployments}}},
	{name: "status", text: head + "  template: {status: {}}\n  placement: {clusterSelector: {}}\n", want: []string{"FED306 5:14 spec.template.status"}},
	{name: "no template", text: head + "  placement: {clusterSelector: {}}\n", want: []string{"FED307 4:1 spec"}},
	{name: "allotted", text: federated("FederatedService", "  template: {spec: {clusterIP: 10.0.0.1, ipFamilies: [IPv4], ports: [{port: 80, nodePort: 30000}]}}\n  placement: {clusterSelector: {}}\n"),
		want: []string{"FED308 5:21 spec.template.spec.clusterIP", "FED308 5:62 spec.template.spec.ports"}},
	{name: "headless", text: federated("FederatedService", "  template: {spec: {clusterIP: None}}\n  placement: {clusterSelector: {}}\n")},
	{name: "a token", text: federated("FederatedSecret", "  template: {type: kubernetes.io/service-account-token}\n  placement: {clusterSelector: {}}\n"), want: []string{"FED309 5:3 spec.template"}},
	{name: "owner", text: head + "  template: {metadata: {ownerReferences: [{uid: x}], resourceVersion: \"1\"}}\n  placement: {clusterSelector: {}}\n",
		want: []string{"FED310 5:25 spec.template.metadata.ownerReferences", "FED310 5:54 spec.template.metadata.resourceVersion"}},

	{name: "misplaced namespace", text: fedNamespace + "metadata: {name: shop, namespace: default}\nspec: {placement: {clusterSelector: {}}}\n", want: []string{"FED401 3:24 metadata.namespace"}},
	{name: "namespace", text: fedNamespace + "metadata: {name: shop, namespace: shop}\nspec: {placement: {clusterSelector: {}}}\n"},
	{name: "system namespace", text: fedNamespace + "metadata: {name: default, namespace: default}\nspec: {template: {}, placement: {clusterSelector: {}}}\n", want: []string{"FED402 4:8 spec.template"}},
	{name: "placement of default", text: fedNamespace + "metadata: {name: default, namespace: default}\nspec: {placement: {clusterSelector: {}}}\n"},
	{name: "namespace not federated", text: head + web, known: with(func(k *lint.Known) { k.Namespaces = map[string]*unstructured.Unstructured{} }), want: []string{"FED403 3:23 metadata.namespace"}},
	{name: "cut off", text: fedNamespace + "metadata: {name: shop, namespace: shop}\nspec: {placement: {clusters: [{name: c1}]}}\n---\n" + head + web, want: []string{"FED404 13:3 spec.placement [c2]"}},
	{name: "cut off by a selector", text: fedNamespace + "metadata: {name: shop, namespace: shop}\nspec: {placement: {clusterSelector: {matchLabels: {env: prod}}}}\n---\n" + head + web, known: members, want: []string{"FED404 13:3 spec.placement [c2]"}},
	{name: "control plane of one namespace", text: head + web, known: lint.Known{NamespaceScoped: true, Namespaces: map[string]*unstructured.Unstructured{}}},

	{name: "preference", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 9\n")},
	{name: "wrong target kind", text: preference("  targetKind: Deployment\n  totalReplicas: 9\n"), want: []string{"FED501 5:3 spec.targetKind"}},
	{name: "no target in the file", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 9\n") + "---\n" + strings.Replace(head+web, "name: web", "name: wbe", 1), want: []string{"FED502 3:12 metadata.name"}},
	{name: "no target in the cluster", text: preference("  targetKind: FederatedReplicaSet\n  totalReplicas: 9\n"), known: with(func(k *lint.Known) { k.Federated = func(string, string, string) bool { return false } }), want: []string{"FED502 3:12 metadata.name"}},
	{name: "target in the cluster", text: preference("  targetKind: FederatedReplicaSet\n  totalReplicas: 9\n"), known: with(func(k *lint.Known) { k.Federated = func(string, string, string) bool { return true } })},
	{name: "cluster twice", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 9\n  clusters:\n    c1: {weight: 1}\n    c1: {weight: 2}\n"), want: []string{"FED503 9:5 spec.clusters.c1"}},
	{name: "min over max", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 2\n  clusters:\n    c1: {weight: 1, minReplicas: 3, maxReplicas: 2}\n"), want: []string{"FED504 8:21 spec.clusters.c1.minReplicas"}},
	{name: "no weight", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 10\n  clusters:\n    c1: {minReplicas: 2}\n    c2: {}\n"), want: []string{"FED505 7:3 spec.clusters"}},
	{name: "preference for a stranger", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 10\n  clusters:\n    wroker: {weight: 1}\n    c2: {weight: 1}\n"), known: members, want: []string{"FED506 8:5 spec.clusters.wroker"}},
	{name: "too many", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 50\n  clusters:\n    c1: {weight: 1, maxReplicas: 5}\n    c2: {weight: 1, maxReplicas: 5}\n"), want: []string{"FED507 6:3 spec.totalReplicas"}},
	{name: "too many for all", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 50\n  clusters:\n    \"*\": {weight: 1, maxReplicas: 5}\n"), known: members, want: []string{"FED507 6:3 spec.totalReplicas"}},
	{name: "for who knows how many", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 50\n  clusters:\n    \"*\": {weight: 1, maxReplicas: 5}\n")},
	{name: "minima over total", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 3\n  clusters:\n    c1: {weight: 1, minReplicas: 4}\n    c2: {weight: 1, minReplicas: 4}\n"), want: []string{"FED508 6:3 spec.totalReplicas"}},
	{name: "negative", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: -3\n  clusters: {c1: {weight: -1}}\n"), want: []string{"FED509 6:3 spec.totalReplicas", "FED509 7:19 spec.clusters.c1.weight"}},
	{name: "the target selects", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 3\n") + "---\n" + head + "  template: {spec: {replicas: 1}}\n  placement: {clusterSelector: {}}\n  overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 2}]}]\n", want: []string{"FED510 3:12 metadata.name", "FED510 3:12 metadata.name"}},
	{name: "the preference places it", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 3\n") + "---\n" + head + "  template: {}\n"},
	{name: "a preference in the cluster places it", text: head + "  template: {}\n  placement: {clusters: [{name: c1}], clusterSelector: {}}\n",
		known: with(func(k *lint.Known) {
			k.Scheduled = func(kind, namespace, name string) bool { return kind+namespace+name == "FederatedDeploymentshopweb" }
		})},
	{name: "nothing to intersect with", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 3\n  intersectWithClusterSelector: true\n") + "---\n" + head + web, want: []string{"FED511 7:3 spec.intersectWithClusterSelector"}},
	{name: "unknown preference", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 3\n  clusters: {c1: {wieght: 1}}\n"), want: []string{"FED505 7:3 spec.clusters", "FED004 7:19 spec.clusters.c1.wieght"}},

	{name: "type", text: typeConfig("deployments.apps", goodTypes+"  propagation: Enabled\n")},
	{name: "type's name", text: typeConfig("deployments", goodTypes+"  propagation: Enabled\n"), want: []string{"FED601 3:12 metadata.name"}},
	{name: "federated group", text: typeConfig("deployments.apps", strings.Replace(goodTypes, "types.kubefed.io", "kubefed", 1)+"  propagation: Enabled\n"), want: []string{"FED602 6:19 spec.federatedType.group"}},
	{name: "values of a type", text: typeConfig("deployments.apps", strings.Replace(goodTypes, "scope: Namespaced", "scope: namespaced", 1)+"  propagation: enabled\n"), want: []string{"FED603 5:85 spec.targetType.scope", "FED603 7:3 spec.propagation"}},
	{name: "federated target", text: typeConfig("federateddeployments.types.kubefed.io", "  targetType: {group: types.kubefed.io, version: v1beta1, kind: FederatedDeployment, pluralName: federateddeployments, scope: Namespaced}\n  federatedType: {group: types.kubefed.io, version: v1beta1, kind: FederatedFederatedDeployment, pluralName: federatedfederateddeployments, scope: Namespaced}\n  propagation: Enabled\n"), want: []string{"FED606 5:59 spec.targetType.kind"}},
	{name: "not enabled", text: head + web, known: lint.Known{Types: []federation.Type{}}, want: []string{"FED607 2:1 kind"}},
	{name: "disabled", text: head + web + "---\n" + typeConfig("deployments.apps", goodTypes+"  propagation: Disabled\n"), known: lint.Known{Types: []federation.Type{}}, want: []string{"FED608 2:1 kind"}},

	{name: "cluster", text: cluster(goodCluster)},
	{name: "scheme", text: cluster("  apiEndpoint: ftp://c1:6443\n  secretRef: {name: a}\n"), want: []string{"FED701 5:3 spec.apiEndpoint"}},
	{name: "port", text: cluster("  apiEndpoint: c1:99999\n  secretRef: {name: a}\n"), want: []string{"FED701 5:3 spec.apiEndpoint"}},
	{name: "with a password", text: cluster("  apiEndpoint: https://name:word@c1:6443\n  secretRef: {name: a}\n")},
	{name: "loopback", text: cluster("  apiEndpoint: https://127.0.0.1:45875\n  secretRef: {name: a}\n"), want: []string{"FED702 5:3 spec.apiEndpoint"}},
	{name: "loopback, IPv6", text: cluster("  apiEndpoint: https://[::1]:45875\n  secretRef: {name: a}\n"), want: []string{"FED702 5:3 spec.apiEndpoint"}},
	{name: "secretRef", text: cluster("  apiEndpoint: https://c1\n  secretRef: {name: A_b}\n"), want: []string{"FED703 6:15 spec.secretRef.name"}},
	{name: "validations", text: cluster(goodCluster + "  disabledTLSValidations: [\"*\", None]\n"), want: []string{"FED704 7:3 spec.disabledTLSValidations", "FED705 7:3 spec.disabledTLSValidations", "FED704 7:33 spec.disabledTLSValidations[1]"}},
	{name: "CA in PEM", text: cluster(goodCluster + "  caBundle: |\n    -----BEGIN CERTIFICATE-----\n"), want: []string{"FED706 7:3 spec.caBundle"}},
	{name: "CA of something", text: cluster(goodCluster + "  caBundle: QUFBQQ==\n"), want: []string{"FED706 7:3 spec.caBundle"}},
	{name: "no spec", text: "apiVersion: core.kubefed.io/v1beta1\nkind: KubeFedCluster\nmetadata: {name: c1}\n", want: []string{"FED006 1:1"}},
	{name: "half a spec", text: cluster("  secretRef: {name: a}\n"), want: []string{"FED006 4:1 spec"}},
	{name: "empty endpoint", text: cluster("  apiEndpoint: \"\"\n  secretRef: {name: a}\n"), want: []string{"FED701 5:3 spec.apiEndpoint"}},
	{name: "no host", text: cluster("  apiEndpoint: https://\n  secretRef: {name: a}\n"), want: []string{"FED701 5:3 spec.apiEndpoint"}},
	{name: "no base64", text: cluster(goodCluster + "  caBundle: \"!\"\n"), want: []string{"FED706 7:3 spec.caBundle"}},
	{name: "a good CA", text: cluster(goodCluster + "  caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==\n")},
	{name: "proxy's scheme", text: cluster(goodCluster + "  proxyURL: ftp://proxy:3128\n"), want: []string{"FED707 7:3 spec.proxyURL"}},
	{name: "kind of a type", text: typeConfig("deployments.apps", strings.Replace(goodTypes, "kind: Deployment", "kind: My_Kind", 1)+"  propagation: Enabled\n"), want: []string{"FED603 5:42 spec.targetType.kind"}},
	{name: "half a type", text: typeConfig("deployments.apps", goodTypes), want: []string{"FED006 4:1 spec"}},
	{name: "half a replica", text: preference("  targetKind: FederatedDeployment\n  totalReplicas: 1.5\n"), want: []string{"FED005 6:3 spec.totalReplicas"}},
	{name: "true as a name", text: head + "  placement: {clusters: [{name: yes}]}\n", want: []string{"FED005 5:27 spec.placement.clusters[0].name"}},
	{name: "metadata in a list", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n", want: []string{"FED003 1:1"}},
	{name: "through an alias", text: head + "  template: {metadata: {labels: &l {a: b}}, spec: *l}\n  placement: &p {clusters: []}\n", want: []string{"FED105 6:18 spec.placement.clusters"}},
	{name: "override of a bool", text: federated("FederatedPod", "  template: {spec: {hostNetwork: true}}\n  placement: {clusterSelector: {}}\n  overrides:\n  - clusterName: c1\n    clusterOverrides:\n    - {path: /spec/hostNetwork, value: \"false\"}\n"), want: []string{"FED217 10:33 spec.overrides[0].clusterOverrides[0].value [c1]"}},
	{name: "an unknown kind's values", text: federated("FederatedWidget", "  template: {apiVersion: acme.io/v1, spec: {size: 1}}\n  placement: {clusterSelector: {}}\n  overrides:\n  - clusterName: c1\n    clusterOverrides:\n    - {path: /spec/size, value: \"2\"}\n")},
	{name: "nobody knows the type", text: federated("FederatedWidget", "  template: {spec: {size: 1}}\n  placement: {clusterSelector: {}}\n")},
	{name: "proxy", text: cluster(goodCluster + "  proxyURL: http://localhost:3128\n"), want: []string{"FED707 7:3 spec.proxyURL"}},
}

var deployments = func() federation.Type { t, _ := federation.WellKnown("Deployment"); return t }()

func brief(findings []lint.Finding) []string {
	var out []string
	for _, f := range findings {
		line := strings.TrimSpace(fmt.Sprintf("%s %d:%d %s", f.Code, f.Line, f.Column, f.Path))
		if len(f.Clusters) > 0 {
			line += " [" + strings.Join(f.Clusters, ", ") + "]"
		}
		out = append(out, line)
	}
	return out
}

func check(text string, known lint.Known) []lint.Finding {
	documents, findings := lint.Parse("a.yaml", []byte(text))
	return append(findings, lint.Check(documents, known)...)
}

func TestRules(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			findings := check(c.text, c.known)
			if diff := cmp.Diff(c.want, brief(findings)); diff != "" {
				t.Errorf("-want +got\n%s\nof\n%s", diff, c.text)
				for _, f := range findings {
					t.Log(f.Code, f.Message)
				}
			}
		})
	}
}

// TestEveryRuleIsProved fails for a rule that no case and no other test of
// this file breaks.
func TestEveryRuleIsProved(t *testing.T) {
	proved := []string{"FED801", "FED802", "FED803"} // TestAnswers
	for _, c := range cases {
		for _, w := range c.want {
			proved = append(proved, strings.Fields(w)[0])
		}
	}
	for _, r := range lint.Rules() {
		if !slices.Contains(proved, r.Code) {
			t.Errorf("no case breaks %s (%s)", r.Code, r.Title)
		}
	}
}

// TestRuleTable: codes are unique and say what they have to.
func TestRuleTable(t *testing.T) {
	code := regexp.MustCompile(`^FED[0-8]\d\d$`)
	seen := map[string]bool{}
	for _, r := range lint.Rules() {
		if !code.MatchString(r.Code) || seen[r.Code] {
			t.Errorf("the code %q is no code, or there twice", r.Code)
		}
		seen[r.Code] = true
		for _, sentence := range []string{r.Ignored, r.Mend} {
			if sentence == "" || sentence != strings.TrimSpace(sentence) {
				t.Errorf("%s: %q", r.Code, sentence)
			}
		}
		if r.Severity != lint.Error && r.Severity != lint.Warning || r.Title == "" {
			t.Errorf("%s: severity %q, title %q", r.Code, r.Severity, r.Title)
		}
	}
}

// TestMessages pins the words of what matters most.
func TestMessages(t *testing.T) {
	tests := []struct {
		text          string
		known         lint.Known
		message, mend string
	}{
		{head + "  template: {}\n  placement: {clusterNames: [c1]}\n", lint.Known{},
			"spec.placement.clusterNames is not a field of spec.placement; did you mean clusters?",
			"Write: placement: {clusters: [{name: CLUSTER}]} or placement: {clusterSelector: {matchLabels: {KEY: VALUE}}}"},
		{head + "  template: {}\n  placement: {clusters: [{name: wroker}]}\n", members,
			"cluster wroker has not joined; did you mean worker?", "Correct the name, or: kubectl fed join CLUSTER"},
		{one("{op: add, path: /metadata/labels/acme.io/tier, value: gold}"), lint.Known{},
			"/metadata/labels/acme.io/tier: metadata.labels has no acme.io; there are: app", "Write: /metadata/labels/acme.io~1tier"},
		{one("{path: spec/replicas, value: 2}"), lint.Known{}, "the path spec/replicas does not start with a slash", "Write: /spec/replicas"},
		{one("{op: add, path: /spec/template/spec/containers/0/args, value: [--init]}"), lint.Known{},
			"add replaces the 2 that spec.template.spec.containers[0].args has",
			"To add to it, end the path with /- (a list) or with the new key (a map); to replace it, say op: replace."},
		{preference("  targetKind: FederatedDeployment\n  totalReplicas: 50\n  clusters: {c1: {weight: 1, maxReplicas: 5}, c2: {weight: 1, maxReplicas: 5}}\n"), lint.Known{},
			"of 50 replicas, the clusters may have 10", "Raise maxReplicas, give a weight to more clusters, or lower totalReplicas."},
	}
	for _, test := range tests {
		findings := check(test.text, test.known)
		if len(findings) != 1 || findings[0].Message != test.message || findings[0].Mend != test.mend {
			t.Errorf("want %q, mend %q; got %+v", test.message, test.mend, findings)
		}
	}
}

func TestAnswers(t *testing.T) {
	documents, _ := lint.Parse("a.yaml", []byte(head+web))
	got := lint.Answers(documents[0], []lint.Answer{
		{Cluster: "c1", Outcome: lint.Refused, Cause: "spec.replicas: Invalid value"},
		{Cluster: "c2", Outcome: lint.Deleted, Cause: "not in spec.placement.clusters"},
		{Cluster: "c3", Outcome: lint.Refused, Cause: "spec.replicas: Invalid value"},
		{Cluster: "c4", Outcome: lint.Adopted},
	})
	want := []string{"FED801 5:3 spec.template [c1, c3]", "FED802 8:3 spec.placement [c2]", "FED803 3:12 metadata.name [c4]"}
	if diff := cmp.Diff(want, brief(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestKindsOfFindings: what is dropped stops nothing, and what can hardly be
// meant is a trap, be it an error or not.
func TestKindsOfFindings(t *testing.T) {
	for text, want := range map[string]struct{ stops, trap bool }{
		head + "  template: {}\n  placement: {clusterNames: [c1]}\n":                               {false, true},
		head + "  template: {}\n  placement: {}\n":                                                 {false, false},
		one("{path: /metadata/name, value: x}"):                                                    {true, true},
		one("{op: add, path: /spec/replica, value: 5}"):                                            {false, true},
		one("{op: add, path: /metadata/annotations, value: {a: b}}"):                               {false, true},
		head + "  template: {metadata: {finalizers: [a/b]}}\n  placement: {clusterSelector: {}}\n": {false, false},
	} {
		findings := check(text, lint.Known{})
		if len(findings) != 1 || findings[0].Stops() != want.stops || findings[0].IsTrap() != want.trap {
			t.Errorf("want %v, got %+v", want, findings)
		}
	}
}

func TestSort(t *testing.T) {
	findings := []lint.Finding{{File: "b", Line: 3}, {File: "a", Line: 2}, {File: "b", Line: 1, Column: 2}, {File: "b", Line: 1, Column: 1}, {File: "a", Line: 1}}
	lint.Sort(findings)
	want := []lint.Finding{{File: "b", Line: 1, Column: 1}, {File: "b", Line: 1, Column: 2}, {File: "b", Line: 3}, {File: "a", Line: 1}, {File: "a", Line: 2}}
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestScheduledInTheCluster: what a preference has written into its target is
// not held against either.
func TestScheduledInTheCluster(t *testing.T) {
	documents, _ := lint.Parse("", []byte(preference("  targetKind: FederatedDeployment\n  totalReplicas: 3\n")+"---\n"+one("{path: /spec/replicas, value: 2}")))
	for i := range documents {
		documents[i] = lint.FromObject(documents[i].Object)
	}
	if diff := cmp.Diff([]string(nil), brief(lint.Check(documents, lint.Known{}))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestFromObject: an object that a cluster gave has no lines, and the order
// of what is found does not depend on maps.
func TestFromObject(t *testing.T) {
	documents, _ := lint.Parse("", []byte(head+"  template: {metadata: {name: a, namespace: b, annotations: {c: d}}}\n  placement: {}\n"))
	document := lint.FromObject(documents[0].Object)
	want := []string{
		"FED105 0:0 spec.placement", "FED301 0:0 spec.template.metadata.annotations",
		"FED303 0:0 spec.template.metadata.name", "FED303 0:0 spec.template.metadata.namespace",
	}
	for range 20 {
		if diff := cmp.Diff(want, brief(lint.Check([]lint.Document{document}, lint.Known{}))); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	}
}

// BenchmarkCheck: what it costs for a document does not depend on how many there are.
func BenchmarkCheck(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprintf("%d documents", n), func(b *testing.B) {
			documents, _ := lint.Parse("a.yaml", []byte(strings.Repeat("---\n"+one("{path: /spec/replicas, value: 2}"), n)))
			for b.Loop() {
				lint.Check(documents, members)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/document")
		})
	}
}
