package kubefed

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/client/generic"
	"sigs.k8s.io/kubefed/pkg/controller/sync"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// Accessor is KubeFed's own reading of federated objects, fed by an API server
// that serves what the test puts there.
type Accessor struct {
	accessor sync.FederatedResourceAccessor
	stop     func()
}

// Stored is what the host cluster of an Accessor holds.
type Stored struct {
	Federated, FederatedNamespaces, Namespaces []*unstructured.Unstructured
	Versions                                   []v1alpha1.PropagatedVersion
}

// NewAccessor starts an accessor for one type, and waits until it knows all that
// is stored. It has to be closed.
func NewAccessor(config *v1beta1.FederatedTypeConfig, in Stored) (*Accessor, error) {
	const types = "/apis/types.kubefed.io/v1beta1/"
	federated := config.Spec.FederatedType.PluralName
	lists := map[string][]*unstructured.Unstructured{
		types + "federatednamespaces": in.FederatedNamespaces,
		types + federated:             in.Federated,
		"/api/v1/namespaces":          in.Namespaces,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveList(w, r, lists[r.URL.Path]) }))
	stop := make(chan struct{})
	a := &Accessor{stop: func() { close(stop); server.CloseClientConnections(); server.Close() }}
	controller := &util.ControllerConfig{KubeConfig: &rest.Config{Host: server.URL}}
	controller.KubeFedNamespace, controller.TargetNamespace = corpus.KubeFedNamespace, metav1.NamespaceAll
	namespaceType := corpus.Config("namespaces").GetFederatedType()
	var err error
	a.accessor, err = sync.NewFederatedResourceAccessor(controller, config, &namespaceType,
		versionClient{items: in.Versions}, func(client.Object) {}, &record.FakeRecorder{})
	if err == nil {
		a.accessor.Run(stop)
		err = synced(a.accessor.HasSynced)
	}
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Close stops the accessor and its API server.
func (a *Accessor) Close() { a.stop() }

// Resource is KubeFed's view of one federated object; nil for one that it does
// not look at.
func (a *Accessor) Resource(fed *unstructured.Unstructured) (sync.FederatedResource, error) {
	r, _, err := a.accessor.FederatedResource(util.QualifiedName{Namespace: fed.GetNamespace(), Name: fed.GetName()})
	return r, err
}

// synced waits for KubeFed's caches.
func synced(has ...cache.InformerSynced) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if !cache.WaitForCacheSync(ctx.Done(), has...) {
		return errors.New("KubeFed's caches did not fill within a minute")
	}
	return nil
}

// versionClient lists PropagatedVersions and does nothing else.
type versionClient struct {
	generic.Client
	items []v1alpha1.PropagatedVersion
}

// List serves the one list that an accessor asks for.
func (c versionClient) List(_ context.Context, into client.ObjectList, _ string, _ ...client.ListOption) error {
	switch list := into.(type) {
	case *v1alpha1.PropagatedVersionList:
		list.Items = c.items
	case *v1alpha1.ClusterPropagatedVersionList:
		for _, item := range c.items {
			list.Items = append(list.Items, v1alpha1.ClusterPropagatedVersion{ObjectMeta: item.ObjectMeta, Status: item.Status})
		}
	}
	return nil
}

// trimVersion makes "v1" out of the "/v1" that KubeFed sends for a core type: the
// one difference between it and the model that is meant.
func trimVersion(obj *unstructured.Unstructured) {
	if version := obj.GetAPIVersion(); strings.HasPrefix(version, "/") {
		obj.SetAPIVersion(version[1:])
	}
}
