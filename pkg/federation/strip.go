package federation

import (
	"errors"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// stripper takes from an object what must not travel, and notes what of it a
// user would ask for.
type stripper struct {
	obj     *unstructured.Unstructured
	dropped []Dropped
}

// strip handles each kind by name, in its own group only: a Knative Service
// allocates no cluster IP.
func (s *stripper) strip(t Type) error {
	s.annotations()
	s.label(ManagedLabel, "")
	if err := s.kind(t.Target.Group, t.Target.Kind); err != nil {
		return err
	}
	s.podTemplateHash()
	labels := s.obj.GetLabels()
	for _, field := range []string{"apiVersion", "kind", "status", "metadata"} {
		delete(s.obj.Object, field)
	}
	if len(labels) > 0 {
		s.obj.SetLabels(labels)
	}
	s.inner()
	dropNullTimestamps(s.obj.Object)
	return nil
}

func (s *stripper) kind(group, kind string) error {
	switch group + "/" + kind {
	case "/Namespace":
		s.namespace()
	case "/Secret":
		return s.secret()
	case "/ServiceAccount":
		s.serviceAccount()
	case "/Service":
		s.service()
	case "/PersistentVolumeClaim":
		s.field("bound to a volume of one cluster", "spec", "volumeName")
	case "/Pod":
		s.field("a node of one cluster", "spec", "nodeName")
	case "batch/Job":
		s.job()
	}
	return nil
}

// templates are where objects keep the templates of others.
var templates = [][]string{
	{"spec", "template"}, {"spec", "jobTemplate"}, {"spec", "jobTemplate", "spec", "template"},
}

// inner drops the bookkeeping of templates inside the object, which clients
// that copy a live object leave there, and what the server says of claims that
// a StatefulSet has not made yet. It goes without a word: it says nothing.
func (s *stripper) inner() {
	for _, path := range templates {
		for _, field := range copiedMeta {
			unstructured.RemoveNestedField(s.obj.Object, append(slices.Clone(path), "metadata", field)...)
		}
	}
	claims, _ := list(s.obj.Object, "spec", "volumeClaimTemplates")
	for _, c := range claims {
		claim, _ := c.(map[string]any)
		delete(claim, "status")
		for _, field := range copiedMeta {
			unstructured.RemoveNestedField(claim, "metadata", field)
		}
	}
}

// copiedMeta is the metadata of a live object that has no place in a template.
var copiedMeta = []string{
	"deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generation",
	"managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid",
}

// lastApplied is kubectl's own note of the object, of use to nobody else.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// annotations notes them only: all metadata but labels goes at the end.
func (s *stripper) annotations() {
	for _, key := range sortedKeys(s.obj.GetAnnotations()) {
		if key != lastApplied {
			s.note("metadata.annotations["+key+"]", "KubeFed carries no annotations from a template")
		}
	}
}

func (s *stripper) namespace() {
	s.label("kubernetes.io/metadata.name", "")
	unstructured.RemoveNestedField(s.obj.Object, "spec", "finalizers")
	s.dropEmpty("spec")
}

func (s *stripper) secret() error {
	kind, _, _ := unstructured.NestedString(s.obj.Object, "type")
	if kind == "kubernetes.io/service-account-token" {
		return errors.New("a service account's token is of no use in another cluster, " +
			"and the members' own controllers would delete it")
	}
	return nil
}

// serviceAccount drops the tokens, and the pull secrets that OpenShift
// generates beside them.
func (s *stripper) serviceAccount() {
	s.field("token secrets of one cluster", "secrets")
	pulls, _, _ := unstructured.NestedSlice(s.obj.Object, "imagePullSecrets")
	kept := slices.DeleteFunc(slices.Clone(pulls), func(ref any) bool {
		m, _ := ref.(map[string]any)
		name, _ := m["name"].(string)
		return strings.Contains(name, "-dockercfg-")
	})
	if len(kept) == len(pulls) {
		return
	}
	s.note("imagePullSecrets", "generated pull secrets of one cluster")
	s.obj.Object["imagePullSecrets"] = kept
	if len(kept) == 0 {
		delete(s.obj.Object, "imagePullSecrets")
	}
}

const allocated = "allocated by one cluster"

// service keeps "None": without it a headless Service would turn into one
// with an address.
func (s *stripper) service() {
	if ip, _, _ := unstructured.NestedString(s.obj.Object, "spec", "clusterIP"); ip != "None" {
		s.field(allocated, "spec", "clusterIP")
		s.field(allocated, "spec", "clusterIPs")
	}
	s.field(allocated, "spec", "healthCheckNodePort")
	s.families()
	ports, _ := list(s.obj.Object, "spec", "ports")
	for i, p := range ports {
		port, _ := p.(map[string]any)
		if isSet(port["nodePort"]) {
			s.note(elementPath("spec.ports", port, i)+".nodePort", allocated)
		}
		delete(port, "nodePort")
	}
}

// families keeps the wish for a second IP family, which a cluster with one
// family grants as far as it can, and drops what such a cluster refuses.
func (s *stripper) families() {
	const reason = "a member may have other IP families"
	s.field(reason, "spec", "ipFamilies")
	switch policy, _, _ := unstructured.NestedString(s.obj.Object, "spec", "ipFamilyPolicy"); policy {
	case "PreferDualStack":
	case "RequireDualStack":
		s.note("spec.ipFamilyPolicy", "a member with one IP family refuses RequireDualStack; it is PreferDualStack there")
		s.obj.Object["spec"].(map[string]any)["ipFamilyPolicy"] = "PreferDualStack" // there is a spec, since it had a policy
	default:
		s.field(reason, "spec", "ipFamilyPolicy")
	}
}

// jobLabels are written by the Job controller, in the spelling before
// Kubernetes 1.27 and in the one since.
var jobLabels = []string{
	"controller-uid", "job-name",
	"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
}

// job drops the generated selector. It names the uid of the Job in one
// cluster, and no API server accepts it in a new Job. One that the user set,
// which manualSelector says, stays.
func (s *stripper) job() {
	if manual, _, _ := unstructured.NestedBool(s.obj.Object, "spec", "manualSelector"); manual {
		return
	}
	const reason = "generated for one cluster's Job"
	s.field(reason, "spec", "selector")
	for _, key := range jobLabels {
		s.label(key, reason)
		s.key(reason, key, "spec", "template", "metadata", "labels")
	}
	s.dropEmpty("spec", "template", "metadata", "labels")
}

// podTemplateHash drops the label by which a Deployment tells its ReplicaSets
// apart, wherever a ReplicaSet or a Pod repeats it.
func (s *stripper) podTemplateHash() {
	const key, reason = "pod-template-hash", "generated by a Deployment in one cluster"
	s.label(key, reason)
	s.key(reason, key, "spec", "selector", "matchLabels")
	s.key(reason, key, "spec", "template", "metadata", "labels")
}

func (s *stripper) note(path, reason string) {
	s.dropped = append(s.dropped, Dropped{Path: path, Reason: reason})
}

// field removes a field, and notes it if it held anything.
func (s *stripper) field(reason string, path ...string) {
	value, ok, _ := unstructured.NestedFieldNoCopy(s.obj.Object, path...)
	if !ok {
		return
	}
	if isSet(value) {
		s.note(strings.Join(path, "."), reason)
	}
	unstructured.RemoveNestedField(s.obj.Object, path...)
}

// label removes a label of the object itself; without a reason in silence.
func (s *stripper) label(key, reason string) { s.key(reason, key, "metadata", "labels") }

func (s *stripper) key(reason, key string, path ...string) {
	labels, ok, _ := unstructured.NestedFieldNoCopy(s.obj.Object, path...)
	m, isMap := labels.(map[string]any)
	if _, has := m[key]; !ok || !isMap || !has {
		return
	}
	delete(m, key)
	if reason != "" {
		s.note(strings.Join(path, ".")+"["+key+"]", reason)
	}
}

func (s *stripper) dropEmpty(path ...string) {
	value, ok, _ := unstructured.NestedFieldNoCopy(s.obj.Object, path...)
	if m, isMap := value.(map[string]any); ok && isMap && len(m) == 0 {
		unstructured.RemoveNestedField(s.obj.Object, path...)
	}
}

func list(obj map[string]any, path ...string) ([]any, bool) {
	value, ok, _ := unstructured.NestedFieldNoCopy(obj, path...)
	l, isList := value.([]any)
	return l, ok && isList
}

// isSet tells whether dropping a value loses anything.
func isSet(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case int64:
		return v != 0
	}
	return true
}

// dropNullTimestamps removes the "creationTimestamp: null" that Go programs
// write into every pod template.
func dropNullTimestamps(value any) {
	switch v := value.(type) {
	case map[string]any:
		if t, ok := v["creationTimestamp"]; ok && t == nil {
			delete(v, "creationTimestamp")
		}
		for _, child := range v {
			dropNullTimestamps(child)
		}
	case []any:
		for _, child := range v {
			dropNullTimestamps(child)
		}
	}
}
