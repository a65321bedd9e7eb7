package get

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// print prints the answers of all members.
func (o *Options) print(wanted []want, outcomes []member.Outcome[[]answer]) error {
	if o.isObjects() {
		return o.printObjects(outcomes)
	}
	printed, answered := 0, 0
	for i, w := range wanted {
		table, asked := o.merged(w, i, outcomes)
		answered += asked
		if len(table.Rows) == 0 {
			continue
		}
		if printed > 0 && !o.NoHeaders {
			report.Line(o.Streams.Out, "")
		}
		printed++
		if err := report.NewGetPrinter(o.Streams.Out, o.style(w, len(wanted))).Print(table); err != nil {
			return err
		}
	}
	if printed == 0 && answered > 0 && !o.named() {
		o.nothing(wanted)
	}
	return nil
}

func (o *Options) named() bool { return o.Objects[0].Name != "" }

// nothing says that there is nothing, as kubectl does.
func (o *Options) nothing(wanted []want) {
	if where := wanted[0].query.Namespace; where != "" && wanted[0].query.API.Namespaced {
		report.Line(o.Streams.ErrOut, "No resources found in the namespace %s of any member.", where)
		return
	}
	report.Line(o.Streams.ErrOut, "No resources found in any member.")
}

// merged is the table of one type, of all members that answered.
func (o *Options) merged(w want, i int, outcomes []member.Outcome[[]answer]) (table *metav1.Table, asked int) {
	var tables []report.ClusterTable
	for _, out := range outcomes {
		if i < len(out.Value) && out.Value[i].err == nil {
			asked++
			tables = append(tables, report.ClusterTable{Cluster: out.Member.Name, Table: out.Value[i].table})
		}
	}
	table = report.Merge(tables, o.AllNamespaces && w.namespaced())
	if o.SortBy != "" {
		by, err := newPath(o.SortBy)
		if err == nil { // Validate saw to that
			slices.SortStableFunc(table.Rows, func(a, b metav1.TableRow) int {
				return by.compare(report.ObjectOf(a), report.ObjectOf(b))
			})
		}
	}
	return table, asked
}

// namespaced takes a type that only members know for one that has a namespace.
func (w want) namespaced() bool { return !w.known || w.query.API.Namespaced }

func (o *Options) style(w want, types int) report.GetStyle {
	style := report.GetStyle{
		Wide: *o.Print.OutputFormat == "wide", NoHeaders: o.NoHeaders, ShowLabels: o.ShowLabels, Labels: o.Columns, Event: o.Events,
	}
	if types > 1 || o.ShowKind {
		style.Kind = schema.GroupKind{Group: w.query.API.Group, Kind: cmp.Or(w.query.API.Kind, w.word)}
	}
	return style
}

func (o *Options) printObjects(outcomes []member.Outcome[[]answer]) error {
	objects := o.objects(outcomes)
	switch kind, _, _ := strings.Cut(*o.Print.OutputFormat, "="); kind {
	case customColumns, customColumnsFile:
		return o.printColumns(objects)
	case "name":
		return o.printNames(objects)
	}
	printer, err := o.Print.ToPrinter()
	if err != nil {
		return err
	}
	if len(objects) == 0 && (o.named() || !slices.ContainsFunc(outcomes, answered)) {
		return nil // an empty list would say that there is nothing
	}
	return printer.PrintObj(report.ObjectList(objects, o.Secrets), o.Streams.Out)
}

func answered(out member.Outcome[[]answer]) bool {
	return slices.ContainsFunc(out.Value, func(a answer) bool { return a.err == nil })
}

// objects are those of all members, in the members' order unless they are to be sorted.
func (o *Options) objects(outcomes []member.Outcome[[]answer]) []report.ClusterObject {
	var all []report.ClusterObject
	for _, out := range outcomes {
		for _, a := range out.Value {
			for _, object := range a.objects {
				all = append(all, report.ClusterObject{Cluster: out.Member.Name, Object: object})
			}
		}
	}
	if by, err := newPath(o.SortBy); o.SortBy != "" && err == nil {
		slices.SortStableFunc(all, func(a, b report.ClusterObject) int { return by.compare(a.Object, b.Object) })
	}
	return all
}

// printNames prints each name once, however many members have it: they are for other commands of ours.
func (o *Options) printNames(objects []report.ClusterObject) error {
	var seen []string
	for _, one := range objects {
		if name := fullName(one.Object); !slices.Contains(seen, name) {
			seen = append(seen, name)
			report.Line(o.Streams.Out, "%s", name)
		}
	}
	return nil
}

// fullName is the name of an object as kubectl prints it: deployment.apps/nginx.
func fullName(object *unstructured.Unstructured) string {
	gvk := object.GroupVersionKind()
	kind := strings.ToLower(gvk.Kind)
	if gvk.Group != "" {
		kind += "." + gvk.Group
	}
	return kind + "/" + object.GetName()
}

func (o *Options) printColumns(objects []report.ClusterObject) error {
	columns, err := o.columns()
	if err != nil {
		return err
	}
	header := []string{"CLUSTER"}
	for _, c := range columns {
		header = append(header, c.header)
	}
	items := report.ObjectList(objects, o.Secrets).Items
	var rows [][]string
	for i := range items {
		row := []string{objects[i].Cluster}
		for _, c := range columns {
			text, err := c.path.text(&items[i])
			if err != nil {
				return fmt.Errorf("%s: %s: column %s: %w", objects[i].Cluster, fullName(&items[i]), c.header, err)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	if o.NoHeaders {
		return report.Rows(o.Streams.Out, rows)
	}
	if len(rows) == 0 {
		return nil
	}
	return report.Table(o.Streams.Out, header, rows)
}

var errNoColumns = errors.New("no columns: give them as NAME:.path,NAME:.path")
