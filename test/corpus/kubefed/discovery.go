package kubefed

import (
	"encoding/json"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// discovery is what the API servers of a schedule say they serve.
var discovery = map[string]any{
	"/api":  metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}},
	"/apis": metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{group("apps", "v1"), group("core.kubefed.io", "v1beta1"), group("types.kubefed.io", "v1beta1")}},
	"/api/v1": resources("v1",
		metav1.APIResource{Name: "secrets", Kind: "Secret", Namespaced: true}, metav1.APIResource{Name: "pods", Kind: "Pod", Namespaced: true}),
	"/apis/apps/v1":                  resources("apps/v1", metav1.APIResource{Name: "deployments", Kind: "Deployment", Namespaced: true}),
	"/apis/core.kubefed.io/v1beta1":  resources("core.kubefed.io/v1beta1", metav1.APIResource{Name: "kubefedclusters", Kind: "KubeFedCluster", Namespaced: true}),
	"/apis/types.kubefed.io/v1beta1": resources("types.kubefed.io/v1beta1", metav1.APIResource{Name: "federateddeployments", Kind: "FederatedDeployment", Namespaced: true}),
}

func group(name, version string) metav1.APIGroup {
	v := metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + version, Version: version}
	return metav1.APIGroup{Name: name, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v}
}

func resources(groupVersion string, list ...metav1.APIResource) metav1.APIResourceList {
	for i := range list {
		list[i].Verbs = []string{"get", "list", "watch", "update"}
	}
	return metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}, GroupVersion: groupVersion, APIResources: list}
}

func sendJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
