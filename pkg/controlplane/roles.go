package controlplane

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

const rbacVersion = "rbac.authorization.k8s.io/v1"

// The verbs that the chart's roles have.
var (
	all    = []string{"*"}
	read   = []string{"get", "watch", "list"}
	change = []string{"get", "watch", "list", "update", "patch"}
	create = []string{"get", "watch", "list", "create", "update", "patch"}
	remove = []string{"get", "watch", "list", "create", "update", "patch", "delete"}
)

// The API groups of KubeFed.
const (
	coreGroup       = "core.kubefed.io"
	typesGroup      = "types.kubefed.io"
	schedulingGroup = "scheduling.kubefed.io"
	dnsGroup        = "multiclusterdns.kubefed.io"
)

// groups are all of them.
var groups = []string{schedulingGroup, dnsGroup, coreGroup, typesGroup}

// rights are the service accounts, and what they and the users of federated objects may do.
func (r Request) rights() []runtime.Object {
	objects := []runtime.Object{r.account(controller), r.account(webhookName)}
	if r.Namespaced() {
		objects = append(objects, r.role("kubefed-role", r.controllerRules()...), r.binding("kubefed-rolebinding", "kubefed-role", controller))
	} else {
		objects = append(objects, r.usersRoles()...)
		objects = append(objects, clusterRole("kubefed-role", kubefedRole, r.controllerRules()...),
			r.clusterBinding("kubefed-rolebinding", "kubefed-role", r.subject(controller)))
	}
	return append(append(objects, r.configRights()...), r.webhookRights()...)
}

// usersRoles widen Kubernetes' own roles for users to what is federated.
func (r Request) usersRoles() []runtime.Object {
	var objects []runtime.Object
	for _, role := range []struct {
		name  string
		verbs []string
	}{{"admin", all}, {"edit", remove}, {"view", read}} {
		labels := map[string]string{"api": "kubefed", "rbac.authorization.k8s.io/aggregate-to-" + role.name: "true"}
		var rules []rbacv1.PolicyRule
		for _, group := range groups {
			rules = append(rules, rule(group, all, role.verbs))
		}
		objects = append(objects, clusterRole("kubefed-"+role.name, labels, rules...))
	}
	return objects
}

// controllerRules are what the controllers do in the host.
func (r Request) controllerRules() []rbacv1.PolicyRule {
	rules := []rbacv1.PolicyRule{
		rule(schedulingGroup, all, change), rule(dnsGroup, all, remove), rule(coreGroup, all, create), rule(typesGroup, all, change),
	}
	if r.Namespaced() {
		rules[1].Verbs, rules[2].Verbs = create, remove
	} else {
		rules = append(rules, rule("", []string{"namespaces"}, read))
	}
	return append(rules, rule("", []string{"events"}, []string{"get", "create", "update", "patch"}))
}

// configRights are those in KubeFed's own namespace: the lock of the leader, and the members' tokens.
func (r Request) configRights() []runtime.Object {
	return []runtime.Object{
		r.role("kubefed-config-role",
			rule("", []string{"configmaps"}, []string{"get", "create", "update", "patch"}), rule("", []string{"secrets"}, []string{"get"})),
		r.binding("kubefed-config-rolebinding", "kubefed-config-role", controller),
	}
}

// webhookRights are those of the webhook, and of the API server, which calls it without a name.
func (r Request) webhookRights() []runtime.Object {
	requester := r.unique("system:kubefed", "admission-requester")
	authentication := r.binding(r.unique(webhookName, "apiextension-viewer"), "extension-apiserver-authentication-reader", webhookName)
	authentication.Namespace = metav1.NamespaceSystem
	return []runtime.Object{
		r.role("kubefed-admission-webhook-role", rule(coreGroup, []string{"federatedtypeconfigs", "kubefedclusters", "kubefedconfigs"}, read)),
		r.binding("kubefed-admission-webhook-rolebinding", "kubefed-admission-webhook-role", webhookName),
		authentication,
		clusterRole(requester, nil,
			rule("validation."+coreGroup, []string{"federatedtypeconfigs", "kubefedclusters", "kubefedconfigs"}, []string{"create"}),
			rule("mutation."+coreGroup, []string{"kubefedconfigs"}, []string{"create"})),
		r.clusterBinding(r.unique(webhookName, "auth-delegator"), "system:auth-delegator", r.subject(webhookName)),
		r.clusterBinding(r.unique(webhookName, "anonymous-auth"), requester,
			rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "system:anonymous"}),
	}
}

// kubefedRole are the labels of the roles that KubeFed's programs have.
var kubefedRole = map[string]string{"api": "kubefed", "kubebuilder.k8s.io": "1.0.0"}

func rule(group string, resources, verbs []string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: verbs}
}

func (r Request) account(name string) *corev1.ServiceAccount {
	return &corev1.ServiceAccount{TypeMeta: kind("v1", "ServiceAccount"), ObjectMeta: r.meta(name)}
}

func clusterRole(name string, labels map[string]string, rules ...rbacv1.PolicyRule) *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{TypeMeta: kind(rbacVersion, "ClusterRole"), ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Rules: rules}
}

func (r Request) role(name string, rules ...rbacv1.PolicyRule) *rbacv1.Role {
	meta := r.meta(name)
	meta.Labels = kubefedRole
	return &rbacv1.Role{TypeMeta: kind(rbacVersion, "Role"), ObjectMeta: meta, Rules: rules}
}

func (r Request) binding(name, role, account string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		TypeMeta: kind(rbacVersion, "RoleBinding"), ObjectMeta: r.meta(name), Subjects: []rbacv1.Subject{r.subject(account)},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role},
	}
}

func (r Request) clusterBinding(name, role string, subject rbacv1.Subject) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		TypeMeta: kind(rbacVersion, "ClusterRoleBinding"), ObjectMeta: metav1.ObjectMeta{Name: name}, Subjects: []rbacv1.Subject{subject},
		RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	}
}

func (r Request) subject(account string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Name: account, Namespace: r.Namespace}
}

// meta is the metadata of an object in KubeFed's namespace.
func (r Request) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: r.Namespace}
}

func kind(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}
