package federation

import (
	"encoding/json"
	"errors"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// Apply changes obj by the overrides, or leaves it alone and says which of
// them failed. It is version 4 of json-patch that KubeFed runs, and it differs
// from the RFC and from version 5: "replace" of a missing field adds it, a
// negative index counts from the end (controller/util/overrides.go).
func Apply(obj *unstructured.Unstructured, overrides []Override) error {
	before, err := obj.MarshalJSON()
	if err != nil {
		return err
	}
	after, err := patched(before, overrides)
	if err != nil {
		return blame(before, overrides, err)
	}
	// Decoding as an object turns whole numbers into int64, and insists on a
	// kind, so an override of the whole document may fail here.
	return obj.UnmarshalJSON(after)
}

// patched applies a whole patch. The library panics on some patches that
// make no sense, and so does KubeFed's controller; here that is an error.
func patched(doc []byte, overrides []Override) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("KubeFed's controller crashes on it: %v", r)
		}
	}()
	raw, err := encodeSteps(overrides)
	if err != nil {
		return nil, err
	}
	patch, err := jsonpatch.DecodePatch(raw)
	if err != nil {
		return nil, err
	}
	return patch.Apply(doc)
}

func encodeSteps(overrides []Override) ([]byte, error) {
	steps := []Override{}
	for _, o := range overrides {
		if o.Op == "" {
			o.Op = "replace"
		}
		if o.Op == "test" && o.Value == nil {
			return nil, errTestOfNothing
		}
		idle, err := o.isIdle()
		if err != nil {
			return nil, err
		}
		if !idle {
			steps = append(steps, o)
		}
	}
	return json.Marshal(steps)
}

// errTestOfNothing is for the other patch that json-patch v4.12.0, which KubeFed
// was released with, handles in a way of its own: a test for a null. Where the
// field is missing or null KubeFed's controller crashes on it, and anywhere else
// the test fails.
var errTestOfNothing = errors.New("KubeFed can't test for a null: the test fails or its controller crashes")

// isIdle tells whether a step replaces the whole object by a plain value. The
// json-patch v4.12.0 passes over it in silence; v4.13.0, its last release, which is
// used here, refuses it. The two differ in nothing else.
func (o Override) isIdle() (bool, error) {
	if o.Op != "replace" || o.Path != "" || o.Value == nil {
		return false, nil
	}
	raw, err := json.Marshal(o.Value)
	if err != nil {
		return false, err
	}
	return raw[0] != '{' && raw[0] != '[', nil
}

// blame finds the override that failed by applying one more at a time. The
// library does not tell.
func blame(doc []byte, overrides []Override, err error) error {
	for i, o := range overrides {
		if _, e := patched(doc, overrides[:i+1]); e != nil {
			return &OverrideError{Index: i, Override: o, Err: e}
		}
	}
	return err
}

// OverrideError says which override of a list could not be applied.
type OverrideError struct {
	Index    int // counted from 0
	Override Override
	Err      error
}

// Error counts from 1, as people do.
func (e *OverrideError) Error() string {
	op := e.Override.Op
	if op == "" {
		op = "replace"
	}
	return fmt.Sprintf("override %d (%s %s): %v", e.Index+1, op, e.Override.Path, e.Err)
}

// Unwrap gives the error of the JSON patch.
func (e *OverrideError) Unwrap() error { return e.Err }

// plainSteps gives overrides as plain values that an unstructured object can
// hold: numbers int64 or float64 and nothing typed.
func plainSteps(overrides []Override) ([]any, error) {
	raw, err := json.Marshal(overrides)
	if err != nil {
		return nil, err
	}
	var out []any
	err = utiljson.Unmarshal(raw, &out)
	return out, err
}
