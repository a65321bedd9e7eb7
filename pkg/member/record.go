package member

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// at is where an object lies; the namespace is empty for what has none.
type at struct{ namespace, name string }

// record is what the host cluster knows beside the federated objects themselves: placements of namespaces, its own
// namespaces, and the versions that KubeFed propagated.
type record struct {
	host    *Host
	fetches []func(context.Context) error

	mutex                                           sync.Mutex
	federatedNamespaces, hostNamespaces, propagated map[at]*unstructured.Unstructured
}

var (
	hostNamespaceAPI     = federation.API{Version: "v1", Kind: "Namespace", Plural: "namespaces"}
	propagatedAPI        = federation.API{Group: "core.kubefed.io", Version: "v1alpha1", Kind: "PropagatedVersion", Plural: "propagatedversions", Namespaced: true}
	clusterPropagatedAPI = federation.API{Group: "core.kubefed.io", Version: "v1alpha1", Kind: "ClusterPropagatedVersion", Plural: "clusterpropagatedversions"}
)

// fewNames is up to how many objects are looked up one by one, and not all listed.
const fewNames = 4

// record plans what has to be read for the queries.
func (h *Host) record(queries []Query, namespace string) *record {
	r := &record{
		host: h, federatedNamespaces: map[at]*unstructured.Unstructured{}, hostNamespaces: map[at]*unstructured.Unstructured{},
		propagated: map[at]*unstructured.Unstructured{},
	}
	names, all := 0, false
	for _, q := range queries {
		names, all = names+len(q.Names), all || len(q.Names) == 0
	}
	if all || names > fewNames {
		r.planLists(queries, namespace)
	} else {
		r.planGets(queries, namespace)
	}
	return r
}

// planGets asks for what belongs to each of a few objects.
func (r *record) planGets(queries []Query, namespace string) {
	limited := false
	for _, q := range queries {
		limited = limited || q.Type.Target.Namespaced
		for _, name := range q.Names {
			in := namespace
			if q.Type.IsNamespace() {
				in = name
				r.keep(r.hostNamespaces, hostNamespaceAPI, at{"", name})
			}
			r.keep(r.propagated, propagatedOf(q.Type), recordOf(q.Type, in, name))
		}
	}
	if limited {
		r.keep(r.federatedNamespaces, namespaceAPI, at{namespace, namespace})
	}
}

// planLists asks for all there is in the namespace. A FederatedNamespace that is asked for by name lies in another.
func (r *record) planLists(queries []Query, namespace string) {
	limited, beside, clusterWide, namespaces := false, false, false, false
	for _, q := range queries {
		limited = limited || q.Type.Target.Namespaced
		namespaces = namespaces || q.Type.IsNamespace()
		beside, clusterWide = beside || q.Type.Federated.Namespaced, clusterWide || !q.Type.Federated.Namespaced
		if q.Type.IsNamespace() && len(q.Names) > 0 {
			namespace = ""
		}
	}
	if limited {
		r.keepAll(r.federatedNamespaces, namespaceAPI, namespace)
	}
	if namespaces && namespace != "" {
		r.keep(r.hostNamespaces, hostNamespaceAPI, at{"", namespace})
	} else if namespaces {
		r.keepAll(r.hostNamespaces, hostNamespaceAPI, "")
	}
	if beside {
		r.keepAll(r.propagated, propagatedAPI, namespace)
	}
	if clusterWide {
		r.keepAll(r.propagated, clusterPropagatedAPI, "")
	}
}

// propagatedOf is the kind of the record of an object: KubeFed keeps it beside the object, or for the whole cluster
// when the federated object has no namespace (sync/version/manager.go in kubefed). A namespace's record lies in that
// namespace, since FederatedNamespace is a namespaced kind.
func propagatedOf(t federation.Type) federation.API {
	if t.Federated.Namespaced {
		return propagatedAPI
	}
	return clusterPropagatedAPI
}

func recordOf(t federation.Type, namespace, name string) at {
	if !t.Federated.Namespaced {
		namespace = ""
	}
	return at{namespace, federation.PropagatedVersionName(t.Target.Kind, name)}
}

// keep plans one GET, keepAll one LIST.
func (r *record) keep(into map[at]*unstructured.Unstructured, api federation.API, where at) {
	r.fetches = append(r.fetches, func(ctx context.Context) error {
		found, err := get(ctx, r.host.in(api, where.namespace), where.name)
		if err != nil {
			return fmt.Errorf("%s: reading %s %s: %w", r.host.Context, api.Kind, where.name, Plain(err))
		}
		r.mutex.Lock()
		defer r.mutex.Unlock()
		into[where] = found
		return nil
	})
}

func (r *record) keepAll(into map[at]*unstructured.Unstructured, api federation.API, namespace string) {
	r.fetches = append(r.fetches, func(ctx context.Context) error {
		all, err := r.host.List(ctx, api, namespace)
		r.mutex.Lock()
		defer r.mutex.Unlock()
		for _, one := range all {
			into[at{one.GetNamespace(), one.GetName()}] = one
		}
		return err
	})
}

// fetch carries out what was planned, all at the same time.
func (r *record) fetch(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, fetch := range r.fetches {
		group.Go(func() error { return fetch(ctx) })
	}
	return group.Wait()
}

// describe puts a federated object together with what is known of it.
func (r *record) describe(t federation.Type, object *unstructured.Unstructured, members []Member) Federated {
	namespace, name := object.GetNamespace(), object.GetName()
	f := Federated{Type: t, Object: object, HostNamespace: r.hostNamespaces[at{"", name}]}
	if !t.IsNamespace() {
		f.HostNamespace = nil
	}
	f.renderer = sync.OnceValue(func() *federation.Renderer { return federation.NewRenderer(t, object) })
	f.Placement, f.Unplaceable = federation.Place(t, object, r.federatedNamespaces[at{namespace, namespace}], Clusters(members), r.host.IsNamespaced())
	recorded, err := federation.Recorded(object, r.propagated[recordOf(t, namespace, name)])
	if err == nil {
		f.Recorded = recorded
	} // what keeps it from being read keeps KubeFed from rendering the object, and is said there
	return f
}
