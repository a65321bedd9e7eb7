package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

var findings = []lint.Finding{
	{Code: "FED107", Severity: lint.Warning, File: "apps/my web#1.yaml", Line: 3, Column: 5, Object: "FederatedDeployment shop/web",
		Path: "spec.placement.clusters[0].name", Message: "cluster a has not joined", Ignored: "It is ignored.", Mend: "Mend it."},
	{Code: "FED801", Severity: lint.Error, Object: "FederatedDeployment shop/web", Path: "spec.template", Clusters: []string{"a", "b"},
		Message: "spec.replicas:\nInvalid value", Ignored: "It is refused.", Mend: "Mend it."},
}

func TestLintText(t *testing.T) {
	var out bytes.Buffer
	if err := report.Lint(&out, "text", findings, 2); err != nil {
		t.Fatal(err)
	}
	check(t, out.String(), `
		apps/my web#1.yaml:3:5: warning FED107: cluster a has not joined
		  It is ignored.
		  mend: Mend it.
		FederatedDeployment shop/web spec.template: error FED801: spec.replicas: Invalid value (a, b)
		  It is refused.
		  mend: Mend it.
		1 error, 1 warning in 2 objects
		`)
}

// TestLintSARIF checks what the standard demands of a log: every result names a rule of the tool by its index,
// levels are the standard's own, and places are URIs with lines from 1.
func TestLintSARIF(t *testing.T) {
	var out bytes.Buffer
	if err := report.Lint(&out, "sarif", findings, 2); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Locations []struct {
					PhysicalLocation *struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(out.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || len(run.Results) != 2 || len(run.Tool.Driver.Rules) != len(lint.Rules()) {
		t.Fatalf("version %s, %d results, %d rules", log.Version, len(run.Results), len(run.Tool.Driver.Rules))
	}
	for i, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || r.Level != string(findings[i].Severity) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	place := run.Results[0].Locations[0].PhysicalLocation
	if place == nil || place.ArtifactLocation.URI != "apps/my%20web%231.yaml" || place.Region.StartLine != 3 || place.Region.StartColumn != 5 {
		t.Errorf("place %+v", place)
	}
	if run.Results[1].Locations[0].PhysicalLocation != nil {
		t.Error("an object of a cluster has a place in a file")
	}
}

func TestLintOfNothing(t *testing.T) {
	for format, want := range map[string]string{"text": "nothing found in 1 object\n", "json": `"findings": []`, "sarif": `"results": []`} {
		var out bytes.Buffer
		if err := report.Lint(&out, format, nil, 1); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v, no %q in\n%s", format, err, want, out.String())
		}
	}
}
