package report

import (
	"encoding/json"
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
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Items      []Rendered `json:"items"`
}

// outputVersion is the version of all JSON of our own. It changes when a field changes its meaning or goes.
const outputVersion = "output.kubectl-fed.io/v1"

// Objects prints rendered objects: as YAML one document for each, with the cluster in a comment above it, or
// as JSON a RenderedList.
func Objects(w io.Writer, format string, objects []Rendered) error {
	if format == "json" {
		list := renderedList{APIVersion: outputVersion, Kind: "RenderedList", Items: objects}
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

// JSON prints a value as JSON, indented.
func JSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
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
