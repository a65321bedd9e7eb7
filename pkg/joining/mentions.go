package joining

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// Mention is an object of the host that names a member, or waits for it to be deleted.
type Mention struct {
	Resource schema.GroupVersionResource
	Object   *unstructured.Unstructured
	// Where are the parts that name it: placement, override, schedule.
	Where []string
	// Stuck says that the object is being deleted, and that KubeFed still has to see to its targets. It waits for
	// every cluster that it is placed on to be ready (sync/controller.go in kubefed).
	Stuck bool
}

var schedules = schema.GroupVersionResource{Group: "scheduling.kubefed.io", Version: "v1alpha1", Resource: "replicaschedulingpreferences"}

// Mentions finds the federated objects and scheduling preferences that name a member, sorted by kind, namespace
// and name. A type that is not served has none.
func (s *Scene) Mentions(ctx context.Context, cluster string) ([]Mention, error) {
	types, err := s.Host.Types(ctx)
	if err != nil {
		return nil, err
	}
	resources := []schema.GroupVersionResource{schedules}
	for _, t := range types {
		resources = append(resources, t.Federated.GVR())
	}
	lists := make([][]Mention, len(resources))
	var all errgroup.Group
	for i, r := range resources {
		all.Go(func() (err error) {
			lists[i], err = s.mentionsIn(ctx, r, cluster)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	mentions := slices.Concat(lists...)
	slices.SortFunc(mentions, func(a, b Mention) int { return strings.Compare(a.key(), b.key()) })
	return mentions, nil
}

func (m Mention) key() string {
	return m.Object.GetKind() + " " + m.Object.GetNamespace() + "/" + m.Object.GetName()
}

// String names the object: federateddeployments.types.kubefed.io shop/web.
func (m Mention) String() string {
	return m.Resource.GroupResource().String() + " " + strings.TrimPrefix(m.Object.GetNamespace()+"/"+m.Object.GetName(), "/")
}

func (s *Scene) mentionsIn(ctx context.Context, r schema.GroupVersionResource, cluster string) ([]Mention, error) {
	namespace := metav1.NamespaceAll
	if s.Host.IsNamespaced() {
		namespace = s.Host.Namespace
	}
	list, err := s.Host.Client.Resource(r).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: listing %s: %w", s.Host.Context, r.GroupResource(), member.Plain(err))
	}
	var mentions []Mention
	for i := range list.Items {
		m := mentionOf(&list.Items[i], cluster)
		m.Resource = r
		if len(m.Where) > 0 || m.Stuck {
			mentions = append(mentions, m)
		}
	}
	return mentions, nil
}

// mentionOf reads where an object names a cluster. What has another form than KubeFed's is no mention.
func mentionOf(object *unstructured.Unstructured, cluster string) Mention {
	m := Mention{Object: object, Stuck: object.GetDeletionTimestamp() != nil && federation.HasSyncFinalizer(object)}
	if listsOne(object, "name", cluster, "spec", "placement", "clusters") {
		m.Where = append(m.Where, "placement")
	}
	if listsOne(object, "clusterName", cluster, "spec", "overrides") {
		m.Where = append(m.Where, "override")
	}
	if _, scheduled, _ := unstructured.NestedMap(object.Object, "spec", "clusters", cluster); scheduled {
		m.Where = append(m.Where, "schedule")
	}
	return m
}

// listsOne tells whether a list of objects has one with the cluster's name under a key.
func listsOne(object *unstructured.Unstructured, key, cluster string, path ...string) bool {
	list, _, _ := unstructured.NestedSlice(object.Object, path...)
	return slices.ContainsFunc(list, func(item any) bool {
		entry, ok := item.(map[string]any)
		return ok && entry[key] == cluster
	})
}
