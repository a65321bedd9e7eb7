package federation_test

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/controller/sync"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/kubefed"
)

func TestHashesAsKubeFed(t *testing.T) {
	for i, c := range renderCases {
		fed := c.federatedOf(t, i)
		got, err := federation.TemplateHash(fed)
		want, wantErr := sync.GetTemplateHash(fed.Object)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: template %q (%v), KubeFed %q (%v)", c.name, got, err, want, wantErr)
		}
		got, err = federation.OverridesHash(fed)
		want, wantErr = sync.GetOverrideHash(fed)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%s: overrides %q (%v), KubeFed %q (%v)", c.name, got, err, want, wantErr)
		}
	}
}

// TestHashEscapesHTML pins the hash of what an encoder escapes, and of no
// overrides, to values that were measured on KubeFed as released.
func TestHashEscapesHTML(t *testing.T) {
	fed := object(t, `{kind: FederatedConfigMap, spec: {template: {data: {a: "<&>"}}}}`)
	got, err := federation.OverridesHash(fed)
	if err != nil || got != "2979b7538b527abe06492021841caf47" {
		t.Errorf("got %q, %v", got, err)
	}
	want, _ := sync.GetTemplateHash(fed.Object)
	if got, _ := federation.TemplateHash(fed); got != want || got == "" {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRecordedAsKubeFed(t *testing.T) {
	spec := `{template: {spec: {replicas: 1}}, overrides: [{clusterName: c1, clusterOverrides: [{path: /spec/replicas, value: 2}]}]}`
	cases := []renderCase{
		{name: "current", cfg: deploymentConfig, spec: spec},
		{name: "other template", cfg: deploymentConfig, spec: spec},
		{name: "other overrides", cfg: deploymentConfig, spec: spec},
		{name: "none recorded", cfg: deploymentConfig, spec: spec},
	}
	var in kubefed.Stored
	for i, c := range cases {
		fed := c.federatedOf(t, i)
		in.Federated = append(in.Federated, fed)
		if c.name != "none recorded" {
			in.Versions = append(in.Versions, recordedVersion(t, fed, c.name))
		}
	}
	o := newOracle(t, deploymentConfig, in)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var pv *unstructured.Unstructured
			if i < len(in.Versions) {
				var err error
				if pv, err = util.GetUnstructured(&in.Versions[i]); err != nil {
					t.Fatal(err)
				}
			}
			got, err := federation.Recorded(in.Federated[i], pv)
			if err != nil {
				t.Fatal(err)
			}
			for _, cluster := range []string{"c1", "c2", "gone"} {
				want, err := o.resource(t, in.Federated[i]).VersionForCluster(cluster)
				if err != nil {
					t.Fatal(err)
				}
				if got[cluster] != want || (c.name == "current" && cluster == "c1" && want != "gen:3") {
					t.Errorf("%s: got %q, KubeFed %q", cluster, got[cluster], want)
				}
			}
		})
	}
}

func recordedVersion(t *testing.T, fed *unstructured.Unstructured, name string) v1alpha1.PropagatedVersion {
	template, _ := sync.GetTemplateHash(fed.Object)
	overrides, _ := sync.GetOverrideHash(fed)
	switch name {
	case "other template":
		template = "0"
	case "other overrides":
		overrides = "0"
	}
	return v1alpha1.PropagatedVersion{
		TypeMeta: metav1.TypeMeta{APIVersion: "core.kubefed.io/v1alpha1", Kind: "PropagatedVersion"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: fed.GetNamespace(), Name: federation.PropagatedVersionName("Deployment", fed.GetName()),
		},
		Status: v1alpha1.PropagatedVersionStatus{
			TemplateVersion: template, OverrideVersion: overrides,
			ClusterVersions: []v1alpha1.ClusterObjectVersion{{ClusterName: "c1", Version: "gen:3"}, {ClusterName: "c2", Version: "gen:1"}},
		},
	}
}

func TestNeedsUpdateAsKubeFed(t *testing.T) {
	objects := map[string]*unstructured.Unstructured{}
	for _, meta := range []string{
		`{name: a, generation: 3}`,
		`{name: a, generation: 3, labels: {}, annotations: {}}`,
		`{name: a, generation: 3, labels: {a: b}}`,
		`{name: a, generation: 3, annotations: {a: b}}`,
		`{name: a, namespace: n, generation: 3}`,
		`{name: b, generation: 3}`,
		`{name: a, generation: 4}`,
		`{name: a, resourceVersion: "3"}`,
		`{name: a, resourceVersion: "3", labels: {a: b}}`,
		`{name: a, resourceVersion: "4"}`,
		`{name: a}`,
	} {
		objects[meta] = object(t, "{kind: Deployment, metadata: "+meta+"}")
	}
	for a, desired := range objects {
		for b, live := range objects {
			if got, want := federation.VersionOf(live), util.ObjectVersion(live); got != want {
				t.Errorf("version of %s: got %s, KubeFed %s", b, got, want)
			}
			for _, recorded := range []string{"", "gen:3", "gen:4", "rv:3", "rv:"} {
				got, want := federation.NeedsUpdate(desired, live, recorded), util.ObjectNeedsUpdate(desired, live, recorded)
				if got != want {
					t.Errorf("%s over %s, recorded %q: got %t, KubeFed %t", a, b, recorded, got, want)
				}
			}
		}
	}
}
