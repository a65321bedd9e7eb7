package roundtrip

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// differences are those between what kubefedctl makes of a file and what we make of it: where, and how the row of
// docs/federate.md starts that gives the reason.
var differences = []struct{ path, row string }{
	{`^/metadata/namespace$`, "a namespaced object without a namespace"},
	{`^/spec/placement/clusterSelector/matchLabels$`, "the placement"},
	{`^/spec/template/spec/clusterIPs?$`, "a headless Service"},
	{`^/spec/template/spec/healthCheckNodePort$`, "`healthCheckNodePort`"},
	{`^/spec/template/spec/ipFamil(ies|yPolicy)$`, "`ipFamilies`, `ipFamilyPolicy`"},
	{`^/spec/template/spec/volumeName$`, "`volumeName`"},
	{`^/spec/template/spec/nodeName$`, "`nodeName`"},
	{`^/spec/template/(metadata|metadata/labels|metadata/labels/pod-template-hash)$`, "`pod-template-hash`"},
	{`^/spec/template/spec/selector$`, "a Job's generated selector"},
	{`^/spec/template/spec/template/metadata(/labels)?$`, "a Job's generated selector"},
	{`^/spec/template/imagePullSecrets`, "`imagePullSecrets` that OpenShift generated"},
	{`^/spec/template/metadata/labels/kubefed.io~1managed$`, "`kubefed.io/managed`"},
	{`^/spec/template/metadata/labels/kubernetes.io~1metadata.name$`, "`kubernetes.io/metadata.name`"},
	{`^/spec/template/spec(/template/metadata/(creationTimestamp|uid|managedFields)|/volumeClaimTemplates/0/(status|metadata/creationTimestamp))$`, "bookkeeping in templates"},
	{`^/spec/template/spec$`, "an empty `spec`"},
}

// TestAsKubefedctl holds "federate -f" against the real kubefedctl, for every example of the KubeFed module that
// is a plain object or has the template of one, and for objects that have what the examples lack.
func TestAsKubefedctl(t *testing.T) {
	if testing.Short() {
		t.Skip("needs the built kubefedctl, and -short was given")
	}
	theirs, err := programs.Path(t.Context(), "kubefedctl", programs.Target{}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.ReadFile("../../docs/federate.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, objects := range examples(t) {
		for i, object := range objects {
			want, got := federateBoth(t, theirs, object)
			for _, change := range drift.Compare(want, got) {
				row := reason(change.Path)
				if row == "" {
					t.Errorf("%s, %d: %s: kubefedctl has %v, we %v", name, i, change.Path, change.Before, change.After)
				}
				seen[row] = true
			}
		}
	}
	for _, d := range differences {
		if !seen[d.row] {
			t.Errorf("no example has the difference %q", d.row)
		}
		if !strings.Contains(string(docs), "| "+d.row) {
			t.Errorf("docs/federate.md has no row %q", d.row)
		}
	}
}

func reason(path string) string {
	for _, d := range differences {
		if regexp.MustCompile(d.path).MatchString(path) {
			return d.row
		}
	}
	return ""
}

// examples are plain objects, by the file that they come from.
func examples(t *testing.T) map[string][]*unstructured.Unstructured {
	t.Helper()
	module, err := programs.ModuleDir(t.Context(), "sigs.k8s.io/kubefed")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, pattern := range []string{"example/*/*.yaml", "test/common/fixtures/*.yaml"} {
		found, err := filepath.Glob(filepath.Join(module, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s in the module: %v", pattern, err)
		}
		files = append(files, found...)
	}
	files = append(files, "testdata/awkward.yaml", "testdata/namespaced.yaml")
	all := map[string][]*unstructured.Unstructured{}
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(text), "\n---\n") {
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if plain := plainOf(object, filepath.Base(file)); plain != nil {
				all[filepath.Base(file)] = append(all[filepath.Base(file)], plain)
				count++
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d examples were found", count)
	}
	return all
}

// plainOf is a plain object, or the one that a federated example or a fixture has the template of; nil for what is
// neither, such as a KubeFedConfig.
func plainOf(object *unstructured.Unstructured, file string) *unstructured.Unstructured {
	kind := object.GetKind()
	template, _, _ := unstructured.NestedMap(object.Object, "spec", "template")
	if kind == "fixture" {
		kind = kindOfFixture(file)
		template, _, _ = unstructured.NestedMap(object.Object, "template")
	} else if target := federation.TargetKind(object.GroupVersionKind()); target != "" {
		kind = target
	} else {
		template = object.Object
	}
	known, ok := federation.WellKnown(kind)
	if !ok {
		return nil
	}
	plain := &unstructured.Unstructured{Object: map[string]any{}}
	for key, value := range template {
		plain.Object[key] = value
	}
	plain.SetAPIVersion(known.Target.APIVersion())
	plain.SetKind(kind)
	if plain.GetName() == "" {
		plain.SetName("example")
	}
	return plain
}

// kindOfFixture: a fixture is called like its type, deployments.apps.yaml.
func kindOfFixture(file string) string {
	name := strings.TrimSuffix(file, ".yaml")
	for _, kind := range []string{"ClusterRole", "ConfigMap", "Deployment", "Ingress", "Job", "Namespace", "ReplicaSet", "Secret", "ServiceAccount", "Service"} {
		known, _ := federation.WellKnown(kind)
		if known.Name == name {
			return kind
		}
	}
	return ""
}

// federateBoth has kubefedctl and us federate one object from a file.
func federateBoth(t *testing.T, program string, object *unstructured.Unstructured) (theirs, ours *unstructured.Unstructured) {
	t.Helper()
	text, err := yaml.Marshal(object.Object)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, config := filepath.Join(dir, "object.yaml"), filepath.Join(dir, "kubeconfig")
	// kubefedctl wants a kubeconfig with a host, and does not ask it
	const host = "{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}],\n" +
		"clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: a, user: {}}]}\n"
	for name, content := range map[string][]byte{file: text, config: []byte(host)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), program, "federate", "-f", file, "--kubeconfig", config)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("kubefedctl: %v\n%s", err, problem.String())
	}
	theirs = &unstructured.Unstructured{}
	if err := yaml.Unmarshal(bytes.TrimPrefix(out, []byte("---\n")), &theirs.Object); err != nil {
		t.Fatal(err)
	}
	return theirs, federateOurs(t, file)
}

func federateOurs(t *testing.T, file string) *unstructured.Unstructured {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(filepath.Dir(file), "none"))
	streams, _, out, problem := genericiooptions.NewTestIOStreams()
	if code := plugin.Main([]string{"federate", "-f", file, "-o", "yaml", "--show-secrets"}, streams); code != 0 {
		t.Fatalf("exit code %d\n%s", code, problem.String())
	}
	ours := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(out.Bytes(), &ours.Object); err != nil {
		t.Fatal(err)
	}
	return ours
}

// TestDifferencesHaveOneRow: a difference is explained once.
func TestDifferencesHaveOneRow(t *testing.T) {
	var paths []string
	for _, d := range differences {
		if slices.Contains(paths, d.path) {
			t.Errorf("%s is there twice", d.path)
		}
		paths = append(paths, d.path)
	}
}
