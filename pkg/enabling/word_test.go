package enabling

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
)

var all = []string{"create", "delete", "get", "list", "patch", "update", "watch"}

// catalog is what a cluster with metrics, Knative and a group of several versions serves.
func catalog() Catalog {
	c := Catalog{Context: "kind-host", Failed: map[schema.GroupVersion]error{}}
	resource := func(name, singular, kind string, short ...string) metav1.APIResource {
		return metav1.APIResource{Name: name, SingularName: singular, Kind: kind, Namespaced: true, ShortNames: short, Verbs: all}
	}
	add := func(gv string, resources ...metav1.APIResource) {
		parsed, _ := schema.ParseGroupVersion(gv)
		c.add(parsed, resources)
	}
	add("v1", resource("pods", "pod", "Pod", "po"), resource("services", "service", "Service", "svc"), resource("events", "event", "Event", "ev"),
		metav1.APIResource{Name: "bindings", Kind: "Binding", Namespaced: true, Verbs: []string{"create"}})
	add("apps/v1", resource("deployments", "deployment", "Deployment", "deploy"), metav1.APIResource{Name: "deployments/scale", Kind: "Scale"})
	add("events.k8s.io/v1", resource("events", "event", "Event", "ev"))
	add("metrics.k8s.io/v1beta1", resource("pods", "pod", "PodMetrics"))
	add("serving.knative.dev/v1", resource("services", "service", "Service", "kservice", "ksvc"))
	add("velero.io/v1", resource("backups", "backup", "Backup"))
	add("acme.io/v1", resource("widgets", "widget", "Widget", "wd"))
	add("acme.io/v2", resource("widgets", "widget", "Widget", "wd"), resource("gadgets", "gadget", "Gadget"))
	add("other.io/v1", resource("widgets", "widget", "Widget"))
	add("types.kubefed.io/v1beta1", resource("federateddeployments", "federateddeployment", "FederatedDeployment", "fdeploy"))
	add("core.kubefed.io/v1beta1", resource("kubefedclusters", "kubefedcluster", "KubeFedCluster"))
	c.prefer([]*metav1.APIGroup{{
		Name: "acme.io", PreferredVersion: metav1.GroupVersionForDiscovery{Version: "v1"},
		Versions: []metav1.GroupVersionForDiscovery{{Version: "v1"}, {Version: "v2"}},
	}})
	return c
}

func TestFind(t *testing.T) {
	c := catalog()
	for name, want := range map[string]string{
		"deploy": "deployments.apps/v1", "deployment": "deployments.apps/v1", "Deployment": "deployments.apps/v1",
		"deployments": "deployments.apps/v1", "deployments.apps": "deployments.apps/v1", "deployments.v1.apps": "deployments.apps/v1",
		"apps/v1/deployments": "deployments.apps/v1", "deploy.apps": "deployments.apps/v1",
		// the core group wins by its exact name, whoever else has one
		"pods": "pods/v1", "pod": "pods/v1", "pods.": "pods/v1", "v1/pods": "pods/v1", "pods.v1.": "pods/v1", "po": "pods/v1",
		"pods.metrics.k8s.io": "pods.metrics.k8s.io/v1beta1", "PodMetrics": "pods.metrics.k8s.io/v1beta1",
		"services": "services/v1", "svc": "services/v1", "ksvc": "services.serving.knative.dev/v1",
		"services.serving.knative.dev": "services.serving.knative.dev/v1",
		// the preferred version, or the one that was named, or the only one that has it
		"widgets.acme.io": "widgets.acme.io/v1", "widgets.v2.acme.io": "widgets.acme.io/v2", "acme.io/v2/widgets": "widgets.acme.io/v2",
		"wd": "widgets.acme.io/v1", "gadgets": "gadgets.acme.io/v2", "gadget": "gadgets.acme.io/v2",
		"backups.velero.io": "backups.velero.io/v1",
		// several: an error that names them all
		"widgets": "widgets may be widgets.acme.io or widgets.other.io",
		"ev":      "ev may be events. or events.events.k8s.io",
		// none
		"wodgets":            `the server doesn't have a resource type "wodgets"`,
		"":                   `the server doesn't have a resource type ""`,
		"widgets.v3.acme.io": `the server doesn't have a resource type "widgets.v3.acme.io"; it has the versions v2, v1 of it`,
	} {
		got := ""
		if r, err := c.Find(name); err != nil {
			got = err.Error()
		} else {
			got = named(r.API)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	_, err := c.Find("widgets")
	if want := "kubectl fed enable widgets.acme.io --context kind-host"; hint.Of(err) != want {
		t.Errorf("got the hint %q, want %q", hint.Of(err), want)
	}
}

// TestFindDespiteBrokenAPI: an aggregated API that is down hides its own types and no others, and is named when a
// type is not found.
func TestFindDespiteBrokenAPI(t *testing.T) {
	c := catalog()
	c.Failed[schema.GroupVersion{Group: "custom.metrics.k8s.io", Version: "v1beta1"}] = errBroken
	if _, err := c.Find("deploy"); err != nil {
		t.Error(err)
	}
	_, err := c.Find("nodes")
	if want := `the server doesn't have a resource type "nodes"; it may be of an API that does not answer: custom.metrics.k8s.io/v1beta1`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	broken := federation.API{Group: "custom.metrics.k8s.io", Version: "v1beta1", Kind: "X", Plural: "xs"}
	if served, err := c.Serves(broken); served || err == nil {
		t.Errorf("got %v, %v for a type whose API does not answer", served, err)
	}
	broken.Version = "v1"
	if served, err := c.Serves(broken); served || err != nil {
		t.Errorf("got %v, %v for a version that is not there", served, err)
	}
}

func TestFederatable(t *testing.T) {
	c := catalog()
	deployments, _ := federation.WellKnown("Deployment")
	for name, want := range map[string]string{
		"deploy":              "",
		"fdeploy":             "federateddeployments.types.kubefed.io is the federated kind of deployments.apps, which is what can be enabled",
		"FederatedDeployment": "federateddeployments.types.kubefed.io is the federated kind of deployments.apps, which is what can be enabled",
		"kubefedclusters":     "kubefedclusters.core.kubefed.io is KubeFed's own, and no member serves it",
		"bindings":            "bindings can't be federated: its API has no delete, get, list, update, watch",
	} {
		r, err := c.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := c.federatable(r, []federation.Type{deployments}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	// one that is not enabled any more
	r, _ := c.Find("fdeploy")
	if err := c.federatable(r, nil); hint.Of(err) != "kubectl fed enable deployments --context kind-host" {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
}

func TestCatalogTraits(t *testing.T) {
	c := catalog()
	deployments, _ := c.Find("deploy")
	if !deployments.Scalable || !slices.Equal(deployments.ShortNames, []string{"deploy"}) {
		t.Errorf("got %+v", deployments)
	}
	if slices.ContainsFunc(c.Resources, func(r Resource) bool { return strings.Contains(r.Plural, "/") }) {
		t.Error("a subresource is taken for a resource")
	}
}
