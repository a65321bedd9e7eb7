package corpus

import (
	"encoding/json"
	"fmt"
)

// plan has a preference and what each cluster has of the workload.
func (g *generator) plan() Case {
	c := Case{Preference: encode(g.preference()), States: map[string]State{}}
	for _, i := range g.Perm(5)[:g.IntN(6)] {
		c.States[fmt.Sprintf("c%d", i+1)] = g.state()
	}
	return c
}

func (g *generator) state() State {
	s := State{}
	if !g.once(3) {
		current := pick[int64](g, 0, 0, 1, 2, 3, 5, 9, 40)
		s.Current = &current
	}
	if s.Current != nil && g.once(3) {
		capacity := pick[int64](g, 0, 1, 2, 4, 10, -1)
		s.Capacity = &capacity
	}
	return s
}

// preference has numbers that no sane one has: nobody checks them.
func (g *generator) preference() object {
	spec := object{"targetKind": "FederatedDeployment", "totalReplicas": pick(g, 0, 1, 2, 3, 7, 9, 10, 10, 50, 1000, -1)}
	put(spec, "rebalance", pick[any](g, absent{}, true, false))
	put(spec, "clusters", g.preferences())
	return object{
		"apiVersion": "scheduling.kubefed.io/v1alpha1", "kind": "ReplicaSchedulingPreference",
		"metadata": g.federatedMeta("deployments.apps"), "spec": spec,
	}
}

func (g *generator) preferences() any {
	if g.once(8) {
		return pick[any](g, absent{}, object{})
	}
	out := object{}
	for range 1 + g.IntN(4) {
		p := object{}
		put(p, "weight", pick[any](g, absent{}, 0, 1, 1, 1, 2, 3, 10, 100000, -1))
		put(p, "minReplicas", pick[any](g, absent{}, absent{}, 0, 1, 2, 5, 20, -1))
		put(p, "maxReplicas", pick[any](g, absent{}, absent{}, 0, 1, 2, 6, 20, -1))
		out[pick(g, "*", "*", "c1", "c2", "c3", "gone")] = p
	}
	return out
}

// pods has a workload and its pods in one cluster.
func (g *generator) pods() Case {
	return Case{Live: encode(g.workload()), Pods: encode(g.podList())}
}

// workload is a Deployment in a member. Its pods are counted where it is not
// all ready.
func (g *generator) workload() object {
	spec, status, label := object{}, object{}, g.space()
	put(spec, "replicas", g.count())
	put(status, "readyReplicas", g.count())
	usual := object{"matchLabels": object{"app": label}}
	put(spec, "selector", pick[any](g, usual, usual, usual, usual, object{"matchLabels": nil}, object{"matchExpressions": []any{}}, absent{}))
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": object{"name": "web", "namespace": g.space(), "labels": object{"kubefed.io/managed": "true"}},
		"spec":     spec, "status": status,
	}
}

func (g *generator) podList() object {
	items := []any{}
	for i := range g.IntN(6) {
		conditions := []any{}
		for range g.IntN(3) {
			conditions = append(conditions, g.condition())
		}
		items = append(items, object{
			"metadata": object{"name": fmt.Sprintf("web-%d", i)},
			"status":   object{"phase": pick(g, "Running", "Running", "Pending", "Failed"), "conditions": conditions},
		})
	}
	return object{"apiVersion": "v1", "kind": "PodList", "metadata": object{}, "items": items}
}

// condition lies far from the time at which pods are counted, on either side.
func (g *generator) condition() object {
	return object{
		"type": pick(g, "Ready", "Ready", "PodScheduled", "PodScheduled", "Initialized"), "status": pick(g, "True", "False"),
		"reason":             pick(g, "", "Unschedulable", "Unschedulable", "Other"),
		"lastTransitionTime": pick(g, "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
	}
}

// schedule has all that a reconciliation of a preference reads: the federated
// workload, its namespace, and the workload in each cluster. The clusters are
// ScheduleClusters. Few of the workloads make KubeFed list pods: it does so no
// more than twenty times a second.
func (g *generator) schedule() Case {
	p := g.preference()
	spec := p["spec"].(object)
	put(spec, "intersectWithClusterSelector", pick[any](g, absent{}, absent{}, true, false))
	spec["targetKind"] = pick(g, "FederatedDeployment", "FederatedDeployment", "FederatedDeployment", "FederatedDeployment", "FederatedService")
	c := Case{Type: "deployments.apps", Preference: encode(p), Clusters: ScheduleClusters}
	if !g.once(20) {
		c.Federated = served(g.scheduled(spec))
	}
	if !g.once(4) {
		c.FederatedNamespace = served(g.placed("FederatedNamespace", g.federatedMeta("namespaces")))
	}
	return g.withWorkloads(c)
}

// ScheduleClusters are the members of all schedules.
var ScheduleClusters = []Cluster{
	{Name: "c1", Labels: map[string]string{"env": "prod"}, Ready: true},
	{Name: "c2", Labels: map[string]string{"env": "dev"}, Ready: true},
	{Name: "c3", Labels: map[string]string{"env": "prod", "tier": "1"}, Ready: true},
	{Name: "c4", Ready: false},
}

// scheduled is a federated workload, now and then as a former schedule left it.
func (g *generator) scheduled(preference object) object {
	o := g.placed("FederatedDeployment", g.federatedMeta("deployments.apps"))
	spec, ok := o["spec"].(object)
	if !ok {
		return o
	}
	spec["template"] = object{"spec": object{"replicas": 1}}
	put(spec, "overrides", g.overrideList(object{"spec": object{"replicas": 1}}))
	if g.once(2) {
		spec["placement"] = object{"clusters": []any{object{"name": "c3"}, object{"name": "c1"}, object{"name": "c2"}}}
		spec["overrides"] = g.replicaOverrides(preference)
	}
	return o
}

// replicaOverrides share the replicas out evenly, as the planner may, too.
func (g *generator) replicaOverrides(preference object) any {
	total, _ := preference["totalReplicas"].(int)
	list := []any{}
	for _, cluster := range []string{"c1", "c2", "c3", "c4"}[:3+g.IntN(2)] {
		step := object{"path": "/spec/replicas", "value": pick[any](g, total/3, total/3, total/3+1, 0, number("0.5"), "x", nil)}
		steps := []any{step}
		if g.once(3) {
			steps = append(steps, object{"op": "add", "path": "/spec/a", "value": g.scalar()})
		}
		list = append(list, object{"clusterName": cluster, "clusterOverrides": steps})
	}
	return list
}

func (g *generator) withWorkloads(c Case) Case {
	c.Workloads = map[string]json.RawMessage{}
	pods := g.once(20)
	for _, cluster := range []string{"c1", "c2", "c3"} {
		if g.once(3) {
			continue
		}
		w := g.workload()
		if !pods {
			n := pick(g, 0, 1, 2, 5, 9)
			put(w["spec"].(object), "replicas", n)
			put(w["status"].(object), "readyReplicas", n)
		}
		c.Workloads[cluster] = served(w)
	}
	c.Pods = encode(g.podList())
	return c
}
