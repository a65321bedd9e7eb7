package lint_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/controller/util"
	"sigs.k8s.io/kubefed/pkg/controller/util/planner"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation/lint"
)

func has(findings []lint.Finding, codes ...string) bool {
	return slices.ContainsFunc(findings, func(f lint.Finding) bool { return slices.Contains(codes, f.Code) })
}

// TestOverridesAsKubeFed holds the rules for overrides against KubeFed's own code, over all cases of this package:
// what it refuses to read, and what it can't apply to the object that it creates.
func TestOverridesAsKubeFed(t *testing.T) {
	compared := 0
	for _, c := range cases {
		documents, _ := lint.Parse("a.yaml", []byte(c.text))
		for _, d := range documents {
			findings := lint.Check([]lint.Document{d}, lint.Known{})
			_, overridden, _ := unstructured.NestedSlice(d.Object.Object, "spec", "overrides")
			if !overridden || has(findings, "FED004", "FED005", "FED006", "FED204", "FED210") {
				continue // the API server, or this package, does not let KubeFed come so far
			}
			compared++
			overrides, err := util.GetOverrides(d.Object)
			if got := has(findings, "FED201", "FED202", "FED203"); got != (err != nil) {
				t.Errorf("%s: refused %t, and KubeFed says %v", c.name, got, err)
			}
			if err != nil {
				continue
			}
			if got, failed := has(findings, "FED205", "FED206", "FED209", "FED216"), applied(t, d.Object, overrides); got != (failed != nil) {
				t.Errorf("%s: can't be applied %t, and KubeFed says %v", c.name, got, failed)
			}
		}
	}
	if compared < 25 {
		t.Errorf("only %d objects were compared", compared)
	}
}

// applied is the first error of applying the overrides of any cluster. A crash is one.
func applied(t *testing.T, fed *unstructured.Unstructured, overrides util.OverridesMap) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it crashes: %v", r)
		}
	}()
	kind, err := federation.TypeOfObject(fed, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, patch := range overrides {
		base, err := federation.Base(kind, fed)
		if err != nil {
			t.Fatal(err)
		}
		if err := util.ApplyJSONPatch(base, patch); err != nil {
			return err
		}
	}
	return nil
}

// TestTotalAsPlanner holds the rules for totals against the planner, over preferences of all sorts.
func TestTotalAsPlanner(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	short, starved := 0, 0
	for range 5000 {
		p := randomPreference(random)
		text, err := yaml.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		plan, total := planned(t, p)
		findings := check(string(text), members)
		if has(findings, "FED504") {
			continue // the maximum wins; that is all there is to say
		}
		if got := has(findings, "FED505", "FED507"); got != (total < int64(p.Spec.TotalReplicas)) {
			t.Fatalf("not all placed: %t, and the planner places %v\n%s", got, plan, text)
		}
		if got := has(findings, "FED508"); got != isStarved(p, plan) {
			t.Fatalf("less than a minimum: %t, and the planner places %v\n%s", got, plan, text)
		} else if got {
			starved++
		}
		if total < int64(p.Spec.TotalReplicas) {
			short++
		}
	}
	if short < 100 || starved < 100 {
		t.Errorf("only %d plans fell short and %d had a cluster below its minimum", short, starved)
	}
}

// isStarved tells whether any member gets less than its minimum.
func isStarved(p *v1alpha1.ReplicaSchedulingPreference, plan map[string]int64) bool {
	for name, got := range plan {
		preference, named := p.Spec.Clusters[name]
		if !named {
			preference = p.Spec.Clusters["*"]
		}
		if got < preference.MinReplicas {
			return true
		}
	}
	return false
}

// planned is what the planner gives each member, and the sum.
func planned(t *testing.T, p *v1alpha1.ReplicaSchedulingPreference) (map[string]int64, int64) {
	t.Helper()
	var names []string
	for _, c := range members.Clusters {
		names = append(names, c.Name)
	}
	plan, _, err := planner.NewPlanner(p).Plan(names, nil, nil, "shop/web")
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, n := range plan {
		total += n
	}
	return plan, total
}

func randomPreference(random *rand.Rand) *v1alpha1.ReplicaSchedulingPreference {
	p := &v1alpha1.ReplicaSchedulingPreference{}
	p.APIVersion, p.Kind, p.Name, p.Namespace = "scheduling.kubefed.io/v1alpha1", "ReplicaSchedulingPreference", "web", "shop"
	p.Spec.TargetKind, p.Spec.TotalReplicas = "FederatedDeployment", random.Int32N(20)
	p.Spec.Clusters = map[string]v1alpha1.ClusterPreferences{}
	for _, name := range strings.Fields("c1 c2 worker stranger *") {
		if random.IntN(2) == 0 {
			continue
		}
		preference := v1alpha1.ClusterPreferences{Weight: random.Int64N(3), MinReplicas: random.Int64N(5)}
		if random.IntN(2) == 0 {
			most := random.Int64N(8)
			preference.MaxReplicas = &most
		}
		p.Spec.Clusters[name] = preference
	}
	if len(p.Spec.Clusters) == 0 {
		p.Spec.Clusters["*"] = v1alpha1.ClusterPreferences{Weight: 1}
	}
	return p
}
