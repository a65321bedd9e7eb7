package joining

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// everything is what the controllers may do with resources.
var everything = rbacv1.PolicyRule{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}

// roles are the rights of the controllers in the member, with their bindings, named as kubefedctl names them.
func (r Request) roles() []runtime.Object {
	if !r.Namespaced {
		health := rbacv1.PolicyRule{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}}
		return r.clusterRole(roleName(r.account()), everything, health)
	}
	// The controllers ask /healthz of every member. kubefedctl grants the verb "Get" for that, which matches
	// nothing: rights are told apart by case (join.go in kubefed).
	health := rbacv1.PolicyRule{Verbs: []string{"get"}, NonResourceURLs: []string{"/healthz"}}
	nodes := rbacv1.PolicyRule{Verbs: []string{"list"}, APIGroups: []string{""}, Resources: []string{"nodes"}}
	return append(r.role(roleName(r.account()), everything), r.clusterRole(healthRoleName(r.account(), r.Namespace), health, nodes)...)
}

func roleName(account string) string { return "kubefed-controller-manager:" + account }

func healthRoleName(account, namespace string) string {
	return "kubefed-controller-manager:" + namespace + ":healthcheck-" + account
}

func (r Request) clusterRole(name string, rules ...rbacv1.PolicyRule) []runtime.Object {
	const api = "rbac.authorization.k8s.io/v1"
	return []runtime.Object{
		&rbacv1.ClusterRole{TypeMeta: kind(api, "ClusterRole"), ObjectMeta: r.meta(name, ""), Rules: rules},
		&rbacv1.ClusterRoleBinding{
			TypeMeta: kind(api, "ClusterRoleBinding"), ObjectMeta: r.meta(name, ""), Subjects: r.subjects(),
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
		},
	}
}

func (r Request) role(name string, rules ...rbacv1.PolicyRule) []runtime.Object {
	const api = "rbac.authorization.k8s.io/v1"
	return []runtime.Object{
		&rbacv1.Role{TypeMeta: kind(api, "Role"), ObjectMeta: r.meta(name, r.Namespace), Rules: rules},
		&rbacv1.RoleBinding{
			TypeMeta: kind(api, "RoleBinding"), ObjectMeta: r.meta(name, r.Namespace), Subjects: r.subjects(),
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		},
	}
}

func (r Request) subjects() []rbacv1.Subject {
	return []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: r.account(), Namespace: r.Namespace}}
}
