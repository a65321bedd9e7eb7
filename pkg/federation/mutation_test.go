package federation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
	"github.com/kubectl-fed/kubectl-fed/test/corpus/model"
)

type u = *unstructured.Unstructured

// mutation is an error planted into the model: the kind of mistake that someone
// would make who writes the rule from memory.
type mutation struct {
	rule corpus.Rule
	name string
	put  func(*model.Model)
}

// mutations has at least one error for each rule, and for each of the traps that
// a rule is known for.
var mutations = []mutation{
	{corpus.Placement, "an empty list is no list", func(m *model.Model) {
		m.Place = func(t federation.Type, fed, ns u, clusters []federation.Cluster, limited bool) (federation.Placement, error) {
			fed = fed.DeepCopy()
			if list, ok, _ := unstructured.NestedSlice(fed.Object, "spec", "placement", "clusters"); ok && len(list) == 0 {
				unstructured.RemoveNestedField(fed.Object, "spec", "placement", "clusters")
			}
			return federation.Place(t, fed, ns, clusters, limited)
		}
	}},
	{corpus.Placement, "the namespace's placement is overlooked", func(m *model.Model) {
		m.Place = func(t federation.Type, fed, _ u, clusters []federation.Cluster, _ bool) (federation.Placement, error) {
			return federation.Place(t, fed, nil, clusters, true)
		}
	}},
	{corpus.Placement, "a limited control plane needs a FederatedNamespace", func(m *model.Model) {
		m.Place = func(t federation.Type, fed, ns u, clusters []federation.Cluster, _ bool) (federation.Placement, error) {
			return federation.Place(t, fed, ns, clusters, false)
		}
	}},
	{corpus.Placement, "the selector is parsed beside a list", func(m *model.Model) {
		m.Place = func(t federation.Type, fed, ns u, clusters []federation.Cluster, limited bool) (federation.Placement, error) {
			alone := fed.DeepCopy()
			unstructured.RemoveNestedField(alone.Object, "spec", "placement", "clusters")
			if _, err := federation.Place(t, alone, ns, clusters, limited); err != nil {
				return federation.Placement{}, err
			}
			return federation.Place(t, fed, ns, clusters, limited)
		}
	}},
	{corpus.Overrides, "a cluster that comes twice is merged", func(m *model.Model) {
		m.Overrides = func(fed u) (map[string][]federation.Override, error) {
			read, err := federation.Overrides(fed)
			if err != nil && strings.Contains(err.Error(), "appears more than once in") {
				return map[string][]federation.Override{}, nil
			}
			return read, err
		}
	}},
	{corpus.Overrides, "a path that comes twice is allowed", func(m *model.Model) {
		m.Overrides = func(fed u) (map[string][]federation.Override, error) {
			read, err := federation.Overrides(fed)
			if err != nil && strings.Contains(err.Error(), "appears more than once for") {
				return map[string][]federation.Override{}, nil
			}
			return read, err
		}
	}},
	{corpus.Overrides, "/apiVersion is forbidden", func(m *model.Model) {
		m.Overrides = func(fed u) (map[string][]federation.Override, error) {
			read, err := federation.Overrides(fed)
			for _, steps := range read {
				if slices.ContainsFunc(steps, func(o federation.Override) bool { return o.Path == "/apiVersion" }) {
					return nil, fmt.Errorf("no")
				}
			}
			return read, err
		}
	}},
	{corpus.Patch, "a missing field can't be replaced", func(m *model.Model) {
		m.Apply = func(obj u, steps []federation.Override) error {
			for _, s := range steps {
				if s.Op != "" && s.Op != "replace" {
					continue
				}
				if err := federation.Apply(obj.DeepCopy(), []federation.Override{{Op: "remove", Path: s.Path}}); err != nil {
					return err
				}
			}
			return federation.Apply(obj, steps)
		}
	}},
	{corpus.Patch, "an empty op is refused", func(m *model.Model) {
		m.Apply = func(obj u, steps []federation.Override) error {
			if slices.ContainsFunc(steps, func(o federation.Override) bool { return o.Op == "" }) {
				return fmt.Errorf("no")
			}
			return federation.Apply(obj, steps)
		}
	}},
	{corpus.Patch, "negative indices are refused", func(m *model.Model) {
		m.Apply = func(obj u, steps []federation.Override) error {
			if slices.ContainsFunc(steps, func(o federation.Override) bool { return strings.HasSuffix(o.Path, "/-1") }) {
				return fmt.Errorf("no")
			}
			return federation.Apply(obj, steps)
		}
	}},
	{corpus.Patch, "~1 stays as it is", func(m *model.Model) {
		m.Apply = func(obj u, steps []federation.Override) error {
			steps = slices.Clone(steps)
			for i := range steps {
				steps[i].Path = strings.ReplaceAll(steps[i].Path, "~1", "/")
			}
			return federation.Apply(obj, steps)
		}
	}},
	{corpus.Create, "annotations of the template travel", func(m *model.Model) {
		m.ForCreate = func(t federation.Type, fed u, cluster string) (u, error) {
			obj, err := federation.ForCreate(t, fed, cluster)
			kept, ok, _ := unstructured.NestedStringMap(fed.Object, "spec", "template", "metadata", "annotations")
			if err == nil && ok && len(kept) > 0 {
				obj.SetAnnotations(kept)
			}
			return obj, err
		}
	}},
	{corpus.Create, "status is taken off", func(m *model.Model) {
		m.ForCreate = func(t federation.Type, fed u, cluster string) (u, error) {
			obj, err := federation.ForCreate(t, fed, cluster)
			if err == nil {
				delete(obj.Object, "status")
			}
			return obj, err
		}
	}},
	{corpus.Create, "a malformed override fails its own cluster only", func(m *model.Model) {
		m.ForCreate = func(t federation.Type, fed u, cluster string) (u, error) {
			obj, err := federation.ForCreate(t, fed, cluster)
			if err != nil && !strings.Contains(fmt.Sprint(fed.Object["spec"]), "clusterName:"+cluster) {
				fed = fed.DeepCopy()
				unstructured.RemoveNestedField(fed.Object, "spec", "overrides")
				return federation.ForCreate(t, fed, cluster)
			}
			return obj, err
		}
	}},
	{corpus.Update, "labels are retained", func(m *model.Model) {
		m.ForUpdate = func(t federation.Type, fed u, cluster string, live u) (u, error) {
			obj, err := federation.ForUpdate(t, fed, cluster, live)
			if err == nil && len(live.GetLabels()) > 0 {
				labels := live.GetLabels()
				maps.Copy(labels, obj.GetLabels())
				obj.SetLabels(labels)
			}
			return obj, err
		}
	}},
	{corpus.Update, "annotations are not retained", liveWithout("metadata", "annotations")},
	{corpus.Update, "finalizers are not retained", liveWithout("metadata", "finalizers")},
	{corpus.Update, "node ports are not retained", liveWithout("spec", "ports")},
	{corpus.Update, "the cluster IP is not retained", liveWithout("spec", "clusterIP")},
	{corpus.Update, "the cluster IPs are not retained", liveWithout("spec", "clusterIPs")},
	{corpus.Update, "the health check's port is not retained", liveWithout("spec", "healthCheckNodePort")},
	{corpus.Update, "secrets are not retained", liveWithout("secrets")},
	{corpus.Update, "replicas are not retained", liveWithout("spec", "replicas")},
	{corpus.Update, "ports match without their protocol", func(m *model.Model) {
		m.ForUpdate = func(t federation.Type, fed u, cluster string, live u) (u, error) {
			live = live.DeepCopy()
			ports, _, _ := unstructured.NestedSlice(live.Object, "spec", "ports")
			for _, p := range ports {
				if port, ok := p.(map[string]any); ok {
					delete(port, "protocol")
				}
			}
			if len(ports) > 0 {
				_ = unstructured.SetNestedSlice(live.Object, ports, "spec", "ports")
			}
			return federation.ForUpdate(t, fed, cluster, live)
		}
	}},
	{corpus.Update, "the label that orders to keep away is overlooked", func(m *model.Model) {
		m.ForUpdate = func(t federation.Type, fed u, cluster string, live u) (u, error) {
			live = live.DeepCopy()
			live.SetLabels(nil)
			return federation.ForUpdate(t, fed, cluster, live)
		}
	}},
	{corpus.Hashes, "the hash of no overrides is empty", func(m *model.Model) {
		m.OverridesHash = func(fed u) (string, error) {
			if _, ok, _ := unstructured.NestedSlice(fed.Object, "spec", "overrides"); !ok {
				return "", nil
			}
			return federation.OverridesHash(fed)
		}
	}},
	{corpus.Hashes, "the template is hashed without its annotations", func(m *model.Model) {
		m.TemplateHash = func(fed u) (string, error) {
			fed = fed.DeepCopy()
			unstructured.RemoveNestedField(fed.Object, "spec", "template", "metadata", "annotations")
			return federation.TemplateHash(fed)
		}
	}},
	{corpus.Needs, "annotations don't count", func(m *model.Model) {
		m.NeedsUpdate = func(desired, live u, recorded string) bool {
			desired, live = desired.DeepCopy(), live.DeepCopy()
			desired.SetAnnotations(nil)
			live.SetAnnotations(nil)
			return federation.NeedsUpdate(desired, live, recorded)
		}
	}},
	{corpus.Needs, "specs are compared", func(m *model.Model) {
		m.NeedsUpdate = func(desired, live u, recorded string) bool {
			return federation.NeedsUpdate(desired, live, recorded) || fmt.Sprint(desired.Object["spec"]) != fmt.Sprint(live.Object["spec"])
		}
	}},
	{corpus.Needs, "metadata counts without a generation, too", func(m *model.Model) {
		m.NeedsUpdate = func(desired, live u, recorded string) bool {
			return federation.NeedsUpdate(desired, live, recorded) || !maps.Equal(desired.GetLabels(), live.GetLabels())
		}
	}},
	{corpus.Recorded, "stale hashes are overlooked", func(m *model.Model) {
		m.Recorded = func(fed, version u) (map[string]string, error) {
			out := map[string]string{}
			if version == nil {
				return out, nil
			}
			list, _, _ := unstructured.NestedSlice(version.Object, "status", "clusterVersions")
			for _, entry := range list {
				e := entry.(map[string]any)
				out[e["clusterName"].(string)] = e["version"].(string)
			}
			return out, nil
		}
	}},
	{corpus.Convert, "annotations are carried over", func(m *model.Model) {
		m.Federate = func(t federation.Type, obj u, o federation.NewOptions) (u, []federation.Dropped, error) {
			fed, dropped, err := federation.Federate(t, obj, o)
			if err == nil && len(obj.GetAnnotations()) > 0 {
				_ = unstructured.SetNestedStringMap(fed.Object, obj.GetAnnotations(), "spec", "template", "metadata", "annotations")
			}
			return fed, dropped, err
		}
	}},
	{corpus.Convert, "status is carried over", func(m *model.Model) {
		m.Federate = func(t federation.Type, obj u, o federation.NewOptions) (u, []federation.Dropped, error) {
			fed, dropped, err := federation.Federate(t, obj, o)
			if status, ok := obj.Object["status"]; ok && err == nil {
				_ = unstructured.SetNestedField(fed.Object, status, "spec", "template", "status")
			}
			return fed, dropped, err
		}
	}},
	{corpus.Pods, "only pods that are ready count", func(m *model.Model) {
		m.Observe = func(live u, pods []corev1.Pod, now metav1.Time) (*federation.Current, error) {
			pods = slices.Clone(pods)
			for i := range pods {
				pods[i].Status.Conditions = slices.DeleteFunc(slices.Clone(pods[i].Status.Conditions), func(c corev1.PodCondition) bool {
					return c.Type == corev1.PodReady && c.Status != corev1.ConditionTrue
				})
			}
			return federation.Observe(live, pods, now)
		}
	}},
	{corpus.Plan, "shares are rounded down", func(m *model.Model) {
		m.Plan = func(rsp *v1alpha1.ReplicaSchedulingPreference, clusters []federation.Candidate) (federation.Schedule, error) {
			s, err := federation.Plan(rsp, clusters)
			if err == nil && len(clusters) > 1 && s.Placed() > 0 && s.Placed()%int64(len(clusters)) != 0 {
				s.Replicas[clusters[0].Name]++
			}
			return s, err
		}
	}},
	{corpus.Plan, "the key is the name alone", func(m *model.Model) {
		m.Plan = func(rsp *v1alpha1.ReplicaSchedulingPreference, clusters []federation.Candidate) (federation.Schedule, error) {
			rsp = rsp.DeepCopy()
			rsp.Namespace = ""
			return federation.Plan(rsp, clusters)
		}
	}},
	{corpus.Plan, "capacity is not known", func(m *model.Model) {
		m.Plan = func(rsp *v1alpha1.ReplicaSchedulingPreference, clusters []federation.Candidate) (federation.Schedule, error) {
			clusters = slices.Clone(clusters)
			for i, c := range clusters {
				if c.Current != nil {
					clusters[i].Current = &federation.Current{Replicas: c.Current.Replicas}
				}
			}
			return federation.Plan(rsp, clusters)
		}
	}},
	{corpus.Schedule, "clusters without replicas are not placed", func(m *model.Model) {
		m.Reschedule = func(fed u, s federation.Schedule) (u, error) {
			s.Replicas = maps.Clone(s.Replicas)
			maps.DeleteFunc(s.Replicas, func(_ string, n int64) bool { return n == 0 })
			return federation.Reschedule(fed, s)
		}
	}},
	{corpus.Schedule, "lists of clusters count beside selectors", func(m *model.Model) {
		m.Schedulable = func(rsp *v1alpha1.ReplicaSchedulingPreference, fed, ns u, ready []federation.Cluster) ([]string, error) {
			if !rsp.Spec.IntersectWithClusterSelector {
				return federation.Schedulable(rsp, fed, ns, ready)
			}
			p, err := federation.Place(deployments, fed, ns, ready, false)
			return p.Clusters, err
		}
	}},
	{corpus.Schedule, "other overrides are dropped", func(m *model.Model) {
		m.Reschedule = func(fed u, s federation.Schedule) (u, error) {
			if _, err := federation.Overrides(fed); err != nil {
				return nil, err
			}
			fed = fed.DeepCopy()
			unstructured.RemoveNestedField(fed.Object, "spec", "overrides")
			return federation.Reschedule(fed, s)
		}
	}},
}

