package report

import (
	"io"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

// DiffDocument is what "diff -o json" and "diff -o yaml" print.
type DiffDocument struct {
	TypeMeta `json:",inline"` // of kind Diff
	// Host is the host cluster's context.
	Host string `json:"host"`
	// Before and After name the sides of every change: "live" and "as KubeFed will write it", or two members, or
	// "template" and "with overrides".
	Before  string       `json:"before"`
	After   string       `json:"after"`
	Members []string     `json:"members"`
	Objects []DiffObject `json:"objects"`
	// Summary counts the results by verdict.
	Summary map[drift.Verdict]int `json:"summary"`
	// Errors are what could not be compared, a line each; with any the exit code is 2.
	Errors []string `json:"errors,omitempty"`
}

// DiffObject is one federated object in all members.
type DiffObject struct {
	ID        string          `json:"id"` // namespace, resource and name of the target
	Federated drift.Reference `json:"federated"`
	Target    drift.Reference `json:"target"`
	Results   []DiffResult    `json:"results"`
}

// DiffResult is one object in one member.
type DiffResult struct {
	Cluster string        `json:"cluster"`
	Verdict drift.Verdict `json:"verdict"`
	// Action is the write that KubeFed will send: create, update, adopt (an update of an object that it did not
	// make), delete or release (its label is taken off). It is missing where KubeFed writes nothing, or nothing
	// that changes anything.
	Action drift.Action `json:"action,omitempty"`
	Cause  string       `json:"cause,omitempty"`
	// Changes are sorted by path, a JSON pointer. Values of Secrets are "*** (before)" and "*** (after)".
	Changes []drift.Change `json:"changes,omitempty"`
	// Object is what will be created.
	Object map[string]any `json:"object,omitempty"`
}

// DiffOutput prints a comparison as json or yaml.
func DiffOutput(w io.Writer, c Comparison, output string) error {
	return Document(w, c.document(), output)
}

func (c Comparison) document() DiffDocument {
	doc := DiffDocument{
		TypeMeta: version("Diff"), Host: c.Host, Before: c.Before, After: c.After, Members: c.Members,
		Objects: []DiffObject{}, Summary: c.counts(),
	}
	for _, err := range c.Errors {
		doc.Errors = append(doc.Errors, oneLine(err.Error()))
	}
	for _, o := range c.Objects {
		object := DiffObject{ID: o.ID, Federated: o.Federated, Target: o.Target, Results: []DiffResult{}}
		for _, r := range o.Results {
			object.Results = append(object.Results, diffResult(o, r))
		}
		doc.Objects = append(doc.Objects, object)
	}
	return doc
}

func diffResult(o drift.Object, r drift.Result) DiffResult {
	out := DiffResult{Cluster: r.Cluster, Verdict: r.Verdict, Action: r.Action, Cause: oneLine(maskedCause(o, r.Cause))}
	for _, c := range r.Changes {
		if o.IsSecret() {
			c = Masked(c)
		}
		out.Changes = append(out.Changes, c)
	}
	if r.Action == drift.Create && r.After != nil {
		out.Object = drift.Content(r.After)
		if o.IsSecret() {
			out.Object = maskedObject(out.Object, nil, " (after)")
		}
	}
	return out
}

// DiffManifests are both sides of a result as YAML, for a program that compares files; empty for a side that is not
// there. Without everything, what servers keep for themselves is left out.
func DiffManifests(o drift.Object, r drift.Result, everything bool) (before, after []byte, err error) {
	sides := [2]map[string]any{}
	if r.Live != nil {
		sides[0] = r.Live.Object
	}
	if r.After != nil {
		sides[1] = r.After.Object
	}
	if !everything {
		sides = [2]map[string]any{drift.Content(r.Live), drift.Content(r.After)}
	}
	if o.IsSecret() {
		sides = [2]map[string]any{maskedSide(sides[0], sides[1], " (before)"), maskedSide(sides[1], sides[0], " (after)")}
	}
	if before, err = manifest(sides[0]); err != nil {
		return nil, nil, err
	}
	after, err = manifest(sides[1])
	return before, after, err
}

func maskedSide(object, other map[string]any, mark string) map[string]any {
	if object == nil {
		return nil
	}
	return maskedObject(object, other, mark)
}

func manifest(object map[string]any) ([]byte, error) {
	if object == nil {
		return nil, nil
	}
	return yaml.Marshal(object)
}
