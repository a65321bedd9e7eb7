package controlplane

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// differences are those between the chart's objects and ours. Each is a pattern for "OBJECT FIELD", and what
// docs/init.md says about it: whoever adds one says why there.
var differences = []struct{ pattern, documented string }{
	{`^[^ ]+ metadata\.labels\.app\.kubernetes\.io/(managed-by|part-of)`, "labels `app.kubernetes.io/managed-by: kubectl-fed`"},
	{`^Namespace/`, "The namespace is among the objects"},
	{`^CustomResourceDefinition/federated\w+\.types\.kubefed\.io spec\.(names\.categories|versions\.0\.additionalPrinterColumns)`, "columns for `kubectl get`"},
	{`^Deployment/kubefed-controller-manager spec\.replicas`, "one controller manager"},
	{`^Deployment/[^ ]+ spec\.template\.spec\.containers\.0\.resources`, "requests that fit"},
	{`^Deployment/kubefed-admission-webhook spec\.template\.spec\.containers\.0\.command\.3`, "`--v=2`"},
	{`^Deployment/kubefed-admission-webhook spec\.template\.spec\.containers\.0\.readinessProbe\.periodSeconds`, "every two seconds"},
	{`^Deployment/kubefed-admission-webhook spec\.template\.metadata\.annotations\.kubectl-fed\.io/certificate`, "`kubectl-fed.io/certificate`"},
	{`^Deployment/kubefed-controller-manager spec\.template\.metadata\.annotations\.kubectl-fed\.io/configuration`, "`kubectl-fed.io/configuration`"},
	{`^(Deployment|Service)/[^ ]+ .*\.protocol:`, "The protocol of every port"},
	{`^(Validating|Mutating)WebhookConfiguration/[^ ]+ webhooks\.\d\.clientConfig\.caBundle`, "certificate and CA"},
	{`^Secret/kubefed-admission-webhook-serving-cert (data|stringData)`, "certificate and CA"},
	{`^(Validating|Mutating)WebhookConfiguration/[^ ]+ webhooks\.\d\.namespaceSelector`, "`kubernetes.io/metadata.name`"},
	{`^KubeFedConfig/kubefed spec\.featureGates`, "all three feature gates"},
}

// TestObjectsAreTheCharts renders the chart and the plan with the same values.
func TestObjectsAreTheCharts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds helm, and -short was given")
	}
	doc, err := os.ReadFile(filepath.FromSlash("../../docs/init.md"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, scope := range []string{"Cluster", "Namespaced"} {
		chart, ours := byName(render(t, scope)), byName(planned(t, scope))
		for _, difference := range compare(chart, ours) {
			i := slices.IndexFunc(differences, func(d struct{ pattern, documented string }) bool {
				return regexp.MustCompile(d.pattern).MatchString(difference)
			})
			if i < 0 {
				t.Errorf("%s: %s", scope, difference)
				continue
			}
			used[differences[i].pattern] = true
		}
	}
	for _, d := range differences {
		if !used[d.pattern] {
			t.Errorf("%s is no difference any more", d.pattern)
		}
		if !strings.Contains(oneSpace(string(doc)), d.documented) {
			t.Errorf("docs/init.md does not say %q", d.documented)
		}
	}
}

func oneSpace(text string) string { return strings.Join(strings.Fields(text), " ") }

// render is what helm makes of the chart with the defaults of init, hooks left out.
func render(t *testing.T, scope string) []*unstructured.Unstructured {
	t.Helper()
	helm, err := programs.Path(t.Context(), "helm", programs.Target{}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	module, err := programs.ModuleDir(t.Context(), "sigs.k8s.io/kubefed")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), helm, "template", "kubefed", filepath.Join(module, "charts", "kubefed"),
		"--namespace", "kube-federation-system", "--include-crds", "--no-hooks", "--set", "global.scope="+scope,
		"--set", "controllermanager.controller.tag=v0.10.0,controllermanager.webhook.tag=v0.10.0").Output()
	if err != nil {
		t.Fatal(err)
	}
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(out), 4096)
	for {
		object := &unstructured.Unstructured{}
		if decoder.Decode(object) != nil {
			return objects
		}
		if len(object.Object) > 0 && object.GetAnnotations()[hookAnnotation] == "" {
			unstructured.RemoveNestedField(object.Object, "status")
			unstructured.RemoveNestedField(object.Object, "metadata", "creationTimestamp")
			objects = append(objects, object)
		}
	}
}

