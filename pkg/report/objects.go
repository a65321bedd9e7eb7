package report

import (
	"fmt"
	"io"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// ObjectSet is what is to be made in one cluster.
type ObjectSet struct {
	// Cluster is the member's name; "" for the host.
	Cluster string `json:"cluster,omitempty"`
	// Context is the kubeconfig context that reaches the cluster.
	Context string                       `json:"context"`
	Objects []*unstructured.Unstructured `json:"objects"`
}

// ObjectSets is the JSON form of what a writing command would write.
type ObjectSets struct {
	TypeMeta `json:",inline"` // of kind ObjectSets
	Sets     []ObjectSet      `json:"sets"`
}

// Objects prints what would be written, as YAML documents that say in a comment where each belongs, or as JSON.
func Objects(w io.Writer, format string, sets []ObjectSet) error {
	if format == "json" {
		return JSON(w, ObjectSets{version("ObjectSets"), sets})
	}
	for _, set := range sets {
		for _, object := range set.Objects {
			text, err := yaml.Marshal(object.Object)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "---\n# in %s\n%s", set.Context, text); err != nil {
				return err
			}
		}
	}
	return nil
}
