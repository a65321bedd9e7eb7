package federation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/kubefed"
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
	{"service whose ports are no objects, and nothing to compare them with", serviceConfig, `{template: {spec: {ports: [x]}}}`, `{metadata: {}, spec: {ports: []}}`},
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
	stores := map[string]*kubefed.Stored{}
	configs := map[string]*v1beta1.FederatedTypeConfig{}
	for i, c := range cases {
		s := stores[c.cfg.Name]
		if s == nil {
			s = &kubefed.Stored{}
			stores[c.cfg.Name], configs[c.cfg.Name] = s, c.cfg
		}
		fed := c.federatedOf(t, i)
		s.Federated = append(s.Federated, fed)
		if c.cfg == namespaceConfig {
			s.Namespaces = append(s.Namespaces, object(t, "{apiVersion: v1, kind: Namespace, metadata: {name: "+fed.GetName()+"}}"))
		}
	}
	out := map[string]*oracle{}
	for name, s := range stores {
		out[name] = newOracle(t, configs[name], *s)
	}
	return out
}

// ours is what the model renders, as an answer that KubeFed's can be compared with.
func ours(obj *unstructured.Unstructured, err error) corpus.Answer {
	if err != nil {
		return corpus.Answer{Failed: string(renderStatus(err))}
	}
	return corpus.Answer{Value: corpus.Tagged(obj.Object)}
}

func TestRenderAsKubeFed(t *testing.T) {
	oracles := oraclesFor(t, renderCases)
	for i, c := range renderCases {
		t.Run(c.name, func(t *testing.T) {
			typ, fed := federation.TypeOf(c.cfg), c.federatedOf(t, i)
			r := oracles[c.cfg.Name].resource(t, fed)
			got := ours(federation.ForCreate(typ, fed, "c1"))
			if diff := cmp.Diff(kubefed.Render(r, "c1", nil), got); diff != "" {
				t.Errorf("create, -KubeFed +ours:\n%s", diff)
			}
			live := c.liveOf(t)
			if live == nil {
				return
			}
			before := live.DeepCopy()
			got = ours(federation.ForUpdate(typ, fed, "c1", live))
			if diff := cmp.Diff(kubefed.Render(r, "c1", live), got); diff != "" {
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
