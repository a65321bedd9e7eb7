package controlplane

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// crds are the definitions of KubeFed's core and scheduling APIs, generated from the KubeFed module; a test
// compares them with it (go test ./pkg/controlplane -run CRDs -update writes the file anew).
//
//go:embed crds.yaml
var crds []byte

// coreCRDs are the definitions as objects, in the order of the file.
func coreCRDs() ([]*unstructured.Unstructured, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(crds), 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading KubeFed's CRDs: %w", err)
		}
		if len(object.Object) == 0 { // nothing but comments
			continue
		}
		mark(object)
		objects = append(objects, object)
	}
}
