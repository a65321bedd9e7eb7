package federation

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// replicasPath is the one path that the scheduler overrides.
const replicasPath = "/spec/replicas"

// Reschedule is the federated workload as KubeFed writes it for a schedule, or
// fed itself where it writes nothing (Reconcile in schedulingtypes/plugin.go):
// placed by name in every cluster of the schedule, those without replicas
// included, with an override of the count for each. Other overrides stay; the
// clusters are sorted, which KubeFed leaves to chance.
func Reschedule(fed *unstructured.Unstructured, s Schedule) (*unstructured.Unstructured, error) {
	if len(s.Replicas) == 0 {
		return fed, nil
	}
	out := fed.DeepCopy()
	moved, err := placeByName(out, s.Clusters())
	if err != nil {
		return nil, err
	}
	counted, err := overrideReplicas(out, s.Replicas)
	if err != nil {
		return nil, err
	}
	if !moved && !counted {
		return fed, nil
	}
	return out, nil
}

// placeByName writes the names into the placement unless they are there, in whatever
// order. A selector beside them stays, and counts for nothing.
func placeByName(fed *unstructured.Unstructured, clusters []string) (changed bool, err error) {
	fields, err := decodePlacement(fed)
	if err != nil {
		return false, err
	}
	there := fields.names()
	slices.Sort(there)
	if slices.Equal(there, clusters) {
		return false, nil
	}
	refs := []any{}
	for _, name := range clusters {
		refs = append(refs, map[string]any{"name": name})
	}
	if err := unstructured.SetNestedSlice(fed.Object, refs, "spec", "placement", "clusters"); err != nil {
		return false, fmt.Errorf("writing spec.placement.clusters of %s: %w", describe(fed), err)
	}
	return true, nil
}

func overrideReplicas(fed *unstructured.Unstructured, replicas map[string]int64) (changed bool, err error) {
	all, err := Overrides(fed)
	if err != nil || sameReplicas(all, replicas) {
		return false, err
	}
	for cluster := range all {
		if _, ok := replicas[cluster]; !ok {
			all[cluster] = withoutReplicas(all[cluster])
		}
	}
	for cluster, n := range replicas {
		all[cluster] = withReplicas(all[cluster], n)
	}
	return true, writeOverrides(fed, all)
}

// sameReplicas tells whether the overrides have the counts already, and no
// others. A fraction is cut off before it is compared, as KubeFed does.
func sameReplicas(all map[string][]Override, replicas map[string]int64) bool {
	found := 0
	for cluster, steps := range all {
		for _, o := range steps {
			if o.Path != replicasPath {
				continue
			}
			value, isNumber := o.Value.(float64)
			want, isPlaced := replicas[cluster]
			if !isNumber || !isPlaced || int64(value) != want {
				return false
			}
			found++
		}
	}
	return found == len(replicas)
}

// withoutReplicas leaves an empty list where nothing else was overridden.
func withoutReplicas(steps []Override) []Override {
	return slices.DeleteFunc(steps, func(o Override) bool { return o.Path == replicasPath })
}

// withReplicas keeps the place of an override that is there, and its op.
func withReplicas(steps []Override, n int64) []Override {
	i := slices.IndexFunc(steps, func(o Override) bool { return o.Path == replicasPath })
	if i < 0 {
		return append(steps, Override{Path: replicasPath, Value: n})
	}
	steps[i].Value = n
	return steps
}

// writeOverrides writes all entries, those without steps too: a nil list as a
// null, which an API server then refuses.
func writeOverrides(fed *unstructured.Unstructured, all map[string][]Override) error {
	items := []any{}
	for _, cluster := range sortedKeys(all) {
		entry := map[string]any{"clusterName": cluster, "clusterOverrides": nil}
		if all[cluster] != nil {
			steps, err := plainSteps(all[cluster])
			if err != nil {
				return fmt.Errorf("overrides for cluster %q: %w", cluster, err)
			}
			entry["clusterOverrides"] = steps
		}
		items = append(items, entry)
	}
	if err := unstructured.SetNestedSlice(fed.Object, items, "spec", "overrides"); err != nil {
		return fmt.Errorf("writing spec.overrides of %s: %w", describe(fed), err)
	}
	return nil
}
