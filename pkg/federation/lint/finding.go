package lint

import (
	"cmp"
	"slices"
	"strings"
)

// Severity says how bad it is.
type Severity string

// The severities. An error is refused, or does something other than what is
// written; a warning does what is written, and may surprise.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Rule is one thing that is looked for.
type Rule struct {
	Code     string // FED and three digits
	Severity Severity
	Title    string // what is wrong, for a list of all rules
	Ignored  string // what happens if nothing is done
	Mend     string // what to do
}

// rules has every rule of this package, filled where they are declared.
var rules []Rule

func register(r Rule) Rule {
	rules = append(rules, r)
	return r
}

// Rules are all rules, sorted by code.
func Rules() []Rule {
	all := slices.Clone(rules)
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// Finding is one rule broken in one place.
type Finding struct {
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// File is the document's, and Line and Column count from 1. They are
	// left out for an object that a cluster gave.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Object is kind, namespace and name: "FederatedDeployment shop/web".
	Object string `json:"object,omitempty"`
	// Path is the field, dotted: spec.overrides[0].clusterName.
	Path string `json:"path,omitempty"`
	// Clusters are the members that it is about, where it is about some.
	Clusters []string `json:"clusters,omitempty"`
	Message  string   `json:"message"`
	Ignored  string   `json:"ifIgnored"`
	Mend     string   `json:"mend"`
}

// Stops tells whether it keeps KubeFed from going on with the object, or the
// API server from taking it. What is dropped stops nothing: that is the worst
// of it.
func (f Finding) Stops() bool {
	dropped := []string{duplicateKey.Code, unknownField.Code, unknownPlacementField.Code, notFederated.Code}
	return f.Severity == Error && !slices.Contains(dropped, f.Code)
}

// IsTrap tells whether what is written can hardly be what is meant: errors,
// what KubeFed and a member's own controllers would fight about for ever, and
// names that are nearly right.
func (f Finding) IsTrap() bool {
	return f.Severity == Error || f.Code == wholeAnnotations.Code || f.Code == nearlyThere.Code
}

// Sort puts findings in the order of their files, as they first appear, and
// of lines.
func Sort(findings []Finding) {
	order := map[string]int{}
	for _, f := range findings {
		if _, seen := order[f.File]; !seen {
			order[f.File] = len(order)
		}
	}
	sortByPlace(findings)
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(order[a.File], order[b.File]) })
}

// sortByPlace leaves the documents in their order, and puts what was found in
// one of them in the order of lines.
func sortByPlace(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.Code, b.Code))
	})
}
