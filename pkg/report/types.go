package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// FederatedType is an API type that is federated: an item of what types prints as JSON.
type FederatedType struct {
	APIVersion string       `json:"apiVersion"` // Version
	Kind       string       `json:"kind"`       // FederatedType
	Metadata   TypeMetadata `json:"metadata"`
	Target     TypeAPI      `json:"target"`
	Federated  TypeAPI      `json:"federated"`
	// Propagation is Enabled or Disabled, as the FederatedTypeConfig says.
	Propagation string `json:"propagation"`
	// Running says that KubeFed's controller of the type runs, and has seen the FederatedTypeConfig as it is.
	Running bool `json:"running"`
	// StatusCollection says that the members' statuses shall be collected.
	StatusCollection bool `json:"statusCollection"`
	// StatusController is that of Services, as KubeFed says: Running or NotRunning.
	StatusController string `json:"statusController,omitempty"`
	// Instances is how many federated objects there are; none when that is not known.
	Instances *int64       `json:"instances,omitempty"`
	Members   []TypeMember `json:"members,omitempty"`
	// NotServedBy are the members that do not serve the target in its version.
	NotServedBy []string `json:"notServedBy,omitempty"`
	// Problems are what is wrong with it, each in one line.
	Problems []string `json:"problems,omitempty"`
}

// TypeMetadata names a type.
type TypeMetadata struct {
	// Name is that of the FederatedTypeConfig.
	Name string `json:"name"`
}

// TypeAPI is one API of a type.
type TypeAPI struct {
	Group      string `json:"group,omitempty"`
	Version    string `json:"version"`
	Kind       string `json:"kind"`
	Plural     string `json:"plural"`
	Namespaced bool   `json:"namespaced"`
}

// TypeMember says whether a member serves a type.
type TypeMember struct {
	Name string `json:"name"`
	// Served is none when it is not known, and Reason says why.
	Served *bool  `json:"served,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Types prints the table, wide or not, and below it what is wrong.
func Types(w io.Writer, types []FederatedType, wide bool) error {
	if len(types) == 0 {
		_, err := fmt.Fprintln(w, "no types are enabled")
		return err
	}
	header := []string{"TYPE", "STATE", "OBJECTS", "NOT SERVED BY"}
	if wide {
		header = append(header, "VERSION", "FEDERATED", "SCOPE", "STATUSES")
	}
	var rows [][]string
	for _, t := range types {
		rows = append(rows, t.row(wide))
	}
	if err := Table(w, header, rows); err != nil {
		return err
	}
	for _, t := range types {
		for _, problem := range t.Problems {
			fmt.Fprintf(w, "%s: %s\n", t.Metadata.Name, oneLine(problem))
		}
	}
	return nil
}

func (t FederatedType) row(wide bool) []string {
	instances := "?"
	if t.Instances != nil {
		instances = strconv.FormatInt(*t.Instances, 10)
	}
	row := []string{t.Metadata.Name, t.state(), instances, dash(t.notServedBy())}
	if !wide {
		return row
	}
	scope, statuses := "Cluster", "-"
	if t.Target.Namespaced {
		scope = "Namespaced"
	}
	if t.StatusCollection {
		statuses = "collected"
	}
	federated := t.Federated.Plural + "." + t.Federated.Group + "/" + t.Federated.Version
	return append(row, t.Target.Version, federated, scope, statuses)
}

func (t FederatedType) state() string {
	switch {
	case t.Propagation == "Disabled":
		return "disabled"
	case t.Running:
		return "running"
	}
	return "not running"
}

// notServedBy are the members that do not serve the type, and with a question mark those of which it is not known.
func (t FederatedType) notServedBy() string {
	names := slices.Clone(t.NotServedBy)
	for _, m := range t.Members {
		if m.Served == nil {
			names = append(names, m.Name+"?")
		}
	}
	return strings.Join(names, ",")
}

// TypeList is the types as objects, for the printers of kubectl's -o.
func TypeList(types []FederatedType) (*unstructured.UnstructuredList, error) {
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": APIVersion, "kind": "FederatedTypeList"}}
	for _, t := range types {
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&t)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, unstructured.Unstructured{Object: content})
	}
	return list, nil
}

// many is how many names are a list that is still read.
const many = 20

// Instances names the federated objects of a type, the first of them where there are many.
func Instances(w io.Writer, t federation.Type, names []string) {
	List(w, t.Name+" has:", firstOf(names))
}

// Losses says what each member loses; the two lists belong together.
func Losses(w io.Writer, members, objects []string) {
	var lines []string
	for i, m := range members {
		lines = append(lines, m+": "+objects[i])
	}
	List(w, "to be deleted in members:", firstOf(lines))
}

func firstOf(items []string) []string {
	if len(items) <= many {
		return items
	}
	return append(items[:many:many], fmt.Sprintf("and %d more", len(items)-many))
}
