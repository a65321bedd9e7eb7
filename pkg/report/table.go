package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Table prints rows below a header, aligned.
func Table(w io.Writer, header []string, rows [][]string) error {
	return Rows(w, append([][]string{header}, rows...))
}

// Rows prints rows without a header, aligned.
func Rows(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		if _, err := fmt.Fprintln(table, strings.Join(row, "\t")); err != nil {
			return err
		}
	}
	return table.Flush()
}

// Done says in one line what was done with an object, as kubectl does: deployment.apps/nginx created.
func Done(w io.Writer, object *unstructured.Unstructured, what string) {
	fmt.Fprintf(w, "%s %s\n", qualified(object), what)
}

// qualified is kind, group and name of an object: deployment.apps/nginx.
func qualified(object *unstructured.Unstructured) string {
	kind := strings.ToLower(object.GetKind())
	if group := object.GroupVersionKind().Group; group != "" {
		kind += "." + group
	}
	return kind + "/" + object.GetName()
}

// Line prints one line.
func Line(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, format+"\n", args...)
}
