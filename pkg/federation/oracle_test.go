package federation_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/client/generic"
	"sigs.k8s.io/kubefed/pkg/controller/sync"
	"sigs.k8s.io/kubefed/pkg/controller/util"
)

// oracle is KubeFed's own reading of federated objects: its accessor, fed by
// an API server that serves what the test puts there.
type oracle struct {
	accessor sync.FederatedResourceAccessor
}

// stored is what the host cluster of an oracle holds.
type stored struct {
	federated, fedNamespaces, namespaces []*unstructured.Unstructured
	versions                             []v1alpha1.PropagatedVersion
}

func newOracle(t testing.TB, cfg *v1beta1.FederatedTypeConfig, in stored, limited bool) *oracle {
	t.Helper()
	lists := map[string][]*unstructured.Unstructured{
		"/apis/types.kubefed.io/v1beta1/federatednamespaces":                  in.fedNamespaces,
		"/apis/types.kubefed.io/v1beta1/" + cfg.Spec.FederatedType.PluralName: in.federated,
		"/api/v1/namespaces": in.namespaces,
		"/apis/types.kubefed.io/v1beta1/namespaces/one/federatednamespaces":                  in.fedNamespaces,
		"/apis/types.kubefed.io/v1beta1/namespaces/one/" + cfg.Spec.FederatedType.PluralName: in.federated,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serveList(w, r, lists)
	}))
	config := &util.ControllerConfig{KubeConfig: &rest.Config{Host: server.URL}}
	config.KubeFedNamespace = "kube-federation-system"
	config.TargetNamespace = metav1.NamespaceAll
	if limited {
		config.KubeFedNamespace, config.TargetNamespace = "one", "one"
	}
	nsResource := namespaceConfig.GetFederatedType()
	accessor, err := sync.NewFederatedResourceAccessor(config, cfg, &nsResource,
		versionClient{items: in.versions}, func(client.Object) {}, &record.FakeRecorder{})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	accessor.Run(stop)
	t.Cleanup(func() { close(stop); server.CloseClientConnections(); server.Close() })
	if !cache.WaitForCacheSync(t.Context().Done(), accessor.HasSynced) {
		t.Fatal("the accessor did not sync")
	}
	return &oracle{accessor}
}

// serveList answers a LIST, refuses the streaming kind of list, and keeps a
// WATCH open without events.
func serveList(w http.ResponseWriter, r *http.Request, lists map[string][]*unstructured.Unstructured) {
	w.Header().Set("Content-Type", "application/json")
	items, ok := lists[r.URL.Path]
	switch {
	case !ok:
		http.NotFound(w, r)
	case r.URL.Query().Get("sendInitialEvents") == "true":
		w.WriteHeader(http.StatusUnprocessableEntity)
		_ = json.NewEncoder(w).Encode(metav1.Status{
			TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
			Status:   metav1.StatusFailure, Reason: metav1.StatusReasonInvalid, Code: http.StatusUnprocessableEntity,
		})
	case r.URL.Query().Get("watch") != "":
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	default:
		list := &unstructured.UnstructuredList{Object: map[string]any{
			"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": "1"},
		}}
		for _, item := range items {
			list.Items = append(list.Items, *item)
		}
		raw, _ := runtime.Encode(unstructured.UnstructuredJSONScheme, list)
		_, _ = w.Write(raw)
	}
}

// versionClient lists PropagatedVersions and does nothing else.
type versionClient struct {
	generic.Client
	items []v1alpha1.PropagatedVersion
}

func (c versionClient) List(_ context.Context, into client.ObjectList, _ string, _ ...client.ListOption) error {
	if list, ok := into.(*v1alpha1.PropagatedVersionList); ok {
		list.Items = c.items
	}
	return nil
}

// resource is KubeFed's view of one federated object.
func (o *oracle) resource(t testing.TB, fed *unstructured.Unstructured) sync.FederatedResource {
	t.Helper()
	name := util.QualifiedName{Namespace: fed.GetNamespace(), Name: fed.GetName()}
	r, _, err := o.accessor.FederatedResource(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
