package status

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// run runs the command with arguments, as far as its own Run.
func run(t *testing.T, args ...string) (*Options, error) {
	t.Helper()
	var ran *Options
	streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}
	cmd := NewCmd(factory.New(streams, args), func(_ context.Context, o *Options) error { ran = o; return nil })
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	return ran, cmd.ExecuteContext(t.Context())
}

func TestCallsThatCantBeMeant(t *testing.T) {
	for args, want := range map[string]string{
		"-o table":                   `-o is wide, json, yaml or name, and not "table"`,
		"--wait=done":                `--wait is propagated or ready, and not "done"`,
		"--wait=ready --watch":       "--watch goes on for ever, and --wait ends: give one",
		"--watch -o json":            "--watch prints what changes, and can't do so as json",
		"--wait=ready --timeout=-1s": "--timeout can't be negative",
		"deploy web -l app=web":      "a name can't be given together with a selector",
		"deploy web -A":              "an object can't be found by its name across all namespaces",
		"deploy/web cm":              `"cm" is not TYPE/NAME, and the arguments before it are`,
		"--color=sometimes":          `--color is auto, always or never, and not "sometimes"`,
	} {
		if _, err := run(t, strings.Fields(args)...); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestCalls(t *testing.T) {
	for args, named := range map[string]bool{"": false, "deploy": false, "deploy web": true, "deploy/web cm/x -o wide": true, "-A -l a=b --watch": false} {
		o, err := run(t, strings.Fields(args)...)
		if err != nil || o.named() != named {
			t.Errorf("%s: %v", args, err)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	of := func(id string, state diagnosis.State) diagnosis.Diagnosis {
		return diagnosis.Diagnosis{ID: id, Cells: []diagnosis.Cell{{State: diagnosis.InSync}, {State: state}}}
	}
	got := worstFirst([]diagnosis.Diagnosis{of("b", diagnosis.InSync), of("d", diagnosis.Pending), of("a", diagnosis.InSync), of("c", diagnosis.Blocked)})
	var ids []string
	for _, d := range got {
		ids = append(ids, d.ID)
	}
	if strings.Join(ids, " ") != "c d a b" {
		t.Errorf("%v", ids)
	}
}

func TestChanges(t *testing.T) {
	before := []diagnosis.Diagnosis{{ID: "a"}, {ID: "b", Cells: []diagnosis.Cell{{State: diagnosis.Pending}}}}
	now := []diagnosis.Diagnosis{{ID: "a"}, {ID: "b", Cells: []diagnosis.Cell{{State: diagnosis.InSync}}}, {ID: "c"}}
	got := changes(before, now)
	if len(got) != 2 || got[0].ID != "b" || got[1].ID != "c" {
		t.Errorf("%+v", got)
	}
}
