package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

func TestParseOverride(t *testing.T) {
	for arg, want := range map[string]federation.Argument{
		"c1:replicas=2":                       {Cluster: "c1", Path: "replicas", Value: int64(2)},
		"c1:spec.replicas=2":                  {Cluster: "c1", Path: "spec.replicas", Value: int64(2)},
		"c1:/spec/replicas=2":                 {Cluster: "c1", Path: "/spec/replicas", Value: int64(2)},
		"c1:spec.containers[n].image=r:5/n:1": {Cluster: "c1", Path: "spec.containers[n].image", Value: "r:5/n:1"},
		"c1:metadata.labels[a=b]=c=d":         {Cluster: "c1", Path: "metadata.labels[a=b]", Value: "c=d"},
		"c1:data.a=true":                      {Cluster: "c1", Path: "data.a", Value: true},
		`c1:data.a="true"`:                    {Cluster: "c1", Path: "data.a", Value: "true"},
		`c1:data.a=""`:                        {Cluster: "c1", Path: "data.a", Value: ""},
		"c1:data.a=null":                      {Cluster: "c1", Path: "data.a"},
		"c1:data.a=1.5":                       {Cluster: "c1", Path: "data.a", Value: 1.5},
		"c1:data.a='a: b'":                    {Cluster: "c1", Path: "data.a", Value: "a: b"},
		"c1:a.b={x: [1, z]}":                  {Cluster: "c1", Path: "a.b", Value: map[string]any{"x": []any{int64(1), "z"}}},
		"c1:a.b=[--init, -v]":                 {Cluster: "c1", Path: "a.b", Value: []any{"--init", "-v"}},
	} {
		got, err := federation.ParseOverride(arg)
		if err != nil {
			t.Errorf("%s: %v", arg, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", arg, diff)
		}
	}
}

func TestParseOverrideRefuses(t *testing.T) {
	const form = "want CLUSTER:PATH=VALUE, such as worker1:spec.replicas=2"
	for arg, want := range map[string]string{
		"replicas=2":        `override "replicas" names no cluster: ` + form,
		":replicas=2":       `override ":replicas" names no cluster: ` + form,
		"c1:replicas":       `override "c1:replicas" has no value: ` + form,
		"c1:a[b=c":          `override "c1:a[b=c" has no value: ` + form,
		"c1:=2":             `override "c1:": path "" names no field`,
		"c1:/=2":            `override "c1:/": path "/" names no field`,
		"c1:.=2":            `override "c1:.": path "." names no field`,
		"c1:a..b=2":         `override "c1:a..b": path "a..b": a name is missing before ".b"`,
		"c1:a.=2":           `override "c1:a.": path "a.": it ends in a dot`,
		"c1:a[]=2":          `override "c1:a[]": path "a[]": a name is missing before ""`,
		"c1:a.[b]=2":        `override "c1:a.[b]": path "a.[b]": write [ without the dot before it`,
		"c1:a[b]c=2":        `override "c1:a[b]c": path "a[b]c": a dot is missing before "c"`,
		"c1:a=":             `override "c1:a": the value is empty; write "" for an empty string`,
		"c1:a=b: c":         `override "c1:a": the value reads as a YAML block; quote it, or write it in braces or brackets`,
		"c1:a=- b":          `override "c1:a": the value reads as a YAML block; quote it, or write it in braces or brackets`,
		"c1:a={b: 1, b: 2}": `override "c1:a": the value is not YAML: yaml: unmarshal errors: line 1: key "b" already set in map`,
	} {
		_, err := federation.ParseOverride(arg)
		wantError(t, err, want)
	}
}

const resolveObject = `{kind: Deployment, metadata: {name: web, labels: {app.kubernetes.io/name: web}},
	spec: {paused: null, strategy: {type: Recreate}, template: {spec: {
		containers: [{name: nginx, image: n, args: [a, b], ports: [{containerPort: 80}], volumeMounts: [{name: v, mountPath: /data}]}, {name: side-car}],
		tolerations: []}}}}`

func TestResolve(t *testing.T) {
	obj := object(t, resolveObject)
	for path, want := range map[string]federation.Override{
		"replicas":       {Op: "add", Path: "/spec/replicas"},
		"spec.paused":    {Op: "replace", Path: "/spec/paused"},
		"/spec/strategy": {Op: "replace", Path: "/spec/strategy"},
		"spec.template.spec.containers[nginx].image":                       {Op: "replace", Path: "/spec/template/spec/containers/0/image"},
		`spec.template.spec.containers["side-car"].image`:                  {Op: "add", Path: "/spec/template/spec/containers/1/image"},
		"spec.template.spec.containers.nginx.image":                        {Op: "replace", Path: "/spec/template/spec/containers/0/image"},
		"spec.template.spec.containers[1].image":                           {Op: "add", Path: "/spec/template/spec/containers/1/image"},
		"spec.template.spec.containers[nginx].args[0]":                     {Op: "replace", Path: "/spec/template/spec/containers/0/args/0"},
		"spec.template.spec.containers[nginx].args[2]":                     {Op: "add", Path: "/spec/template/spec/containers/0/args/-"},
		"spec.template.spec.containers[nginx].args[-]":                     {Op: "add", Path: "/spec/template/spec/containers/0/args/-"},
		"/spec/template/spec/containers/0/args/-":                          {Op: "add", Path: "/spec/template/spec/containers/0/args/-"},
		"/spec/template/spec/containers/nginx/image":                       {Op: "replace", Path: "/spec/template/spec/containers/0/image"},
		"spec.template.spec.containers[nginx].volumeMounts[/data].subPath": {Op: "add", Path: "/spec/template/spec/containers/0/volumeMounts/0/subPath"},
		"spec.template.spec.tolerations[-]":                                {Op: "add", Path: "/spec/template/spec/tolerations/-"},
		"metadata.labels[app.kubernetes.io/name]":                          {Op: "replace", Path: "/metadata/labels/app.kubernetes.io~1name"},
		"metadata.labels[a~b]":                                             {Op: "add", Path: "/metadata/labels/a~0b"},
		"/metadata/labels/app.kubernetes.io~1name":                         {Op: "replace", Path: "/metadata/labels/app.kubernetes.io~1name"},
		"metadata.annotations":                                             {Op: "add", Path: "/metadata/annotations"},
		"spec.template.metadata":                                           {Op: "add", Path: "/spec/template/metadata"},
	} {
		want.Value = "v"
		got, err := federation.Argument{Cluster: "c1", Path: path, Value: "v"}.Resolve(obj)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
		// What resolves has to apply, and as what it says it is.
		if err := federation.Apply(obj.DeepCopy(), []federation.Override{got}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	const create = "KubeFed creates an object without annotations and finalizers, so an override inside one of them fails then; " +
		"override the whole of it, knowing that each update then wipes what the member's own controllers put there"
	obj := object(t, resolveObject)
	for path, want := range map[string]string{
		"spec.template.spec.containers[nginy].image": `spec.template.spec.containers has no element "nginy"; there are: nginx, side-car`,
		"spec.template.spec.containers[2].image":     `spec.template.spec.containers has no element 2; there are: nginx, side-car`,
		"spec.template.spec.containers[3]":           `spec.template.spec.containers has no element 3: it has 2`,
		"spec.template.spec.containers[-1]":          `spec.template.spec.containers has no element -1: it has 2`,
		"spec.template.spec.tolerations[x].key":      `spec.template.spec.tolerations has no element "x"`,
		"spec.stratgy.type":                          `there is no spec.stratgy to change something in; there are: paused, strategy, template (or override the whole of spec.stratgy)`,
		"spec.paused.x":                              `there is no spec.paused to change something in; there are: paused, strategy, template (or override the whole of spec.paused)`,
		"spec.strategy.type.x":                       `spec.strategy.type is a plain value and has no x`,
		"metadata.annotations[a]":                    create,
		"/metadata/annotations/a":                    create,
		"metadata.finalizers[0]":                     create,
		"metadata.name":                              `KubeFed refuses the path /metadata/name`,
		"kind":                                       `KubeFed refuses the path /kind`,
		"a..b":                                       `path "a..b": a name is missing before ".b"`,
	} {
		_, err := federation.Argument{Cluster: "c1", Path: path, Value: "v"}.Resolve(obj)
		wantError(t, err, "override c1:"+path+": "+want)
	}
}

func TestResolveAll(t *testing.T) {
	obj := object(t, resolveObject)
	got, err := federation.ResolveAll([]federation.Argument{
		{Cluster: "c2", Path: "replicas", Value: int64(2)},
		{Cluster: "c1", Path: "spec.paused", Value: true},
		{Cluster: "c1", Path: "replicas", Value: int64(3)},
	}, obj)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]federation.Override{
		"c1": {{Op: "replace", Path: "/spec/paused", Value: true}, {Op: "add", Path: "/spec/replicas", Value: int64(3)}},
		"c2": {{Op: "add", Path: "/spec/replicas", Value: int64(2)}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	_, err = federation.ResolveAll([]federation.Argument{
		{Cluster: "c1", Path: "replicas"}, {Cluster: "c1", Path: "/spec/replicas"},
	}, obj)
	wantError(t, err, "override c1:/spec/replicas: /spec/replicas is already overridden for cluster c1")
	_, err = federation.ResolveAll([]federation.Argument{{Cluster: "c1", Path: "kind"}}, obj)
	wantError(t, err, "override c1:kind: KubeFed refuses the path /kind")
}

func TestPointerRoundTrip(t *testing.T) {
	for _, tokens := range [][]string{{"a"}, {"a/b", "c~d"}, {"~1", "~0"}, {"", "x"}} {
		if diff := cmp.Diff(tokens, federation.Tokens(federation.Pointer(tokens...))); diff != "" {
			t.Errorf("%q: %s", tokens, diff)
		}
	}
	if got := federation.Tokens(""); got != nil {
		t.Errorf("got %q", got)
	}
}
