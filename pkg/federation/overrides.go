package federation

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Override is one step of the JSON patch that makes a member's object differ
// from the template. A null Value is the same as none, as in KubeFed, which
// drops it on the way: the patch then writes null.
type Override struct {
	// Op is "add", "remove" or "replace"; empty stands for "replace".
	Op    string `json:"op,omitempty"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// overrideItem is one entry of spec.overrides. Its JSON is hashed, so the
// tags are KubeFed's (controller/util/overrides.go).
type overrideItem struct {
	ClusterName      string     `json:"clusterName"`
	ClusterOverrides []Override `json:"clusterOverrides,omitempty"`
}

// Overrides reads and checks spec.overrides as controller/util/overrides.go
// does. An error anywhere fails the object in every member, also in those
// that no override names.
func Overrides(fed *unstructured.Unstructured) (map[string][]Override, error) {
	spec, err := readOverrides(fed)
	if err != nil {
		return nil, err
	}
	out := map[string][]Override{}
	if spec == nil {
		return out, nil
	}
	for _, item := range spec.Overrides {
		if _, ok := out[item.ClusterName]; ok {
			return nil, fmt.Errorf("cluster %q appears more than once in spec.overrides of %s", item.ClusterName, describe(fed))
		}
		if err := checkPaths(item); err != nil {
			return nil, fmt.Errorf("spec.overrides of %s: %w", describe(fed), err)
		}
		out[item.ClusterName] = item.ClusterOverrides
	}
	return out, nil
}

type overrideSpec struct {
	Overrides []overrideItem `json:"overrides"`
}

// readOverrides gives nil for an object without a spec.
func readOverrides(fed *unstructured.Unstructured) (*overrideSpec, error) {
	var in struct {
		Spec *overrideSpec `json:"spec"`
	}
	if err := decode(fed, &in); err != nil {
		return nil, fmt.Errorf("reading spec.overrides of %s: %w", describe(fed), err)
	}
	return in.Spec, nil
}

func checkPaths(item overrideItem) error {
	seen := map[string]bool{}
	for i, o := range item.ClusterOverrides {
		if IsForbiddenPath(o.Path) {
			return fmt.Errorf("override %d for cluster %q: KubeFed refuses the path %s", i+1, item.ClusterName, o.Path)
		}
		if seen[o.Path] {
			return fmt.Errorf("path %q appears more than once for cluster %q", o.Path, item.ClusterName)
		}
		seen[o.Path] = true
	}
	return nil
}

// IsForbiddenPath tells whether KubeFed refuses every override of this path:
// what ties the target to its federated object can't differ between members.
// Only these very paths are caught, not their parents.
func IsForbiddenPath(path string) bool {
	switch path {
	case "/metadata/namespace", "/metadata/name", "/metadata/generateName", "/kind":
		return true
	}
	return false
}

// SetOverrides writes spec.overrides, clusters sorted by name and the steps
// of each as they come, and checks the outcome. A cluster without steps gets
// no entry; none at all removes the field.
func SetOverrides(fed *unstructured.Unstructured, overrides map[string][]Override) error {
	var items []any
	for _, cluster := range sortedKeys(overrides) {
		if len(overrides[cluster]) == 0 {
			continue
		}
		steps, err := plainSteps(overrides[cluster])
		if err != nil {
			return fmt.Errorf("overrides for cluster %q: %w", cluster, err)
		}
		items = append(items, map[string]any{"clusterName": cluster, "clusterOverrides": steps})
	}
	if items == nil {
		unstructured.RemoveNestedField(fed.Object, "spec", "overrides")
		return nil
	}
	if err := unstructured.SetNestedSlice(fed.Object, items, "spec", "overrides"); err != nil {
		return fmt.Errorf("writing spec.overrides of %s: %w", describe(fed), err)
	}
	_, err := Overrides(fed)
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
