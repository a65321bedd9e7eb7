package model

import (
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// pods counts them for a workload that wants more of them than are ready, so
// that they are counted at all.
func (m Model) pods(c corpus.Case) (corpus.Answer, error) {
	list, err := podsOf(c)
	if err != nil {
		return corpus.Answer{}, err
	}
	const wanted = 100
	current, err := m.Observe(&unstructured.Unstructured{Object: map[string]any{
		"kind": "Deployment", "spec": map[string]any{"replicas": int64(wanted), "selector": map[string]any{"matchLabels": map[string]any{}}},
	}}, list, metav1.Now())
	if err != nil {
		return corpus.Answer{}, err
	}
	unschedulable := int64(0)
	if current.Capacity != nil {
		unschedulable = wanted - *current.Capacity
	}
	return corpus.Answer{Value: []any{current.Replicas, unschedulable}}, nil
}

func podsOf(c corpus.Case) ([]corev1.Pod, error) {
	var list corev1.PodList
	err := json.Unmarshal(c.Pods, &list)
	return list.Items, err
}

func preference(c corpus.Case) (*v1alpha1.ReplicaSchedulingPreference, error) {
	rsp := &v1alpha1.ReplicaSchedulingPreference{}
	return rsp, json.Unmarshal(c.Preference, rsp)
}

func (m Model) plan(c corpus.Case) (corpus.Answer, error) {
	rsp, err := preference(c)
	if err != nil {
		return corpus.Answer{}, err
	}
	var candidates []federation.Candidate
	for _, name := range slices.Sorted(maps.Keys(c.States)) {
		candidates = append(candidates, candidate(name, c.States[name]))
	}
	plan, err := m.Plan(rsp, candidates)
	if err != nil {
		return corpus.Refusal(err), nil
	}
	return corpus.Answer{Value: plan.Replicas}, nil
}

func candidate(name string, s corpus.State) federation.Candidate {
	c := federation.Candidate{Name: name}
	if s.Current != nil {
		c.Current = &federation.Current{Replicas: *s.Current, Capacity: s.Capacity}
	}
	return c
}

// nothing is the answer where the scheduler writes nothing.
var nothing = corpus.Answer{Value: "nothing written"}

// schedule goes the way of a whole reconciliation.
func (m Model) schedule(c corpus.Case) (corpus.Answer, error) {
	rsp, err := preference(c)
	if err != nil {
		return corpus.Answer{}, err
	}
	fed, ns, err := objects(c, c.FederatedNamespace)
	if err != nil {
		return corpus.Answer{}, err
	}
	if fed == nil || !federation.IsScheduled(rsp.Spec.TargetKind) {
		return nothing, nil
	}
	after, err := m.reschedule(c, rsp, fed, ns)
	switch {
	case err != nil:
		return corpus.Refusal(err), nil
	case after == fed:
		return nothing, nil
	}
	return corpus.Answer{Value: corpus.Sorted(after.Object)}, nil
}

func (m Model) reschedule(c corpus.Case, rsp *v1alpha1.ReplicaSchedulingPreference, fed, ns object) (object, error) {
	names, err := m.Schedulable(rsp, fed, ns, ready(c))
	if err != nil {
		return nil, err
	}
	candidates, err := m.candidates(c, names)
	if err != nil {
		return nil, err
	}
	plan, err := m.Plan(rsp, candidates)
	if err != nil {
		return nil, err
	}
	return m.Reschedule(fed, plan)
}

func ready(c corpus.Case) []federation.Cluster {
	var out []federation.Cluster
	for _, member := range c.Clusters {
		if member.Ready {
			out = append(out, federation.Cluster{Name: member.Name, Labels: member.Labels})
		}
	}
	return out
}

func (m Model) candidates(c corpus.Case, names []string) ([]federation.Candidate, error) {
	pods, err := podsOf(c)
	if err != nil {
		return nil, err
	}
	var out []federation.Candidate
	for _, name := range names {
		live, err := parse(c.Workloads[name])
		if err != nil {
			return nil, err
		}
		current, err := m.Observe(live, pods, metav1.Now())
		if err != nil {
			return nil, err
		}
		out = append(out, federation.Candidate{Name: name, Current: current})
	}
	return out, nil
}
