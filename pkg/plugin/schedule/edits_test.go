package schedule

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/yaml"
)

// given makes edits for which these flags were typed.
func given(e edits, flags ...string) *edits {
	e.given = func(flag string) bool { return slices.Contains(flags, flag) }
	return &e
}

func TestApply(t *testing.T) {
	const before = `{targetKind: FederatedDeployment, totalReplicas: 5, rebalance: true, clusters: {a: {weight: 1, maxReplicas: 3}, b: {weight: 2}}}`
	for name, test := range map[string]struct {
		edits *edits
		want  string
	}{
		"nothing": {given(edits{}), before},
		"a total": {given(edits{Total: 9}, "total"),
			`{targetKind: FederatedDeployment, totalReplicas: 9, rebalance: true, clusters: {a: {weight: 1, maxReplicas: 3}, b: {weight: 2}}}`},
		"what was not named stays": {given(edits{Weight: []string{"a=4", "*=1"}, Min: []string{"b=2"}, Max: []string{"b=0"}}, "weight", "min", "max"),
			`{targetKind: FederatedDeployment, totalReplicas: 5, rebalance: true, clusters: {"*": {weight: 1}, a: {weight: 4, maxReplicas: 3}, b: {weight: 2, minReplicas: 2, maxReplicas: 0}}}`},
		"switches": {given(edits{Select: true}, "rebalance", "respect-selector"),
			`{targetKind: FederatedDeployment, totalReplicas: 5, intersectWithClusterSelector: true, clusters: {a: {weight: 1, maxReplicas: 3}, b: {weight: 2}}}`},
		"a name less, by its context": {given(edits{Unset: []string{"kind-a"}}, "unset"),
			`{targetKind: FederatedDeployment, totalReplicas: 5, rebalance: true, clusters: {b: {weight: 2}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if err := test.edits.parse(); err != nil {
				t.Fatal(err)
			}
			got, want := spec(t, before), spec(t, test.want)
			test.edits.apply(&got, func(name string) string { return strings.TrimPrefix(name, "kind-") })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func spec(t *testing.T, text string) (s v1alpha1.ReplicaSchedulingPreferenceSpec) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseRefuses(t *testing.T) {
	for name, e := range map[string]*edits{
		"no number":         given(edits{Weight: []string{"a"}}, "weight"),
		"no cluster":        given(edits{Min: []string{"=1"}}, "min"),
		"a fraction":        given(edits{Max: []string{"a=1.5"}}, "max"),
		"less than nothing": given(edits{Weight: []string{"a=-1"}}, "weight"),
		"a negative total":  given(edits{Total: -1}, "total"),
		"twice":             given(edits{Weight: []string{"a=1", "a=2"}}, "weight"),
	} {
		if err := e.parse(); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

func TestIsEmpty(t *testing.T) {
	if e := given(edits{}, "preview", "output"); !e.isEmpty() {
		t.Error("flags that change nothing are taken for a change")
	}
	if e := given(edits{}, "rebalance"); e.isEmpty() {
		t.Error("--rebalance is no change")
	}
}