// planned is what init would apply to a cluster that has nothing.
func planned(t *testing.T, scope string) []*unstructured.Unstructured {
	t.Helper()
	wish := Wish{Namespace: "kube-federation-system", Now: time.Now()}
	if scope == "Namespaced" {
		wish.Scope = Namespaced
	}
	request, _, err := wish.Request(Found{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := New(request)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Objects()
}

// byName lists objects by kind and name, as plain JSON values. What belongs into KubeFed's namespace is there: helm
// puts it there when it installs.
func byName(objects []*unstructured.Unstructured) map[string]map[string]any {
	found := map[string]map[string]any{}
	for _, object := range objects {
		if object.GetNamespace() == "kube-federation-system" {
			object.SetNamespace("")
		}
		text, err := json.Marshal(object.Object)
		if err != nil {
			panic(err)
		}
		var plain map[string]any
		if err := json.Unmarshal(text, &plain); err != nil {
			panic(err)
		}
		found[object.GetKind()+"/"+object.GetName()] = plain
	}
	return found
}

// compare lists the fields in which objects differ.
func compare(chart, ours map[string]map[string]any) []string {
	var found []string
	names := maps.Clone(chart)
	maps.Copy(names, ours)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		switch {
		case chart[name] == nil:
			found = append(found, name+" is not in the chart")
		case ours[name] == nil:
			found = append(found, name+" is only in the chart")
		default:
			found = append(found, fields(name+" ", "", chart[name], ours[name])...)
		}
	}
	return found
}

// fields lists where two values differ, by their paths. Empty maps and lists are as good as none, durations and
// quantities are compared by what they mean, and of lists of strings and of rules the order does not count.
func fields(name, path string, chart, ours any) []string {
	if isNothing(chart) && isNothing(ours) || reflect.DeepEqual(meaning(chart), meaning(ours)) {
		return nil
	}
	a, isMap := chart.(map[string]any)
	b, areMaps := ours.(map[string]any)
	if isMap && (areMaps || ours == nil) || areMaps && chart == nil {
		return mapFields(name, path, a, b)
	}
	x, isList := chart.([]any)
	y, areLists := ours.([]any)
	if isList && areLists && len(x) == len(y) {
		var found []string
		x, y = sorted(path, x), sorted(path, y)
		for i := range x {
			found = append(found, fields(name, fmt.Sprintf("%s.%d", path, i), x[i], y[i])...)
		}
		return found
	}
	return []string{fmt.Sprintf("%s%s: the chart has %v, we have %v", name, strings.TrimPrefix(path, "."), chart, ours)}
}

func mapFields(name, path string, a, b map[string]any) []string {
	var found []string
	keys := maps.Clone(a)
	if keys == nil {
		keys = map[string]any{}
	}
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		found = append(found, fields(name, path+"."+key, a[key], b[key])...)
	}
	return found
}

// sorted brings RBAC rules, and the verbs in them, into an order of their own.
func sorted(path string, list []any) []any {
	if path != ".rules" && !strings.HasSuffix(path, ".verbs") {
		return list
	}
	return slices.SortedFunc(slices.Values(list), func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

func isNothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// meaning is a value in one of the forms that it may be written in.
func meaning(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	if q, err := resource.ParseQuantity(text); err == nil {
		return q.AsApproximateFloat64()
	}
	return text
}
