package drift_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
)

func TestIgnore(t *testing.T) {
	team := drift.Change{Path: "/metadata/labels/team", Before: "x", Removed: true}
	labels := drift.Change{Path: "/metadata/labels", After: map[string]any{"team": "x"}, Added: true}
	more := drift.Change{Path: "/metadata/labels", After: map[string]any{"team": "x", "app": "y"}, Added: true}
	image := drift.Change{Path: "/spec/template/spec/containers/1/image", Before: "a", After: "b"}
	dotted := drift.Change{Path: "/metadata/annotations/acme.io~1tier", Before: "a", After: "b"}
	for _, c := range []struct {
		name    string
		paths   []string
		changes []drift.Change
		want    []drift.Change
	}{
		{"the field", []string{"/metadata/labels/team"}, []drift.Change{team, image}, []drift.Change{image}},
		{"a field above it", []string{"metadata.labels"}, []drift.Change{team, image}, []drift.Change{image}},
		{"all of what is added", []string{"metadata.labels.team"}, []drift.Change{labels, image}, []drift.Change{image}},
		{"a part of what is added", []string{"metadata.labels.team"}, []drift.Change{more},
			[]drift.Change{{Path: "/metadata/labels", After: map[string]any{"app": "y"}, Added: true}}},
		{"any element", []string{"spec.template.spec.containers[*].image"}, []drift.Change{image, team}, []drift.Change{team}},
		{"a name with dots", []string{"metadata.annotations[acme.io/tier]"}, []drift.Change{dotted, team}, []drift.Change{team}},
		{"another field", []string{"spec.replicas", "/metadata/labels/team/more"}, []drift.Change{team}, []drift.Change{team}},
	} {
		ignore, err := drift.ParseIgnore(c.paths)
		if err != nil {
			t.Fatal(err)
		}
		got := ignore.Apply(drift.Result{Verdict: drift.WillUpdate, Action: drift.Update, Changes: c.changes})
		if diff := cmp.Diff(drift.Result{Verdict: drift.WillUpdate, Action: drift.Update, Changes: c.want}, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestIgnoreAll: a write that changes only what is ignored is no difference, and said to be one; other verdicts don't
// hang on what is shown.
func TestIgnoreAll(t *testing.T) {
	ignore, err := drift.ParseIgnore([]string{"spec.replicas"})
	if err != nil {
		t.Fatal(err)
	}
	changes := []drift.Change{{Path: "/spec/replicas", Before: int64(1), After: int64(2)}}
	for verdict, want := range map[drift.Verdict]drift.Verdict{
		drift.WillUpdate: drift.InSync, drift.LeftAlone: drift.InSync, drift.Different: drift.Same,
		drift.WillAdopt: drift.WillAdopt, drift.Looping: drift.Looping, drift.Blocked: drift.Blocked,
	} {
		got := ignore.Apply(drift.Result{Verdict: verdict, Changes: changes})
		if got.Verdict != want || len(got.Changes) > 0 {
			t.Errorf("%s: got %s with %v", verdict, got.Verdict, got.Changes)
		}
	}
	for _, path := range []string{"", "/", "spec..x", "spec[x"} {
		if _, err := drift.ParseIgnore([]string{path}); err == nil {
			t.Errorf("the path %q is taken", path)
		}
	}
}

func TestIgnoreLines(t *testing.T) {
	got := drift.IgnoreLines("# set by the autoscaler\nspec.replicas\n\n  /metadata/labels/team  \n")
	if diff := cmp.Diff([]string{"spec.replicas", "/metadata/labels/team"}, got); diff != "" {
		t.Error(diff)
	}
}
