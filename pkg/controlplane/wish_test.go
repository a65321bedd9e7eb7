package controlplane

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

func TestImage(t *testing.T) {
	const mine = "localhost/kubefed:dev"
	tests := map[string]struct{ asked, running, want, note, err string }{
		"nothing runs":                {"", "", DefaultImage, "", ""},
		"asked for":                   {mine, "", mine, "", ""},
		"the release runs":            {"", DefaultImage, DefaultImage, "", ""},
		"an earlier one runs":         {"", "quay.io/kubernetes-multicluster/kubefed:v0.8.1", DefaultImage, "is replaced by", ""},
		"of a registry with a port":   {"", "localhost:5000/kubefed:v0.9.0", DefaultImage, "is replaced by", ""},
		"the release, mirrored":       {"", "mirror:5000/kubefed:v0.10.0", "mirror:5000/kubefed:v0.10.0", "", ""},
		"one's own runs":              {"", mine, mine, "stays", ""},
		"canary runs":                 {"", "quay.io/kubernetes-multicluster/kubefed:canary", "quay.io/kubernetes-multicluster/kubefed:canary", "stays", ""},
		"by digest":                   {"", "kubefed@sha256:abc", "kubefed@sha256:abc", "stays", ""},
		"without a tag":               {"", "localhost:5000/kubefed", "localhost:5000/kubefed", "stays", ""},
		"a newer one runs":            {"", "kubefed:v0.11.0", "", "", "is newer"},
		"a newer one, and asked":      {"kubefed:v0.11.0", "kubefed:v0.11.0", "kubefed:v0.11.0", "", ""},
		"asked for an earlier one":    {"kubefed:v0.8.0", DefaultImage, "kubefed:v0.8.0", "", ""},
		"a candidate of this release": {"", "kubefed:v0.10.0-rc1", DefaultImage, "is replaced by", ""},
	}
	for name, test := range tests {
		image, note, err := Wish{Image: test.asked}.image(test.running)
		if image != test.want || !strings.Contains(note, test.note) || (note == "") != (test.note == "") ||
			(err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: got %q, %q, %v", name, image, note, err)
		}
	}
}

// TestCertificateIsKept decides about every certificate that may be found.
func TestCertificateIsKept(t *testing.T) {
	good, old, foreign := mustIssue(t, "fed", today), mustIssue(t, "fed", today.Add(renewal-validity-time.Hour)), mustIssue(t, "other", today)
	helms := Certificate{Serving: good.Serving, Key: good.Key} // without its authority
	tests := map[string]struct {
		found Found
		kept  bool
		note  string
	}{
		"none":                             {Found{}, false, ""},
		"ours":                             {Found{Certificate: good, Trusted: good.Authorities}, true, ""},
		"ours, and not announced yet":      {Found{Certificate: good, Trusted: foreign.Authorities}, true, ""},
		"helm's":                           {Found{Certificate: helms, Trusted: good.Authorities}, true, ""},
		"helm's, after a second try":       {Found{Certificate: helms, Trusted: foreign.Authorities}, false, "an API server would refuse it"},
		"helm's, never announced":          {Found{Certificate: helms}, false, "its authority is not known"},
		"one that ends":                    {Found{Certificate: old, Trusted: old.Authorities}, false, "it ends on"},
		"one for another namespace":        {Found{Certificate: foreign, Trusted: foreign.Authorities}, false, "would refuse it"},
		"one that cert-manager keeps well": {Found{Certificate: good, Keeper: "cert-manager"}, true, ""},
	}
	for name, test := range tests {
		got, note, err := Wish{Namespace: "fed", Now: today}.certificate(test.found)
		kept := bytes.Equal(got.Serving, test.found.Certificate.Serving) && len(got.Serving) > 0
		if err != nil || kept != test.kept || !strings.Contains(note, test.note) || (note == "") != (test.note == "") {
			t.Errorf("%s: kept %v, %q, %v", name, kept, note, err)
		}
		if err := got.Check("fed", today); err != nil {
			t.Errorf("%s: what is used is not good: %v", name, err)
		}
	}
	_, _, err := Wish{Namespace: "fed", Now: today}.certificate(Found{Certificate: old, Keeper: "cert-manager"})
	var keeper *KeeperError
	if !errors.As(err, &keeper) {
		t.Errorf("one that cert-manager should have renewed: got %v", err)
	}
}

func TestRequest(t *testing.T) {
	var namespaced v1beta1.KubeFedConfigSpec
	namespaced.Scope = Namespaced
	CompleteConfig(&namespaced)
	tests := map[string]struct {
		wish  Wish
		found Found
		err   any
	}{
		"another scope":     {Wish{Scope: Cluster}, Found{Config: &namespaced}, new(*ScopeError)},
		"another namespace": {Wish{}, Found{Elsewhere: "kubefed"}, new(*ElsewhereError)},
		"a newer one":       {Wish{}, Found{Image: "kubefed:v1.0.0"}, new(*NewerError)},
	}
	for name, test := range tests {
		if _, _, err := test.wish.Request(test.found); !errors.As(err, test.err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	got, _, err := Wish{Namespace: "fed", Now: today}.Request(Found{Config: &namespaced, Replicas: 2, Image: DefaultImage})
	if err != nil || !got.Namespaced() || got.Replicas != 2 {
		t.Errorf("what is there stays: got scope %s, %d replicas, %v", got.Config.Scope, got.Replicas, err)
	}
}

func TestTypes(t *testing.T) {
	deployments, _ := federation.KnownAs("Deployment")
	var names []string
	for _, chosen := range (Wish{Types: []federation.Type{deployments, deployments}}).types() {
		names = append(names, chosen.Name)
	}
	if diff := cmp.Diff([]string{"deployments.apps", "namespaces"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(Wish{}.types()); n != 10 {
		t.Errorf("%d types by default, want the chart's 10", n)
	}
}

// helmSecret is one of helm's records.
func helmSecret(t *testing.T, name, record string) unstructured.Unstructured {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(record)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	inner := base64.StdEncoding.EncodeToString(packed.Bytes())
	return unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": name},
		"data":     map[string]any{"release": base64.StdEncoding.EncodeToString([]byte(inner))},
	}}
}

func TestReleases(t *testing.T) {
	secrets := []unstructured.Unstructured{
		helmSecret(t, "k.v2", `{"name":"k","version":2,"info":{"status":"failed"},"chart":{"metadata":{"name":"kubefed"}}}`),
		helmSecret(t, "other.v1", `{"name":"other","version":1,"info":{"status":"deployed"},"chart":{"metadata":{"name":"nginx"}}}`),
		helmSecret(t, "k.v1", `{"name":"k","version":1,"info":{"status":"deployed"},"chart":{"metadata":{"name":"kubefed"}}}`),
		{Object: map[string]any{"metadata": map[string]any{"name": "broken"}, "data": map[string]any{"release": "%"}}},
	}
	want := []Release{{Name: "k", Status: "failed", Secrets: []string{"k.v2", "k.v1"}, revision: 2}}
	if diff := cmp.Diff(want, releasesIn(secrets), cmp.AllowUnexported(Release{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
