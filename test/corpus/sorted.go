package corpus

import (
	"sort"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Sorted is a federated object, Tagged, with its clusters in order: KubeFed takes
// them from maps.
func Sorted(fed map[string]any) any {
	sortList(fed, "name", "spec", "placement", "clusters")
	sortList(fed, "clusterName", "spec", "overrides")
	return Tagged(fed)
}

func sortList(fed map[string]any, key string, path ...string) {
	value, _, _ := unstructured.NestedFieldNoCopy(fed, path...)
	list, _ := value.([]any)
	sort.SliceStable(list, func(i, j int) bool { return nameOf(list[i], key) < nameOf(list[j], key) })
}

func nameOf(entry any, key string) string {
	m, _ := entry.(map[string]any)
	name, _ := m[key].(string)
	return name
}
