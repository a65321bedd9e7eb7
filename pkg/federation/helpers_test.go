package federation_test

import (
	"errors"
	"strings"
	"testing"

	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// object reads YAML as an API server's answer is read: whole numbers int64.
func object(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	if strings.TrimSpace(text) == "" {
		return nil
	}
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("bad YAML in the test: %v\n%s", err, text)
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(raw); err != nil {
		t.Fatalf("bad object in the test: %v\n%s", err, text)
	}
	return obj
}

// typeConfig is the FederatedTypeConfig that "enable" makes.
func typeConfig(group, version, kind, plural string, scope apiextv1.ResourceScope) *v1beta1.FederatedTypeConfig {
	name := plural
	if group != "" {
		name += "." + group
	}
	fedScope := scope
	if kind == "Namespace" {
		fedScope = apiextv1.NamespaceScoped
	}
	return &v1beta1.FederatedTypeConfig{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "kube-federation-system"},
		Spec: v1beta1.FederatedTypeConfigSpec{
			TargetType:  v1beta1.APIResource{Group: group, Version: version, Kind: kind, PluralName: plural, Scope: scope},
			Propagation: v1beta1.PropagationEnabled,
			FederatedType: v1beta1.APIResource{
				Group: "types.kubefed.io", Version: "v1beta1",
				Kind: "Federated" + kind, PluralName: "federated" + plural, Scope: fedScope,
			},
		},
	}
}

const (
	namespaced    = apiextv1.NamespaceScoped
	clusterScoped = apiextv1.ClusterScoped
)

var (
	deploymentConfig = typeConfig("apps", "v1", "Deployment", "deployments", namespaced)
	serviceConfig    = typeConfig("", "v1", "Service", "services", namespaced)
	accountConfig    = typeConfig("", "v1", "ServiceAccount", "serviceaccounts", namespaced)
	configMapConfig  = typeConfig("", "v1", "ConfigMap", "configmaps", namespaced)
	namespaceConfig  = typeConfig("", "v1", "Namespace", "namespaces", clusterScoped)
	roleConfig       = typeConfig("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", clusterScoped)

	deployments = federation.TypeOf(deploymentConfig)
	services    = federation.TypeOf(serviceConfig)
	accounts    = federation.TypeOf(accountConfig)
	configMaps  = federation.TypeOf(configMapConfig)
	namespaces  = federation.TypeOf(namespaceConfig)
	roles       = federation.TypeOf(roleConfig)
)

// wantError compares an error's text in whole; "" wants none.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("error\n got: %s\nwant: %s", got, want)
	}
}

func renderStatus(err error) federation.Status {
	var e *federation.RenderError
	if errors.As(err, &e) {
		return e.Status
	}
	return ""
}
