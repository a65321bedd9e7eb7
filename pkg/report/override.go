package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// OverrideRow is one override of one cluster.
type OverrideRow struct {
	Object, Cluster string
	Number          int // among the cluster's, from 1
	federation.Override
	Secret bool // the value must not be seen
}

// Overrides prints the table of override --list, sorted by object and cluster.
func Overrides(w io.Writer, rows []OverrideRow) error {
	if len(rows) == 0 {
		Line(w, "no overrides")
		return nil
	}
	slices.SortStableFunc(rows, func(a, b OverrideRow) int {
		return cmp.Or(strings.Compare(a.Object, b.Object), strings.Compare(a.Cluster, b.Cluster))
	})
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{r.Object, r.Cluster, strconv.Itoa(r.Number), cmp.Or(r.Op, "replace"), r.Path, r.shown()})
	}
	return Table(w, []string{"OBJECT", "CLUSTER", "NO", "OP", "PATH", "VALUE"}, cells)
}

// shown is the value in one line, as JSON.
func (r OverrideRow) shown() string {
	if r.Op == "remove" {
		return "-"
	}
	if r.Secret {
		return "***"
	}
	text, err := json.Marshal(r.Value)
	if err != nil {
		return fmt.Sprint(r.Value) // no value that came from YAML
	}
	return string(text)
}

// Effects prints what overrides change for each cluster, clusters with the same changes together.
func Effects(w io.Writer, object *unstructured.Unstructured, effects []drift.Result, secret bool) {
	for _, g := range (drift.Object{Results: effects}).Groups() {
		fmt.Fprintf(w, "%s on %s:", object.GetName(), strings.Join(g.Clusters, ", "))
		switch {
		case g.Cause != "":
			fmt.Fprintf(w, " %s\n", oneLine(g.Cause))
		case len(g.Changes) == 0:
			fmt.Fprintln(w, " no change")
		default:
			fmt.Fprintln(w)
			changes(w, "now", "with these overrides", g.Changes, secret)
		}
	}
}

// Manifests prints objects as YAML documents, or as JSON: one alone, or several in a List.
func Manifests(w io.Writer, format string, objects []*unstructured.Unstructured) error {
	if format == "json" {
		return manifestJSON(w, objects)
	}
	for i, object := range objects {
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprintln(w, "---")
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

func manifestJSON(w io.Writer, objects []*unstructured.Unstructured) error {
	if len(objects) == 1 {
		return JSON(w, objects[0].Object)
	}
	items := []any{}
	for _, object := range objects {
		items = append(items, object.Object)
	}
	return JSON(w, map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
}
