package kubefed

import (
	"encoding/json"
	"fmt"
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kubefed/pkg/apis/core/v1beta1"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/kubefed/pkg/controller/sync"
	"sigs.k8s.io/kubefed/pkg/controller/util"
	"sigs.k8s.io/kubefed/pkg/controller/util/planner"
	"sigs.k8s.io/kubefed/pkg/controller/util/podanalyzer"
	"sigs.k8s.io/kubefed/pkg/kubefedctl/federate"

	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

func placement(c corpus.Case) (corpus.Answer, error) {
	fed, fedNamespace, err := parseTwo(c.Federated, c.FederatedNamespace)
	if err != nil {
		return corpus.Answer{}, err
	}
	placed, err := util.ComputePlacement(fed, clusters(c), false)
	if corpus.Config(c.Type).GetNamespaced() {
		placed, err = util.ComputeNamespacedPlacement(fed, fedNamespace, clusters(c), c.Limited, false)
	}
	if err != nil {
		return corpus.Refusal(err), nil
	}
	return corpus.Answer{Value: placed.List()}, nil
}

func clusters(c corpus.Case) []*v1beta1.KubeFedCluster {
	var out []*v1beta1.KubeFedCluster
	for _, m := range c.Clusters {
		out = append(out, &v1beta1.KubeFedCluster{ObjectMeta: metav1.ObjectMeta{Name: m.Name, Labels: m.Labels}})
	}
	return out
}

func overrides(c corpus.Case) (corpus.Answer, error) {
	fed, err := parse(c.Federated)
	if err != nil {
		return corpus.Answer{}, err
	}
	read, err := util.GetOverrides(fed)
	if err != nil {
		return corpus.Refusal(err), nil
	}
	value, err := plain(read)
	return corpus.Answer{Value: value}, err
}

func patch(c corpus.Case) (corpus.Answer, error) {
	obj, err := parse(c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	var steps util.ClusterOverrides
	if err := json.Unmarshal(c.Steps, &steps); err != nil {
		return corpus.Refusal(err), nil
	}
	if err := util.ApplyJSONPatch(obj, steps); err != nil {
		return corpus.Refusal(err), nil
	}
	return corpus.Answer{Value: corpus.Tagged(obj.Object)}, nil
}

func hashes(c corpus.Case) (corpus.Answer, error) {
	fed, err := parse(c.Federated)
	if err != nil {
		return corpus.Answer{}, err
	}
	template, templateErr := sync.GetTemplateHash(fed.Object)
	steps, stepsErr := sync.GetOverrideHash(fed)
	return corpus.Answer{Value: []any{template, templateErr != nil, steps, stepsErr != nil}}, nil
}

func needs(c corpus.Case) (corpus.Answer, error) {
	desired, live, err := parseTwo(c.Federated, c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	return corpus.Answer{Value: []any{util.ObjectVersion(live), util.ObjectNeedsUpdate(desired, live, c.Recorded)}}, nil
}

func convert(c corpus.Case) (corpus.Answer, error) {
	obj, err := parse(c.Live)
	if err != nil {
		return corpus.Answer{}, err
	}
	fed, err := federate.FederatedResourceFromTargetResource(corpus.Config(c.Type), obj)
	if err != nil {
		return corpus.Refusal(err), nil
	}
	return corpus.Answer{Value: corpus.Tagged(fed.Object)}, nil
}

func pods(c corpus.Case) (corpus.Answer, error) {
	var list corev1.PodList
	if err := json.Unmarshal(c.Pods, &list); err != nil {
		return corpus.Answer{}, err
	}
	found, _ := podanalyzer.AnalyzePods(&list, time.Now())
	return corpus.Answer{Value: []any{found.RunningAndReady, found.Unschedulable}}, nil
}

// plan gives the planner what the scheduler gives it, with the same default, and
// adds the overflow as the scheduler does. That the scheduler does so is seen
// in the rule Schedule.
func plan(c corpus.Case) (corpus.Answer, error) {
	rsp := &v1alpha1.ReplicaSchedulingPreference{}
	if err := json.Unmarshal(c.Preference, rsp); err != nil {
		return corpus.Answer{}, err
	}
	if len(rsp.Spec.Clusters) == 0 {
		rsp.Spec.Clusters = map[string]v1alpha1.ClusterPreferences{"*": {Weight: 1}}
	}
	names, current, capacity := states(c)
	planned, overflow, err := planner.NewPlanner(rsp).Plan(names, current, capacity, fmt.Sprintf("%s/%s", rsp.Namespace, rsp.Name))
	if err != nil {
		return corpus.Refusal(err), nil
	}
	for name, n := range overflow {
		planned[name] += n
	}
	return corpus.Answer{Value: planned}, nil
}

func states(c corpus.Case) (names []string, current, capacity map[string]int64) {
	current, capacity = map[string]int64{}, map[string]int64{}
	for name, s := range c.States {
		names = append(names, name)
		if s.Current != nil {
			current[name] = *s.Current
		}
		if s.Capacity != nil {
			capacity[name] = *s.Capacity
		}
	}
	sort.Strings(names)
	return names, current, capacity
}
