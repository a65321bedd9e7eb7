package federation_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

const editable = `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {
  template: {metadata: {labels: {app: web}}, spec: {replicas: 1, template: {spec: {
    containers: [{name: web, image: nginx, args: [a, b]}, {name: log, image: fluent, env: [{name: A, valueFrom: {}}, {name: B, value: b}]}],
    initContainers: [{name: init, image: busybox}]}}}},
  placement: {clusters: [{name: c1}, {name: c2}]}, overrides: %s}}`

// written shows overrides as op, path and value, one a line.
func written(overrides []federation.Override) []string {
	var out []string
	for _, o := range overrides {
		line := o.Op + " " + o.Path
		if o.Value != nil {
			line += fmt.Sprintf(" %v", o.Value)
		}
		out = append(out, line)
	}
	return out
}

func TestPlanOverrides(t *testing.T) {
	edits := func(e ...federation.Edit) []federation.Edit { return e }
	const containers = "/spec/template/spec/containers"
	for name, c := range map[string]struct {
		there string // overrides of c1 that are there
		edits []federation.Edit
		want  []string
		err   string
	}{
		"a field":           {"[]", edits(federation.Set("spec.replicas", int64(2))), []string{"replace /spec/replicas 2"}, ""},
		"the same again":    {"[{path: /spec/replicas, value: 5}]", edits(federation.Set("replicas", int64(2))), []string{" /spec/replicas 2"}, ""},
		"a new field":       {"[]", edits(federation.Set("spec.minReadySeconds", int64(2))), []string{"add /spec/minReadySeconds 2"}, ""},
		"a missing parent":  {"[]", edits(federation.Set("spec.template.spec.nodeSelector.disk", "ssd")), []string{"add /spec/template/spec/nodeSelector map[disk:ssd]"}, ""},
		"below an override": {"[{op: add, path: /spec/strategy, value: {type: Recreate}}]", edits(federation.Set("spec.strategy.type", "RollingUpdate")), []string{"add /spec/strategy map[type:Recreate]", "replace /spec/strategy/type RollingUpdate"}, ""},
		"an element's end":  {"[]", edits(federation.Set("spec.template.spec.containers[web].args[-]", "c")), []string{"add " + containers + "/0/args/2 c"}, ""},
		"an image":          {"[]", edits(federation.SetImage("log", "fluent:2")), []string{"replace " + containers + "/1/image fluent:2"}, ""},
		"an init image":     {"[]", edits(federation.SetImage("init", "busybox:2")), []string{"replace /spec/template/spec/initContainers/0/image busybox:2"}, ""},
		"no such container": {"[]", edits(federation.SetImage("nope", "x")), nil, "cluster c1: there is no container nope; there are: web, log, init"},
		"which container":   {"[]", edits(federation.SetEnv("", "A", "x")), nil, "cluster c1: no container was named; there are: web, log"},
		"two variables": {"[]", edits(federation.SetEnv("web", "X", "1"), federation.SetEnv("web", "Y", "2")),
			[]string{"add " + containers + "/0/env [map[name:X value:1]]", "add " + containers + "/0/env/1 map[name:Y value:2]"}, ""},
		"variables that are there": {"[]", edits(federation.SetEnv("log", "A", "1"), federation.SetEnv("log", "C", "2")),
			[]string{"replace " + containers + "/1/env/0 map[name:A value:1]", "add " + containers + "/1/env/2 map[name:C value:2]"}, ""},
		"two resources": {"[]", edits(federation.SetResource("web", "limits", "cpu", "1"), federation.SetResource("web", "limits", "memory", "1Gi")),
			[]string{"add " + containers + "/0/resources map[limits:map[cpu:1]]", "add " + containers + "/0/resources/limits/memory 1Gi"}, ""},
		"a label":           {"[]", edits(federation.SetLabel("acme.io/tier", "gold")), []string{"add /metadata/labels/acme.io~1tier gold"}, ""},
		"two annotations":   {"[]", edits(federation.SetAnnotation("a/b", "1"), federation.SetAnnotation("c", "2")), []string{"add /metadata/annotations map[a/b:1]", "add /metadata/annotations/c 2"}, ""},
		"a removal":         {"[]", edits(federation.Remove("spec.replicas")), []string{"remove /spec/replicas"}, ""},
		"an element":        {"[]", edits(federation.Remove("spec.template.spec.containers[log]")), []string{"remove " + containers + "/1"}, ""},
		"an override's own": {"[{op: add, path: /spec/paused, value: true}]", edits(federation.Remove("spec.paused")), nil, ""},
		"set after removal": {"[{op: remove, path: /spec/replicas}]", edits(federation.Set("replicas", int64(3))), []string{"add /spec/replicas 3"}, ""},
		"nothing to remove": {"[]", edits(federation.Remove("spec.paused")), nil, "cluster c1: there is no spec.paused to remove; there are: replicas, template"},
		"a missing list":    {"[]", edits(federation.Set("spec.template.spec.volumes[data].name", "x")), nil, "cluster c1: there is no list spec.template.spec.volumes to find data in"},
		"through a value":   {"[]", edits(federation.Set("spec.replicas.x", 1)), nil, "cluster c1: spec.replicas is a plain value and has no x"},
		"a forbidden path":  {"[]", edits(federation.Set("metadata.name", "x")), nil, "cluster c1: KubeFed refuses overrides of /metadata/name"},
		"broken before":     {"[{path: /a/b, value: 1}]", edits(federation.Set("replicas", 1)), nil, "cluster c1: the overrides that are there can't be applied: override 1 (replace /a/b): replace operation does not apply: doc is missing path: /a/b: missing value"},
	} {
		t.Run(name, func(t *testing.T) {
			fed := object(t, fmt.Sprintf(editable, "[{clusterName: c1, clusterOverrides: "+c.there+"}]"))
			got, err := federation.PlanOverrides(deployments, fed, "c1", c.edits)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, written(got)); diff != "" {
				t.Fatalf("-want +got\n%s", diff)
			}
			if err == nil {
				inBothForms(t, fed, got)
			}
		})
	}
}

