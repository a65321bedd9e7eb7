package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

// lintReport is what "lint -o json" prints.
type lintReport struct {
	TypeMeta  `json:",inline"`
	Documents int            `json:"documents"` // how many were checked
	Findings  []lint.Finding `json:"findings"`
}

// Lint prints findings as text, json or sarif.
func Lint(w io.Writer, format string, findings []lint.Finding, documents int) error {
	switch format {
	case "json":
		return JSON(w, lintReport{version("LintReport"), documents, append([]lint.Finding{}, findings...)})
	case "sarif":
		return JSON(w, sarifOf(findings))
	}
	for _, f := range findings {
		finding(w, f)
	}
	fmt.Fprintln(w, lintSummary(findings, documents))
	return nil
}

// finding prints where, what, what happens if it is ignored, and the mend.
func finding(w io.Writer, f lint.Finding) {
	message := f.Message
	if len(f.Clusters) > 0 {
		message += " (" + strings.Join(f.Clusters, ", ") + ")"
	}
	fmt.Fprintf(w, "%s: %s %s: %s\n", where(f), f.Severity, f.Code, oneLine(message))
	fmt.Fprintf(w, "  %s\n  mend: %s\n", f.Ignored, f.Mend)
}

// where is file, line and column, or an object and its field.
func where(f lint.Finding) string {
	if f.Line > 0 {
		return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
	place := cmp.Or(f.Object, f.File)
	if f.Path != "" {
		place += " " + f.Path
	}
	return place
}

func lintSummary(findings []lint.Finding, documents int) string {
	errors, warnings := 0, 0
	for _, f := range findings {
		if f.Severity == lint.Error {
			errors++
		} else {
			warnings++
		}
	}
	if len(findings) == 0 {
		return "nothing found in " + Count(documents, "object")
	}
	return fmt.Sprintf("%s, %s in %s", Count(errors, "error"), Count(warnings, "warning"), Count(documents, "object"))
}
