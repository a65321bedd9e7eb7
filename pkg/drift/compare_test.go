package drift_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// object reads YAML as an API server's answer is read: whole numbers int64.
func object(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("bad YAML in the test: %v\n%s", err, text)
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(raw); err != nil {
		t.Fatalf("bad object in the test: %v\n%s", err, text)
	}
	return obj
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, live, desired string
		want                []drift.Change
	}{
		{"equal", `{spec: {a: 1}}`, `{spec: {a: 1}}`, nil},
		{"changed, added and removed", `{spec: {a: 1, gone: x}}`, `{spec: {a: 2, new: {k: v}}}`, []drift.Change{
			{Path: "/spec/a", Before: int64(1), After: int64(2)},
			{Path: "/spec/gone", Before: "x", Removed: true},
			{Path: "/spec/new", After: map[string]any{"k": "v"}, Added: true},
		}},
		{"what the server keeps",
			`{metadata: {name: a, uid: u, resourceVersion: "1", generation: 1, creationTimestamp: x, selfLink: s, managedFields: [{manager: m}], deletionTimestamp: d, deletionGracePeriodSeconds: 30}, status: {x: 1}}`,
			`{metadata: {name: a, uid: v, resourceVersion: "2", generation: 2, creationTimestamp: y, managedFields: []}, status: {x: 2}}`, nil},
		{"finalizers and owners count",
			`{metadata: {finalizers: [a], ownerReferences: [{name: o}]}}`, `{metadata: {}}`, []drift.Change{
				{Path: "/metadata/finalizers", Before: []any{"a"}, Removed: true},
				{Path: "/metadata/ownerReferences", Before: []any{map[string]any{"name": "o"}}, Removed: true},
			}},
		{"status below the top counts", `{spec: {status: a}}`, `{spec: {status: b}}`, []drift.Change{{Path: "/spec/status", Before: "a", After: "b"}}},
		{"null is absent", `{spec: {a: null, l: [{b: null}]}}`, `{spec: {l: [{}]}}`, nil},
		{"null becomes something", `{spec: {a: null}}`, `{spec: {a: 0}}`, []drift.Change{{Path: "/spec/a", After: int64(0), Added: true}}},
		{"numbers by value", `{spec: {a: 2, l: [1]}}`, `{spec: {a: 2.0, l: [1.0]}}`, nil},
		{"a number is not its text", `{spec: {a: 2}}`, `{spec: {a: "2"}}`, []drift.Change{{Path: "/spec/a", Before: int64(2), After: "2"}}},
		{"large numbers", `{spec: {a: 9007199254740993}}`, `{spec: {a: 9007199254740992}}`,
			[]drift.Change{{Path: "/spec/a", Before: int64(9007199254740993), After: int64(9007199254740992)}}},
		{"empty is not absent in a spec", `{spec: {v: {}, w: []}}`, `{spec: {}}`, []drift.Change{
			{Path: "/spec/v", Before: map[string]any{}, Removed: true}, {Path: "/spec/w", Before: []any{}, Removed: true},
		}},
		{"empty is absent in metadata", `{metadata: {labels: {}, annotations: {}, finalizers: [], ownerReferences: []}}`, `{metadata: {}}`, nil},
		{"keys are escaped", `{metadata: {labels: {a/b: x}}}`, `{metadata: {labels: {a/b: z}}}`,
			[]drift.Change{{Path: "/metadata/labels/a~1b", Before: "x", After: "z"}}},
		{"other type", `{spec: {a: {b: 1}}}`, `{spec: {a: [1]}}`,
			[]drift.Change{{Path: "/spec/a", Before: map[string]any{"b": int64(1)}, After: []any{int64(1)}}}},
		{"container inserted first", `{l: [{name: a, v: 1}, {name: b}]}`, `{l: [{name: new}, {name: a, v: 2}, {name: b}]}`, []drift.Change{
			{Path: "/l/0", After: map[string]any{"name": "new"}, Added: true},
			{Path: "/l/0/v", Before: int64(1), After: int64(2)},
		}},
		{"container renamed", `{l: [{name: a}]}`, `{l: [{name: b}]}`, []drift.Change{
			{Path: "/l/0", Before: map[string]any{"name": "a"}, Removed: true},
			{Path: "/l/0", After: map[string]any{"name": "b"}, Added: true},
		}},
		{"containers that changed places", `{l: [{name: a}, {name: b}]}`, `{l: [{name: b}, {name: a}]}`, []drift.Change{
			{Path: "/l/0/name", Before: "a", After: "b"}, {Path: "/l/1/name", Before: "b", After: "a"},
		}},
		{"names that are not unique", `{l: [{name: a, v: 1}, {name: a, v: 2}]}`, `{l: [{name: a, v: 1}]}`,
			[]drift.Change{{Path: "/l/1", Before: map[string]any{"name": "a", "v": int64(2)}, Removed: true}}},
		{"container ports", `{l: [{containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}]}`, `{l: [{containerPort: 80, protocol: UDP}]}`,
			[]drift.Change{{Path: "/l/0", Before: map[string]any{"containerPort": int64(80), "protocol": "TCP"}, Removed: true}}},
		{"service ports without protocol", `{l: [{port: 80}, {port: 81, nodePort: 1}]}`, `{l: [{port: 81, nodePort: 2}]}`, []drift.Change{
			{Path: "/l/0", Before: map[string]any{"port": int64(80)}, Removed: true},
			{Path: "/l/1/nodePort", Before: int64(1), After: int64(2)},
		}},
		{"one volume mounted twice", `{l: [{name: v, mountPath: /a}, {name: v, mountPath: /b}]}`, `{l: [{name: v, mountPath: /b}]}`,
			[]drift.Change{{Path: "/l/0", Before: map[string]any{"name": "v", "mountPath": "/a"}, Removed: true}}},
		{"plain list", `{l: [a, b, c]}`, `{l: [a, x]}`, []drift.Change{
			{Path: "/l/1", Before: "b", After: "x"}, {Path: "/l/2", Before: "c", Removed: true},
		}},
		{"indices sort as numbers", `{l: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}`, `{l: [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]}`, []drift.Change{
			{Path: "/l/2", Before: int64(0), After: int64(1)}, {Path: "/l/10", Before: int64(0), After: int64(1)},
		}},
		{"annotation a controller wrote", `{metadata: {annotations: {a: b}}}`, `{metadata: {annotations: {a: b, c: d}}}`,
			[]drift.Change{{Path: "/metadata/annotations/c", After: "d", Added: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			live, desired := withKind(t, c.live), withKind(t, c.desired)
			before, after := live.DeepCopy(), desired.DeepCopy()
			if diff := cmp.Diff(c.want, drift.Compare(live, desired)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if !cmp.Equal(before, live) || !cmp.Equal(after, desired) {
				t.Error("an object was changed")
			}
		})
	}
}

// withKind puts a kind into the map, without which it is no object.
func withKind(t *testing.T, text string) *unstructured.Unstructured {
	return object(t, "{kind: X, "+text[1:])
}

func TestCompareWithNothing(t *testing.T) {
	obj := withKind(t, `{spec: {a: 1}}`)
	kind := drift.Change{Path: "/kind", After: "X", Added: true}
	spec := drift.Change{Path: "/spec", After: map[string]any{"a": int64(1)}, Added: true}
	if diff := cmp.Diff([]drift.Change{kind, spec}, drift.Compare(nil, obj)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	gone := []drift.Change{{Path: "/kind", Before: "X", Removed: true}, {Path: "/spec", Before: spec.After, Removed: true}}
	if diff := cmp.Diff(gone, drift.Compare(obj, nil)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := drift.Compare(nil, nil); got != nil {
		t.Errorf("got %v", got)
	}
}

// TestChangeJSON pins the JSON that scripts read.
func TestChangeJSON(t *testing.T) {
	result := drift.Result{Cluster: "c1", Verdict: drift.WillUpdate, Changes: []drift.Change{
		{Path: "/a", Before: false, After: int64(0)}, {Path: "/b", After: "x", Added: true}, {Path: "/c", Before: "", Removed: true},
	}}
	raw, err := json.Marshal(result)
	want := `{"cluster":"c1","verdict":"will be updated","changes":[` +
		`{"path":"/a","before":false,"after":0},{"path":"/b","after":"x","added":true},{"path":"/c","before":"","removed":true}]}`
	if err != nil || string(raw) != want {
		t.Errorf("got %s, %v", raw, err)
	}
}
