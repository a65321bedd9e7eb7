package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Released is an object that a member keeps, and that KubeFed manages no more.
type Released struct {
	Object, Cluster string
	Pods            int
	Absent          bool // the member did not have it
}

// ReleasedObjects says where objects run on, one line for each object.
func ReleasedObjects(w io.Writer, all []Released) {
	var order []string
	kept, absent := map[string][]string{}, map[string][]string{}
	runs := map[string]bool{}
	for _, r := range all {
		runs[r.Object] = runs[r.Object] || r.Pods > 0
		if kept[r.Object] == nil && absent[r.Object] == nil {
			order = append(order, r.Object)
		}
		where := r.Cluster
		if r.Pods > 0 {
			where += " (" + Count(r.Pods, "pod") + ")"
		}
		if r.Absent {
			absent[r.Object] = append(absent[r.Object], where)
		} else {
			kept[r.Object] = append(kept[r.Object], where)
		}
	}
	for _, object := range order {
		if len(kept[object]) > 0 {
			ending := ""
			if runs[object] {
				ending = ", nothing restarted"
			}
			fmt.Fprintf(w, "%s stays in %s, not managed any more%s\n", object, strings.Join(kept[object], ", "), ending)
		}
		if len(absent[object]) > 0 {
			fmt.Fprintf(w, "%s was not in %s\n", object, strings.Join(absent[object], ", "))
		}
	}
}

// StaysIn says where an object would run on.
func StaysIn(w io.Writer, object string, clusters []string) {
	if len(clusters) > 0 {
		fmt.Fprintf(w, "%s would stay in %s\n", object, strings.Join(clusters, ", "))
	}
}

// Orphaning is whether the deletion of a federated object leaves its targets running.
type Orphaning struct {
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Enabled   bool   `json:"orphaning"`
	Deleting  bool   `json:"deleting,omitempty"` // it is on its way out
}

// OrphaningList is what "orphan status -o json" prints.
type OrphaningList struct {
	TypeMeta `json:",inline"`
	Items    []Orphaning `json:"items"`
}

// OrphaningTable prints the table of orphan status; with the namespaces where several are asked for.
func OrphaningTable(w io.Writer, all []Orphaning, namespaces bool) error {
	if len(all) == 0 {
		Line(w, "no federated objects")
		return nil
	}
	header := []string{"OBJECT", "ORPHANING"}
	if namespaces {
		header = append([]string{"NAMESPACE"}, header...)
	}
	var cells [][]string
	for _, o := range all {
		row := []string{o.Resource + "/" + o.Name, o.said()}
		if namespaces {
			row = append([]string{cmp.Or(o.Namespace, "-")}, row...)
		}
		cells = append(cells, row)
	}
	return Table(w, header, cells)
}

func (o Orphaning) said() string {
	text := "disabled"
	if o.Enabled {
		text = "enabled"
	}
	if o.Deleting {
		text += ", being deleted"
	}
	return text
}

// OrphaningDocument prints the same as json or yaml.
func OrphaningDocument(w io.Writer, all []Orphaning, output string) error {
	return Document(w, OrphaningList{version("OrphaningList"), append([]Orphaning{}, slices.Clone(all)...)}, output)
}

// Names prints objects as "-o name" does, for other commands to read.
func Names(w io.Writer, objects []*unstructured.Unstructured) {
	for _, o := range objects {
		fmt.Fprintln(w, qualified(o))
	}
}
