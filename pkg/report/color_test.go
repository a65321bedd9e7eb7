package report_test

import (
	"bytes"
	"testing"

	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

func TestUseColor(t *testing.T) {
	for _, c := range []struct {
		when, noColor string
		want, wrong   bool
	}{
		{"always", "", true, false}, {"always", "1", true, false}, {"never", "", false, false},
		{"auto", "", false, false}, // no terminal here
		{"auto", "1", false, false}, {"pink", "", false, true}, {"", "", false, true},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		got, err := report.UseColor(&bytes.Buffer{}, c.when)
		if got != c.want || (err != nil) != c.wrong {
			t.Errorf("%+v: got %t, %v", c, got, err)
		}
	}
	if got := report.Bad.Paint(true, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("got %q", got)
	}
	if got := report.Bad.Paint(false, "x"); got != "x" {
		t.Errorf("got %q", got)
	}
}
