package enabling

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

const rbacGroup = "rbac.authorization.k8s.io"

var (
	clusterRoleAPI        = federation.API{Group: rbacGroup, Version: "v1", Kind: "ClusterRole", Plural: "clusterroles"}
	clusterRoleBindingAPI = federation.API{Group: rbacGroup, Version: "v1", Kind: "ClusterRoleBinding", Plural: "clusterrolebindings"}
	roleAPI               = federation.API{Group: rbacGroup, Version: "v1", Kind: "Role", Plural: "roles", Namespaced: true}
	roleBindingAPI        = federation.API{Group: rbacGroup, Version: "v1", Kind: "RoleBinding", Plural: "rolebindings", Namespaced: true}
	reviewAPI             = federation.API{Group: "authorization.k8s.io", Version: "v1", Kind: "SubjectAccessReview", Plural: "subjectaccessreviews"}
)

// verbs are those that KubeFed's controllers use on federated objects (charts/.../clusterrole.yaml).
var verbs = []string{"get", "watch", "list", "update", "patch"}

// addRights finds the groups of one's own on which KubeFed's account lacks rights. KubeFed's own group it was
// given rights on when it was installed.
func (p *Plan) addRights(ctx context.Context, grant bool) error {
	account, err := p.scene.account(ctx)
	if err != nil {
		return err
	}
	var seen []string
	for _, t := range p.Types {
		if t.Federated.Group == federation.FederatedGroup || slices.Contains(seen, t.Federated.Group) {
			continue
		}
		lacking, err := p.scene.lackingRights(ctx, account, t.Federated)
		if err != nil {
			p.Warnings = append(p.Warnings, fmt.Sprintf("whether KubeFed may use %s is not known: %v", t.Federated.Group, err))
			continue
		}
		if len(lacking) == 0 {
			continue
		}
		seen = append(seen, t.Federated.Group)
		if err := p.grant(ctx, t.Federated.Group, account, grant); err != nil {
			return err
		}
		if !grant {
			err := fmt.Errorf("KubeFed's account %s may not %s %s", account, strings.Join(lacking, ", "), t.Federated.Resource())
			p.Problems = append(p.Problems, hint.Add(err, "kubectl fed enable %s --federated-group %s --grant%s", t.Name, t.Federated.Group, p.scene.Catalog.in()))
		}
	}
	return nil
}

// account is the name of the controller manager's service account.
func (s *Scene) account(ctx context.Context) (string, error) {
	manager := &unstructured.Unstructured{}
	manager.SetName(managerName)
	manager.SetNamespace(s.Host.Namespace)
	found, err := s.read(ctx, deploymentAPI, manager)
	if err != nil || found == nil {
		return accountName, err
	}
	name, _, _ := unstructured.NestedString(found.Object, "spec", "template", "spec", "serviceAccountName")
	if name == "" {
		return accountName, nil
	}
	return name, nil
}

// lackingRights are the verbs that an account may not use on a federated kind.
func (s *Scene) lackingRights(ctx context.Context, account string, api federation.API) ([]string, error) {
	var lacking []string
	for _, verb := range verbs {
		allowed, err := s.may(ctx, account, verb, api)
		if err != nil {
			return nil, err
		}
		if !allowed {
			lacking = append(lacking, verb)
		}
	}
	return lacking, nil
}

func (s *Scene) may(ctx context.Context, account, verb string, api federation.API) (bool, error) {
	attributes := map[string]any{"group": api.Group, "version": api.Version, "resource": api.Plural, "verb": verb}
	if s.Host.IsNamespaced() {
		attributes["namespace"] = s.Host.Namespace
	}
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": reviewAPI.APIVersion(), "kind": reviewAPI.Kind,
		"spec": map[string]any{
			"user":               "system:serviceaccount:" + s.Host.Namespace + ":" + account,
			"groups":             []any{"system:serviceaccounts", "system:serviceaccounts:" + s.Host.Namespace, "system:authenticated"},
			"resourceAttributes": attributes,
		},
	}}
	answer, err := s.at(reviewAPI, "").Create(ctx, review, metav1.CreateOptions{})
	if apierrors.IsForbidden(err) {
		return false, fmt.Errorf("you may not ask for the rights of others in %s", s.Host.Context)
	}
	if err != nil {
		return false, member.Plain(err)
	}
	allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed")
	return allowed, nil
}

// grant makes the role that KubeFed needs on a group, and its binding.
func (p *Plan) grant(ctx context.Context, group, account string, doIt bool) error {
	role, binding := clusterRoleAPI, clusterRoleBindingAPI
	if p.scene.Host.IsNamespaced() {
		role, binding = roleAPI, roleBindingAPI
	}
	name, namespace := accountName+":"+group, p.scene.Host.Namespace
	objects := map[federation.API]*unstructured.Unstructured{
		role: rbacObject(role, name, map[string]any{
			"rules": []any{map[string]any{"apiGroups": []any{group}, "resources": []any{"*"}, "verbs": anyOf(verbs)}},
		}),
		binding: rbacObject(binding, name, map[string]any{
			"roleRef":  map[string]any{"apiGroup": rbacGroup, "kind": role.Kind, "name": name},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "name": account, "namespace": namespace}},
		}),
	}
	for _, api := range []federation.API{role, binding} {
		object := objects[api]
		if api.Namespaced {
			object.SetNamespace(namespace)
		}
		p.Grants = append(p.Grants, object)
		if !doIt {
			continue
		}
		err := p.add(ctx, api, object, func(into, from *unstructured.Unstructured) {
			for _, field := range []string{"rules", "roleRef", "subjects"} {
				if value, ok := from.Object[field]; ok {
					into.Object[field] = value
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func rbacObject(api federation.API, name string, content map[string]any) *unstructured.Unstructured {
	content["apiVersion"], content["kind"] = api.APIVersion(), api.Kind
	content["metadata"] = map[string]any{"name": name}
	return &unstructured.Unstructured{Object: content}
}

func anyOf(words []string) []any {
	var all []any
	for _, w := range words {
		all = append(all, w)
	}
	return all
}
