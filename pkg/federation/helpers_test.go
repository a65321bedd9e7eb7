package federation_test

import (
	"errors"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
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

var (
	deploymentConfig = corpus.Config("deployments.apps")
	serviceConfig    = corpus.Config("services")
	accountConfig    = corpus.Config("serviceaccounts")
	configMapConfig  = corpus.Config("configmaps")
	namespaceConfig  = corpus.Config("namespaces")
	roleConfig       = corpus.Config("clusterroles.rbac.authorization.k8s.io")

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
