package report

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// The part of the Static Analysis Results Interchange Format 2.1.0 (OASIS) that code scanners read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string      `json:"id"`
		Short   sarifText   `json:"shortDescription"`
		Full    sarifText   `json:"fullDescription"`
		Help    sarifText   `json:"help"`
		Default sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
)

func sarifOf(findings []lint.Finding) sarifLog {
	rules := lint.Rules()
	run := sarifRun{Tool: sarifTool{Driver: sarifDriver{Name: "kubectl fed lint"}}, Results: []sarifResult{}}
	for _, r := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: r.Code, Short: sarifText{r.Title}, Full: sarifText{r.Ignored}, Help: sarifText{r.Mend},
			Default: sarifConfig{string(r.Severity)}, // both words are SARIF's own
		})
	}
	for _, f := range findings {
		index := slices.IndexFunc(rules, func(r lint.Rule) bool { return r.Code == f.Code })
		run.Results = append(run.Results, sarifResult{
			RuleID: f.Code, RuleIndex: index, Level: string(f.Severity),
			Message:   sarifText{f.Message + ". " + f.Ignored + " " + f.Mend},
			Locations: []sarifLocation{sarifPlace(f)},
		})
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

// sarifPlace gives the place in the file where there is one, and the object and field always.
func sarifPlace(f lint.Finding) sarifLocation {
	var place sarifLocation
	if name := strings.TrimSpace(f.Object + " " + f.Path); name != "" {
		place.Logical = []sarifLogical{{name}}
	}
	if f.Line > 0 {
		place.Physical = &sarifPhysical{sarifArtifact{uri(f.File)}, sarifRegion{f.Line, f.Column}}
	}
	return place
}

// uri is a file's name as a relative reference. Package net/url is not for reports, and file names need no
// more of it than this.
func uri(file string) string {
	return strings.NewReplacer("%", "%25", " ", "%20", "#", "%23", "?", "%3F").Replace(filepath.ToSlash(file))
}
