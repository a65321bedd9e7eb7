package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Rendered is the object that one cluster should have.
type Rendered struct {
	Cluster string         `json:"cluster"`
	Object  map[string]any `json:"object"`
}

// renderedList is what "render -o json" prints.
type renderedList struct {
	TypeMeta `json:",inline"`
	Items    []Rendered `json:"items"`
}

// RenderedObjects prints rendered objects: as YAML one document for each, with the cluster in a comment above it, or
// as JSON a RenderedList.
func RenderedObjects(w io.Writer, format string, objects []Rendered) error {
	if format == "json" {
		list := renderedList{version("RenderedList"), objects}
		if list.Items == nil {
			list.Items = []Rendered{}
		}
		return JSON(w, list)
	}
	for _, o := range objects {
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "---\n# cluster: %s\n%s", o.Cluster, text); err != nil {
			return err
		}
	}
	return nil
}

// Unplaced is a cluster that does not get an object.
type Unplaced struct{ Object, Cluster, Reason string }

// NotPlaced says why clusters don't get an object, sorted by cluster.
func NotPlaced(w io.Writer, rows []Unplaced) {
	slices.SortFunc(rows, func(a, b Unplaced) int { return strings.Compare(a.Cluster, b.Cluster) })
	for _, r := range rows {
		fmt.Fprintf(w, "not placed: %s on %s: %s\n", r.Object, r.Cluster, r.Reason)
	}
}
