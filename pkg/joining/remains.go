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
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

var (
	namespaces          = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	serviceAccounts     = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	clusterRoles        = rbac("clusterroles")
	clusterRoleBindings = rbac("clusterrolebindings")
	roles               = rbac("roles")
	roleBindings        = rbac("rolebindings")
)

func rbac(resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: resource}
}

// place is a kind of object that a join makes in a member.
type place struct {
	resource   schema.GroupVersionResource
	namespaced bool
	// names are those that kubefedctl gives for an account (join.go and util.go in kubefed).
	names func(account, namespace string) []string
}

// places are in the order of removal: rights go first, so that from then on the controllers write nothing.
var places = []place{
	{clusterRoleBindings, false, bothRoles},
	{roleBindings, true, oneRole},
	{clusterRoles, false, bothRoles},
	{roles, true, oneRole},
	{secrets, true, itself},
	{serviceAccounts, true, itself},
}

func bothRoles(account, namespace string) []string {
	return []string{roleName(account), healthRoleName(account, namespace)}
}
func oneRole(account, _ string) []string { return []string{roleName(account)} }
func itself(account, _ string) []string  { return []string{account} }

// traces says whose objects are looked for.
type traces struct {
	cluster, account   string // account is "" when it is not known
	namespace, hostUID string
	host               string // HostName, for objects without the host's UID
}

// find finds in a member what a join made there, in the order of removal: what has the marks of ours, and what
// kubefedctl made for the account.
func (t traces) find(ctx context.Context, client dynamic.Interface) ([]*unstructured.Unstructured, error) {
	lists := make([][]*unstructured.Unstructured, len(places))
	var all errgroup.Group
	for i, p := range places {
		all.Go(func() (err error) {
			lists[i], err = t.findIn(ctx, client, p)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(lists...), nil
}

func (t traces) findIn(ctx context.Context, client dynamic.Interface, p place) ([]*unstructured.Unstructured, error) {
	var from dynamic.ResourceInterface = client.Resource(p.resource)
	if p.namespaced {
		from = client.Resource(p.resource).Namespace(t.namespace)
	}
	found, err := marked(ctx, from, t.cluster)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", p.resource.Resource, err)
	}
	found = slices.DeleteFunc(found, func(u *unstructured.Unstructured) bool { return !t.ours(u) })
	if t.account == "" {
		return found, nil
	}
	for _, name := range p.names(t.account, t.namespace) {
		u, err := from.Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return nil, fmt.Errorf("reading %s %s: %w", p.resource.Resource, name, member.Plain(err))
		case u.GetLabels()[ManagedByLabel] != ManagedBy: // else it is in the list, or another host's
			found = append(found, u)
		}
	}
	return found, nil
}

// marked lists what has the marks of the join of a cluster, sorted by name.
func marked(ctx context.Context, from dynamic.ResourceInterface, cluster string) ([]*unstructured.Unstructured, error) {
	selector := ManagedByLabel + "=" + ManagedBy + "," + ClusterLabel + "=" + cluster
	list, err := from.List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, member.Plain(err)
	}
	var found []*unstructured.Unstructured
	for i := range list.Items {
		found = append(found, &list.Items[i])
	}
	slices.SortFunc(found, func(a, b *unstructured.Unstructured) int { return strings.Compare(a.GetName(), b.GetName()) })
	return found, nil
}

// ours tells whether this host's join made an object that has the marks of one. A Secret that a host holds lies
// in the same namespace as those that a member issues, when the host is its own member.
func (t traces) ours(u *unstructured.Unstructured) bool {
	if u.GetKind() == "Secret" && !issued(u) {
		return false
	}
	if uid := u.GetAnnotations()[HostUIDAnnotation]; uid != "" {
		return uid == t.hostUID
	}
	return u.GetAnnotations()[HostAnnotation] == t.host
}

// issued tells a Secret that a member fills with a token from one that a host holds.
func issued(secret *unstructured.Unstructured) bool {
	kind, _, _ := unstructured.NestedString(secret.Object, "type")
	return kind == "kubernetes.io/service-account-token"
}
