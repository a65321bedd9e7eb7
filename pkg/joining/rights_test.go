package joining

import (
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// TestRights: what the user may not do is found out before anything is written, on both sides, and also for
// objects of a namespace that is not there yet.
func TestRights(t *testing.T) {
	w := newWorld(t)
	bare := w.listing()
	w.allow("jane", rbacv1.PolicyRule{Verbs: []string{"create"}, APIGroups: []string{""}, Resources: []string{"namespaces"}})
	w.allow("joe", rbacv1.PolicyRule{Verbs: []string{"create", "patch", "get"}, APIGroups: []string{"*"}, Resources: []string{"*"}})
	w.allow("joan", everything)
	plan, admin := w.plan(w.scene())
	tests := map[string]struct {
		sides Sides
		want  string // the error begins with this
	}{
		"an administrator":           {admin, ""},
		"a stranger in the member":   {Sides{w.as("nobody", w.member), admin.Host}, "in the member: namespace kube-federation-system: namespaces is forbidden"},
		"one who makes namespaces":   {Sides{w.as("jane", w.member), admin.Host}, "in the member: serviceaccount " + plan.account() + ": serviceaccounts"},
		"one who may write anything": {Sides{w.as("joe", w.member), admin.Host}, "in the member: clusterrole " + roleName(plan.account())}, // and grant no more than he has
		"one who may everything":     {Sides{w.as("joan", w.member), admin.Host}, ""},
		"a stranger in the host":     {Sides{admin.Member, w.as("nobody", w.b.Host())}, "in the host: secret " + plan.hostSecret()},
	}
	for name, test := range tests {
		err := plan.Try(t.Context(), test.sides)
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: got %v\nwant %s", name, err, test.want)
		}
	}
	w.forget("jane", "joe", "joan")
	w.same(bare, "nothing but tries")
}

// as is a client with another user's rights.
func (w *world) as(user string, c *bed.Cluster) dynamic.Interface {
	w.t.Helper()
	config := c.Config()
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// allow gives a user of the member a right.
func (w *world) allow(user string, rule rbacv1.PolicyRule) {
	w.t.Helper()
	meta := metav1.ObjectMeta{Name: "test-" + user}
	role := &rbacv1.ClusterRole{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{rule}}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta, Subjects: []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: meta.Name},
	}
	client := w.member.Client().RbacV1()
	if _, err := client.ClusterRoles().Create(w.t.Context(), role, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := client.ClusterRoleBindings().Create(w.t.Context(), binding, metav1.CreateOptions{}); err != nil {
		w.t.Fatal(err)
	}
}

// forget takes users' rights away again.
func (w *world) forget(users ...string) {
	w.t.Helper()
	client := w.member.Client().RbacV1()
	for _, user := range users {
		if err := client.ClusterRoleBindings().Delete(w.t.Context(), "test-"+user, metav1.DeleteOptions{}); err != nil {
			w.t.Error(err)
		}
		if err := client.ClusterRoles().Delete(w.t.Context(), "test-"+user, metav1.DeleteOptions{}); err != nil {
			w.t.Error(err)
		}
	}
}