// liveWithout hides a field of the member's object from the rendering.
func liveWithout(path ...string) func(*model.Model) {
	return func(m *model.Model) {
		m.ForUpdate = func(t federation.Type, fed u, cluster string, live u) (u, error) {
			live = live.DeepCopy()
			unstructured.RemoveNestedField(live.Object, path...)
			return federation.ForUpdate(t, fed, cluster, live)
		}
	}
}

// mutationCases is how many cases have to be enough to find a planted error: as
// many as every test run compares.
const mutationCases = 400

// TestCorpusFindsPlantedErrors: a comparison that no error can disturb proves
// nothing.
func TestCorpusFindsPlantedErrors(t *testing.T) {
	for _, rule := range corpus.Rules {
		cases := corpus.Many(rule, 1, mutationCases)
		theirs := askKubeFed(t, cases)
		planted := slices.DeleteFunc(slices.Clone(mutations), func(m mutation) bool { return m.rule != rule })
		if len(planted) == 0 {
			t.Errorf("no error is planted in the rule %s", rule)
		}
		for _, p := range planted {
			t.Run(string(rule)+"/"+p.name, func(t *testing.T) {
				m := model.New()
				p.put(&m)
				found := len(mismatches(t, m, cases, theirs))
				if found == 0 {
					t.Errorf("%d cases did not find it", len(cases))
				}
				t.Logf("found by %d of %d cases", found, len(cases))
			})
		}
	}
}

// TestCorpusIsMixed: a corpus of which nearly all is refused, or nothing is, would
// compare little.
func TestCorpusIsMixed(t *testing.T) {
	neverRefused := []corpus.Rule{corpus.Hashes, corpus.Needs, corpus.Recorded, corpus.Convert, corpus.Pods, corpus.Plan}
	for _, rule := range corpus.Rules {
		refused := 0
		for _, c := range corpus.Many(rule, 1, mutationCases) {
			a, err := model.New().Answer(c)
			if err != nil {
				t.Fatal(err)
			}
			if a.Failed != "" {
				refused++
			}
		}
		if slices.Contains(neverRefused, rule) {
			continue
		}
		if refused < mutationCases/50 || refused > mutationCases*3/4 {
			t.Errorf("%s: %d of %d cases are refused", rule, refused, mutationCases)
		}
	}
}

// TestGenerateIsDeterministic: rule and seed name a case for ever.
func TestGenerateIsDeterministic(t *testing.T) {
	for _, rule := range corpus.Rules {
		for seed := range uint64(50) {
			if a, b := corpus.Generate(rule, seed).String(), corpus.Generate(rule, seed).String(); a != b {
				t.Fatalf("first %s\nthen %s", a, b)
			}
		}
	}
}