// inBothForms checks that KubeFed can apply overrides to the object that it
// creates, and to the one that it updates.
func inBothForms(t *testing.T, fed *unstructured.Unstructured, overrides []federation.Override) {
	t.Helper()
	if err := federation.SetOverrides(fed, map[string][]federation.Override{"c1": overrides}); err != nil {
		t.Fatal(err)
	}
	created, err := federation.ForCreate(deployments, fed, "c1")
	if err != nil {
		t.Fatalf("on creation: %v", err)
	}
	created.SetAnnotations(map[string]string{"deployment.kubernetes.io/revision": "1"})
	if _, err := federation.ForUpdate(deployments, fed, "c1", created); err != nil {
		t.Errorf("on update: %v", err)
	}
}

func TestUnset(t *testing.T) {
	fed := object(t, fmt.Sprintf(editable, "[]"))
	there := []federation.Override{
		{Path: "/spec/replicas", Value: 2}, {Path: "/spec/template/spec/containers/1/image", Value: "x"}, {Path: "/metadata/labels/a~1b", Value: "c"},
	}
	for path, left := range map[string]int{
		"replicas": 0, "/spec/replicas": 0, "spec.template.spec.containers[log].image": 1, "metadata.labels[a/b]": 2,
	} {
		got, err := federation.Unset(deployments, fed, there, path)
		if err != nil || len(got) != 2 || strings.Contains(fmt.Sprint(written(got)), there[left].Path) {
			t.Errorf("%s: got %v, %v", path, written(got), err)
		}
	}
	_, err := federation.Unset(deployments, fed, there, "spec.paused")
	wantError(t, err, "there is no such override of spec.paused")
}

func TestParseAssignment(t *testing.T) {
	path, value, err := federation.ParseAssignment("spec.template.spec.containers[a=b].args=[x]")
	if path != "spec.template.spec.containers[a=b].args" || !cmp.Equal(value, []any{"x"}) || err != nil {
		t.Errorf("got %q, %v, %v", path, value, err)
	}
	_, _, err = federation.ParseAssignment("spec.replicas")
	wantError(t, err, `"spec.replicas" has no value: want PATH=VALUE, such as spec.replicas=2`)
	_, _, err = federation.ParseAssignment("spec.replicas=")
	wantError(t, err, `spec.replicas: the value is empty; write "" for an empty string`)
	_, _, err = federation.ParseAssignment("=1")
	wantError(t, err, `path "" names no field`)
}

// TestPlanOverridesOfKinds: where a kind keeps its containers, and one of two elements that are equal.
func TestPlanOverridesOfKinds(t *testing.T) {
	for kind, c := range map[string]struct {
		template string
		edit     federation.Edit
		want     string
	}{
		"Pod":        {"{spec: {containers: [{name: a, image: b}]}}", federation.SetImage("a", "c"), "replace /spec/containers/0/image c"},
		"CronJob":    {"{spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: b}]}}}}}}", federation.SetEnv("", "X", "y"), "add /spec/jobTemplate/spec/template/spec/containers/0/env [map[name:X value:y]]"},
		"Deployment": {"{spec: {list: [same, same]}}", federation.Remove("/spec/list/0"), "remove /spec/list/0"},
		"ConfigMap":  {"{data: {}}", federation.SetImage("a", "c"), "cluster c1: ConfigMap has no containers"},
	} {
		typ, ok := federation.WellKnown(kind)
		if !ok {
			t.Fatalf("nobody knows %s", kind)
		}
		fed := object(t, "{kind: Federated"+kind+", metadata: {name: web, namespace: shop}, spec: {template: "+c.template+"}}")
		got, err := federation.PlanOverrides(typ, fed, "c1", []federation.Edit{c.edit})
		said := strings.Join(written(got), "\n")
		if err != nil {
			said = err.Error()
		}
		if said != c.want {
			t.Errorf("%s: got %s, want %s", kind, said, c.want)
		}
	}
}
