package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// ClusterAnnotation says in printed objects which member they are of. It is written nowhere else.
const ClusterAnnotation = "kubectl-fed.io/cluster"

// ClusterTable is what the server of one member prints.
type ClusterTable struct {
	Cluster string
	*metav1.Table
}

// GetStyle says how the tables of get are printed.
type GetStyle struct {
	Wide, NoHeaders, ShowLabels bool
	Labels                      []string         // that have a column each
	Kind                        schema.GroupKind // rows name this kind too; zero for none
	Event                       bool             // rows begin with what happened
}

// GetPrinter prints the merged tables of one type one after another, headers once.
type GetPrinter struct {
	style   GetStyle
	printer printers.ResourcePrinter
	to      printersWriter
}

// hidden is printed in the place of what must not be seen.
const hidden = "***"

// printersWriter is a tabwriter that keeps its widths.
type printersWriter interface {
	io.Writer
	Flush() error
}

// NewGetPrinter makes a printer for one type.
func NewGetPrinter(w io.Writer, style GetStyle) *GetPrinter {
	options := printers.PrintOptions{
		Wide: style.Wide, NoHeaders: style.NoHeaders, ShowLabels: style.ShowLabels, ColumnLabels: style.Labels,
		Kind: style.Kind, WithKind: !style.Kind.Empty(),
	}
	return &GetPrinter{style: style, printer: printers.NewTablePrinter(options), to: printers.GetNewTabWriter(w)}
}

// Print prints a merged table.
func (p *GetPrinter) Print(table *metav1.Table) error {
	if err := p.printer.PrintObj(table, p.to); err != nil {
		return err
	}
	return p.to.Flush()
}

// PrintEvent prints what a watch told; the event is "" for what was there when it began. Its column is as wide as
// the longest event from the start: what has been printed can't be moved any more.
func (p *GetPrinter) PrintEvent(event string, table *metav1.Table) error {
	if p.style.Event {
		column := metav1.TableColumnDefinition{Name: "Event", Type: "string"}
		table.ColumnDefinitions = append([]metav1.TableColumnDefinition{column}, table.ColumnDefinitions...)
		for i := range table.Rows {
			table.Rows[i].Cells = append([]any{fmt.Sprintf("%-8s", cmp.Or(event, "ADDED"))}, table.Rows[i].Cells...)
		}
	}
	return p.Print(table)
}

// Merge puts the tables of several members into one, with the member's name before each row and whether KubeFed
// manages the object behind it. Columns are told by their names, since servers of different versions have
// different ones.
func Merge(tables []ClusterTable, namespaces bool) *metav1.Table {
	merged := &metav1.Table{ColumnDefinitions: union(tables)}
	before := []metav1.TableColumnDefinition{{Name: "Cluster", Type: "string"}}
	if namespaces {
		before = append(before, metav1.TableColumnDefinition{Name: "Namespace", Type: "string"})
	}
	for _, t := range tables {
		for _, row := range t.Rows {
			object := ObjectOf(row)
			cells := []any{t.Cluster}
			if namespaces {
				cells = append(cells, object.GetNamespace())
			}
			cells = append(cells, aligned(merged.ColumnDefinitions, t.ColumnDefinitions, row.Cells)...)
			cells = append(cells, managed(object))
			merged.Rows = append(merged.Rows, metav1.TableRow{Cells: cells, Object: row.Object})
		}
	}
	merged.ColumnDefinitions = append(before, merged.ColumnDefinitions...)
	merged.ColumnDefinitions = append(merged.ColumnDefinitions, metav1.TableColumnDefinition{Name: "Managed", Type: "string"})
	return merged
}

// union has every column once, in the order in which they are met.
func union(tables []ClusterTable) []metav1.TableColumnDefinition {
	var all []metav1.TableColumnDefinition
	for _, t := range tables {
		for _, column := range t.ColumnDefinitions {
			if indexOf(all, column.Name) < 0 {
				all = append(all, column)
			}
		}
	}
	return all
}

func indexOf(columns []metav1.TableColumnDefinition, name string) int {
	return slices.IndexFunc(columns, func(c metav1.TableColumnDefinition) bool { return c.Name == name })
}

// aligned brings the cells of a server's row under the merged columns; "-" is in those that it does not have.
func aligned(all, own []metav1.TableColumnDefinition, cells []any) []any {
	out := make([]any, len(all))
	for i, column := range all {
		out[i] = "-"
		if j := indexOf(own, column.Name); j >= 0 && j < len(cells) {
			out[i] = cells[j]
		}
	}
	return out
}

// ObjectOf is the object of a row, or as much of it as the server sent.
func ObjectOf(row metav1.TableRow) *unstructured.Unstructured {
	if object, ok := row.Object.Object.(*unstructured.Unstructured); ok {
		return object
	}
	return &unstructured.Unstructured{Object: map[string]any{}}
}

// managed is what KubeFed goes by: its label.
func managed(object *unstructured.Unstructured) string {
	switch object.GetLabels()[federation.ManagedLabel] {
	case "true":
		return "yes"
	case "false":
		return "never" // KubeFed refuses to touch it
	}
	return "no"
}

// ObjectList is objects of several members in one list, each with its member's name in an annotation. Values of
// Secrets are hidden unless they are asked for.
func ObjectList(objects []ClusterObject, secrets bool) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{}}}
	for _, o := range objects {
		object := o.Object.DeepCopy()
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[ClusterAnnotation] = o.Cluster
		object.SetAnnotations(annotations)
		if !secrets {
			hide(object)
		}
		list.Items = append(list.Items, *object)
	}
	return list
}

// ClusterObject is an object of a member.
type ClusterObject struct {
	Cluster string
	Object  *unstructured.Unstructured
}

// hide takes the values out of a Secret, also out of the copy of it that kubectl apply keeps.
func hide(object *unstructured.Unstructured) {
	if object.GroupVersionKind().GroupKind() != (schema.GroupKind{Kind: "Secret"}) {
		return
	}
	for _, field := range []string{"data", "stringData"} {
		values, _, err := unstructured.NestedMap(object.Object, field)
		if err != nil {
			unstructured.RemoveNestedField(object.Object, field)
			continue
		}
		for key := range values {
			values[key] = hidden
		}
		if values != nil {
			object.Object[field] = values
		}
	}
	annotations := object.GetAnnotations()
	if _, ok := annotations["kubectl.kubernetes.io/last-applied-configuration"]; ok {
		annotations["kubectl.kubernetes.io/last-applied-configuration"] = hidden
		object.SetAnnotations(annotations)
	}
}
