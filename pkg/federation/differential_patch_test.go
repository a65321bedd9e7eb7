package federation_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// applyDocument is what the patches below are applied to.
const applyDocument = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"a":"b","x/y":"z"}},` +
	`"spec":{"replicas":1,"big":9007199254740993,"half":0.5,"none":null,"list":[1,2,3],"empty":[],"objects":[{"name":"n"}]}}`

// applySeeds are patches with a quirk each.
var applySeeds = []string{
	`[]`,
	`[{"path":"/spec/replicas","value":5}]`,
	`[{"op":"replace","path":"/spec/replicas","value":5.0}]`,
	`[{"op":"replace","path":"/spec/missing","value":5}]`,
	`[{"op":"replace","path":"/spec/missing/deeper","value":5}]`,
	`[{"op":"add","path":"/metadata/annotations/a","value":"b"}]`,
	`[{"op":"add","path":"/metadata/annotations","value":{"a":"b"}}]`,
	`[{"op":"replace","path":"/spec/replicas"}]`,
	`[{"op":"add","path":"/spec/new","value":null}]`,
	`[{"op":"replace","path":"/spec/none/x","value":1}]`,
	`[{"op":"remove","path":"/spec/missing"}]`,
	`[{"op":"remove","path":"/spec/replicas"}]`,
	`[{"op":"remove","path":"/spec/list/-1"}]`,
	`[{"op":"replace","path":"/spec/list/-1","value":9}]`,
	`[{"op":"replace","path":"/spec/list/-4","value":9}]`,
	`[{"op":"replace","path":"/spec/list/-","value":9}]`,
	`[{"op":"add","path":"/spec/list/-","value":9}]`,
	`[{"op":"add","path":"/spec/list/3","value":9}]`,
	`[{"op":"add","path":"/spec/list/4","value":9}]`,
	`[{"op":"add","path":"/spec/list/01","value":9}]`,
	`[{"op":"add","path":"/spec/empty/-","value":{"a":[1,2.5,1e30]}}]`,
	`[{"op":"replace","path":"/metadata/labels/x~1y","value":"w"}]`,
	`[{"op":"replace","path":"/metadata/labels/x/y","value":"w"}]`,
	`[{"op":"replace","path":"/metadata/labels/~0","value":"w"}]`,
	`[{"op":"replace","path":"","value":{"kind":"X","a":1}}]`,
	`[{"op":"replace","path":"","value":{"a":1}}]`,
	`[{"op":"remove","path":""}]`,
	`[{"path":"","value":5}]`,
	`[{"path":"","value":"x"},{"path":"/spec/replicas","value":2}]`,
	`[{"path":"","value":[1]}]`,
	`[{"path":""}]`,
	`[{"op":"replace","path":"/","value":1}]`,
	`[{"op":"replace","path":"spec/replicas","value":1}]`,
	`[{"op":"replace","path":"/metadata","value":{}}]`,
	`[{"op":"remove","path":"/apiVersion"}]`,
	`[{"op":"test","path":"/spec/replicas","value":1}]`,
	`[{"op":"test","path":"/spec/replicas","value":2}]`,
	`[{"op":"move","path":"/spec/moved"}]`,
	`[{"op":"Replace","path":"/spec/replicas","value":1}]`,
	`[{"op":"add","path":"/spec/replicas","value":9007199254740993}]`,
	`[{"op":"add","path":"/spec/html","value":"<&>"}]`,
	`[{"op":"add","path":"/spec/a","value":{}},{"op":"add","path":"/spec/a/b","value":1},{"op":"remove","path":"/spec/a"}]`,
	`[{"op":"add","path":"/spec/a","value":1},{"op":"remove","path":"/spec/nothing"}]`,
}

func TestApplyAsKubeFed(t *testing.T) {
	for _, patch := range applySeeds {
		compareApply(t, applyDocument, patch)
	}
}

// compareApply wants the same object from Apply and from KubeFed, or an error of
// both. The two read the patch by types of their own, and have to agree on
// whether it is one.
func compareApply(t *testing.T, document, patch string) {
	var doc unstructured.Unstructured
	if doc.UnmarshalJSON([]byte(document)) != nil {
		t.Skip("no object")
	}
	var mine []federation.Override
	var theirs util.ClusterOverrides
	err, wantErr := json.Unmarshal([]byte(patch), &mine), json.Unmarshal([]byte(patch), &theirs)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("reading %s: error %v, KubeFed %v", patch, err, wantErr)
	}
	if err != nil {
		return
	}
	got, want := doc.DeepCopy(), doc.DeepCopy()
	err = federation.Apply(got, mine)
	wantErr, panicked := theirApply(want, theirs)
	if panicked {
		if err == nil {
			t.Fatalf("%s on %s: no error, and KubeFed's controller crashes", patch, document)
		}
		return
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%s on %s: error %v, KubeFed %v", patch, document, err, wantErr)
	}
	if err == nil {
		if diff := cmp.Diff(want.Object, got.Object); diff != "" {
			t.Fatalf("%s on %s: -KubeFed +ours\n%s", patch, document, diff)
		}
	}
}

// theirApply tells a panic of KubeFed's library from an error.
func theirApply(obj *unstructured.Unstructured, o util.ClusterOverrides) (err error, panicked bool) {
	defer func() { panicked = recover() != nil }()
	return util.ApplyJSONPatch(obj, o), false
}

// TestApplyWhereKubeFedCrashes pins that we do not.
func TestApplyWhereKubeFedCrashes(t *testing.T) {
	err := federation.Apply(object(t, applyDocument), []federation.Override{{Path: ""}})
	wantError(t, err, "override 1 (replace ): KubeFed's controller crashes on it: runtime error: invalid memory address or nil pointer dereference")
	if _, panicked := theirApply(object(t, applyDocument), util.ClusterOverrides{{Path: ""}}); !panicked {
		t.Error("KubeFed survives it")
	}
}
