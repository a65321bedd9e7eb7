package schedule

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
)

// edits are the flags that say what to change in a preference.
type edits struct {
	Total             int32
	Weight, Min, Max  []string
	Rebalance, Select bool
	Unset             []string

	given  func(flag string) bool
	parsed map[string]map[string]int64 // by flag, and then by cluster
}

func (e *edits) addFlags(flags *pflag.FlagSet) {
	flags.Int32Var(&e.Total, "total", 0, "How many replicas there shall be on all members together")
	flags.StringSliceVar(&e.Weight, "weight", nil, "CLUSTER=N,..., how big a cluster's part is; * is every other cluster")
	flags.StringSliceVar(&e.Min, "min", nil, "CLUSTER=N,..., how many a cluster has at least")
	flags.StringSliceVar(&e.Max, "max", nil, "CLUSTER=N,..., how many a cluster has at most")
	flags.BoolVar(&e.Rebalance, "rebalance", false, "Move replicas that run already, to come nearer to the weights")
	flags.BoolVar(&e.Select, "respect-selector", false, "Only use clusters that the selectors of the object and of its namespace select")
	flags.StringSliceVar(&e.Unset, "unset", nil, "Clusters that the preference shall not name any more")
}

// isEmpty tells whether no flag asks for a change.
func (e *edits) isEmpty() bool {
	return !slices.ContainsFunc([]string{"total", "weight", "min", "max", "rebalance", "respect-selector", "unset"}, e.given)
}

func (e *edits) parse() error {
	if e.given("total") && e.Total < 0 {
		return fmt.Errorf("--total %d: it is 0 or more", e.Total)
	}
	e.parsed = map[string]map[string]int64{}
	for flag, texts := range map[string][]string{"weight": e.Weight, "min": e.Min, "max": e.Max} {
		e.parsed[flag] = map[string]int64{}
		for _, text := range texts {
			cluster, number, ok := strings.Cut(text, "=")
			n, err := strconv.ParseInt(number, 10, 64)
			if !ok || cluster == "" || err != nil || n < 0 {
				return fmt.Errorf("--%s %q: want CLUSTER=N with a number that is 0 or more", flag, text)
			}
			if _, twice := e.parsed[flag][cluster]; twice {
				return fmt.Errorf("--%s has %s twice", flag, cluster)
			}
			e.parsed[flag][cluster] = n
		}
	}
	return nil
}

// apply changes a preference. Names are turned into those under which clusters have joined.
func (e *edits) apply(spec *v1alpha1.ReplicaSchedulingPreferenceSpec, joined func(string) string) {
	if e.given("total") {
		spec.TotalReplicas = e.Total
	}
	if e.given("rebalance") {
		spec.Rebalance = e.Rebalance
	}
	if e.given("respect-selector") {
		spec.IntersectWithClusterSelector = e.Select
	}
	if spec.Clusters == nil {
		spec.Clusters = map[string]v1alpha1.ClusterPreferences{}
	}
	for _, name := range e.Unset {
		delete(spec.Clusters, joined(name))
	}
	set := func(flag string, change func(*v1alpha1.ClusterPreferences, int64)) {
		for _, name := range slices.Sorted(maps.Keys(e.parsed[flag])) {
			p := spec.Clusters[joined(name)]
			change(&p, e.parsed[flag][name])
			spec.Clusters[joined(name)] = p
		}
	}
	set("weight", func(p *v1alpha1.ClusterPreferences, n int64) { p.Weight = n })
	set("min", func(p *v1alpha1.ClusterPreferences, n int64) { p.MinReplicas = n })
	set("max", func(p *v1alpha1.ClusterPreferences, n int64) { p.MaxReplicas = &n })
}
