package lint_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

var update = flag.Bool("update", false, "write the table of rules into docs/lint.md")

const (
	tableStart = "<!-- rules -->\n"
	tableEnd   = "<!-- end of rules -->\n"
)

// TestDocs holds the page to the rules.
func TestDocs(t *testing.T) {
	page := filepath.Join("..", "..", "..", "docs", "lint.md")
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), tableStart)
	got, after, ended := strings.Cut(rest, tableEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place for the rules", page)
	}
	want := table()
	if *update {
		if err := os.WriteFile(page, []byte(before+tableStart+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("run: go test ./pkg/federation/lint -run TestDocs -update\n-want +got\n%s", diff)
	}
}

// table is the rules as the page has them.
func table() string {
	var b strings.Builder
	b.WriteString("| code | | what is wrong | if it is ignored | mend |\n|---|---|---|---|---|\n")
	for _, r := range lint.Rules() {
		cells := []string{r.Code, string(r.Severity), r.Title, r.Ignored, r.Mend}
		b.WriteString("| " + strings.ReplaceAll(strings.Join(cells, " | "), "*", `\*`) + " |\n")
	}
	return b.String()
}
