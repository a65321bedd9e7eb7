package federation

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/core/common"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1alpha1"
)

// TemplateHash is what KubeFed records as templateVersion, empty where there
// is no template (sync/resource.go).
func TemplateHash(fed *unstructured.Unstructured) (string, error) {
	template, ok, err := unstructured.NestedMap(fed.Object, "spec", "template")
	if err != nil {
		return "", fmt.Errorf("reading spec.template of %s: %w", describe(fed), err)
	}
	if !ok {
		return "", nil
	}
	return hash(template)
}

// OverridesHash is what KubeFed records as overridesVersion: one hash for
// the overrides of all clusters, so that a change for one makes it write to
// every one.
func OverridesHash(fed *unstructured.Unstructured) (string, error) {
	spec, err := readOverrides(fed)
	if err != nil || spec == nil {
		return "", err
	}
	return hash(map[string]any{"overrides": spec.Overrides})
}

// hash goes over the JSON as an encoder writes it, with HTML escaped and a
// newline at the end: that is what KubeFed's hashes were made of.
func hash(v any) (string, error) {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return "", err
	}
	sum := md5.Sum(b.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

const generationPrefix = "gen:"

// VersionOf is the version that KubeFed records for an object it wrote: the
// generation, or the resource version for kinds that have none, such as a
// ConfigMap (controller/util/propagatedversion.go).
func VersionOf(live *unstructured.Unstructured) string {
	if g := live.GetGeneration(); g != 0 {
		return fmt.Sprintf("%s%d", generationPrefix, g)
	}
	return "rv:" + live.GetResourceVersion()
}

// PropagatedVersionName is the name of the PropagatedVersion of a federated
// object: "deployment-web".
func PropagatedVersionName(targetKind, name string) string {
	return common.PropagatedVersionName(targetKind, name)
}

// Recorded gives the version that KubeFed last wrote to each cluster. It is
// empty where pv is nil, and where template or overrides have changed since:
// KubeFed then writes to all clusters again (sync/version/manager.go).
func Recorded(fed, pv *unstructured.Unstructured) (map[string]string, error) {
	out := map[string]string{}
	if pv == nil {
		return out, nil
	}
	var recorded v1alpha1.PropagatedVersion
	if err := decode(pv, &recorded); err != nil {
		return nil, fmt.Errorf("reading %s: %w", describe(pv), err)
	}
	current, err := isCurrent(fed, recorded.Status)
	if err != nil || !current {
		return out, err
	}
	for _, v := range recorded.Status.ClusterVersions {
		out[v.ClusterName] = v.Version
	}
	return out, nil
}

func isCurrent(fed *unstructured.Unstructured, status v1alpha1.PropagatedVersionStatus) (bool, error) {
	template, err := TemplateHash(fed)
	if err != nil {
		return false, err
	}
	overrides, err := OverridesHash(fed)
	if err != nil {
		return false, err
	}
	return template == status.TemplateVersion && overrides == status.OverrideVersion, nil
}

// NeedsUpdate tells whether KubeFed would write desired over live. It
// compares no specs: the recorded version has to be the live one and, where
// that is a generation, which metadata does not move, name, labels and
// annotations have to be equal (controller/util/propagatedversion.go).
func NeedsUpdate(desired, live *unstructured.Unstructured, recorded string) bool {
	version := VersionOf(live)
	if recorded != version {
		return true
	}
	return strings.HasPrefix(version, generationPrefix) && !sameMeta(desired, live)
}

func sameMeta(a, b *unstructured.Unstructured) bool {
	return a.GetName() == b.GetName() &&
		a.GetNamespace() == b.GetNamespace() &&
		maps.Equal(stringsIn(a, "labels"), stringsIn(b, "labels")) &&
		maps.Equal(stringsIn(a, "annotations"), stringsIn(b, "annotations"))
}
