package diff

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/report"
)

// print shows what was found in the form that was asked for.
func (o *Options) print(ctx context.Context, found report.Comparison) error {
	switch {
	case o.Output == "name":
		report.DiffNames(o.Streams.Out, found.Objects)
	case o.Output != "":
		return report.DiffOutput(o.Streams.Out, found, o.Output)
	case o.Summary:
		report.DiffSummary(o.Streams.Out, found)
	case os.Getenv(externalDiff) != "":
		return o.external(ctx, found)
	default:
		report.Diff(o.Streams.Out, found)
	}
	return nil
}

// externalDiff is the variable by which kubectl's users choose a program for differences.
const externalDiff = "KUBECTL_EXTERNAL_DIFF"

// external has the user's own program show the differences between two folders, with a file for each object and member
// that differs. Whether there are any is not left to it; an exit code above 1 is trouble, as with diff itself.
func (o *Options) external(ctx context.Context, found report.Comparison) error {
	dir, err := os.MkdirTemp("", "kubectl-fed-diff-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	before, after := filepath.Join(dir, "LIVE"), filepath.Join(dir, "DESIRED")
	for _, side := range []string{before, after} {
		if err := os.Mkdir(side, 0o700); err != nil {
			return err
		}
	}
	for _, object := range found.Objects {
		for _, r := range object.Results {
			if err := writeSides(before, after, object, r, o.Everything); err != nil {
				return err
			}
		}
	}
	words := strings.Fields(os.Getenv(externalDiff))
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], before, after)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.Streams.In, o.Streams.Out, o.Streams.ErrOut
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s (%s): %w", words[0], externalDiff, err)
	}
	return nil
}

// writeSides writes what differs into both folders, under the same name; an empty file stands for what is not there.
func writeSides(before, after string, o drift.Object, r drift.Result, everything bool) error {
	if !r.Verdict.Differs() || len(r.Changes) == 0 && r.Action != drift.Create && r.Action != drift.Delete {
		return nil
	}
	if r.Action == drift.Delete {
		r.After = nil
	}
	live, desired, err := report.DiffManifests(o, r, everything)
	if err != nil {
		return err
	}
	name := strings.Join([]string{r.Cluster, strings.ReplaceAll(o.ID, "/", "."), "yaml"}, ".")
	for dir, text := range map[string][]byte{before: live, after: desired} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
