package federation_test

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kubefed/pkg/apis/scheduling/v1alpha1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// web is a federated Deployment of one replica, two in worker1.
var web = parse(`
apiVersion: types.kubefed.io/v1beta1
kind: FederatedDeployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {annotations: {team: shop}}
    spec: {replicas: 1}
  placement:
    clusters: [{name: worker1}, {name: worker2}, {name: worker9}]
  overrides:
  - clusterName: worker1
    clusterOverrides: [{path: /spec/replicas, value: 2}]
`)

func parse(text string) *unstructured.Unstructured {
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		panic(err)
	}
	obj := &unstructured.Unstructured{}
	if err := obj.UnmarshalJSON(raw); err != nil {
		panic(err)
	}
	return obj
}

func show(obj *unstructured.Unstructured) {
	raw, err := yaml.Marshal(obj.Object)
	if err != nil {
		panic(err)
	}
	fmt.Print(string(raw))
}

// exampleType is what a FederatedTypeConfig in the host cluster says.
func exampleType() federation.Type { return federation.TypeOf(corpus.Config("deployments.apps")) }

func ExamplePlace() {
	namespace := parse(`{kind: FederatedNamespace, metadata: {name: shop, namespace: shop}, spec: {placement: {clusters: [{name: worker1}]}}}`)
	members := []federation.Cluster{{Name: "worker1"}, {Name: "worker2"}, {Name: "worker3"}}
	placement, err := federation.Place(exampleType(), web, namespace, members, false)
	if err != nil {
		panic(err)
	}
	fmt.Println("placed:", placement.Clusters)
	fmt.Println("worker2:", placement.Excluded["worker2"])
	fmt.Println("worker3:", placement.Excluded["worker3"])
	fmt.Println("no members:", placement.Unknown)
	// Output:
	// placed: [worker1]
	// worker2: excluded by the placement of FederatedNamespace shop
	// worker3: not in spec.placement.clusters
	// no members: [worker9]
}

func ExampleForCreate() {
	obj, err := federation.ForCreate(exampleType(), web, "worker1")
	if err != nil {
		panic(err)
	}
	show(obj)
	// Output:
	// apiVersion: apps/v1
	// kind: Deployment
	// metadata:
	//   labels:
	//     kubefed.io/managed: "true"
	//   name: web
	//   namespace: shop
	// spec:
	//   replicas: 2
}

func ExampleForUpdate() {
	live := parse(`{kind: Deployment, metadata: {name: web, namespace: shop, annotations: {by: hand}, labels: {by: hand}}, spec: {replicas: 9}}`)
	obj, err := federation.ForUpdate(exampleType(), web, "worker2", live)
	if err != nil {
		panic(err)
	}
	show(obj)
	// Output:
	// apiVersion: apps/v1
	// kind: Deployment
	// metadata:
	//   annotations:
	//     by: hand
	//   labels:
	//     kubefed.io/managed: "true"
	//   name: web
	//   namespace: shop
	// spec:
	//   replicas: 1
}

func ExampleRenderer() {
	r := federation.NewRenderer(exampleType(), web)
	for _, cluster := range []string{"worker1", "worker2"} {
		obj, err := r.ForCreate(cluster)
		if err != nil {
			panic(err)
		}
		replicas, _, _ := unstructured.NestedInt64(obj.Object, "spec", "replicas")
		fmt.Println(cluster, replicas)
	}
	// Output:
	// worker1 2
	// worker2 1
}

func ExampleApply() {
	obj := parse(`{kind: Deployment, spec: {replicas: 1}}`)
	err := federation.Apply(obj, []federation.Override{
		{Path: "/spec/replicas", Value: 2},
		{Op: "add", Path: "/metadata/annotations/team", Value: "shop"},
	})
	fmt.Println(err)
	// Output:
	// override 2 (add /metadata/annotations/team): add operation does not apply: doc is missing path: "/metadata/annotations/team": missing value
}

func ExampleParseOverride() {
	arg, err := federation.ParseOverride("worker1:metadata.labels[acme.io/tier]=gold")
	if err != nil {
		panic(err)
	}
	override, err := arg.Resolve(parse(`{kind: Deployment, metadata: {labels: {}}}`))
	if err != nil {
		panic(err)
	}
	fmt.Println(arg.Cluster, override.Op, override.Path, override.Value)
	// Output: worker1 add /metadata/labels/acme.io~1tier gold
}

func ExampleFederate() {
	plain := parse(`{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, annotations: {team: shop}}, spec: {replicas: 1}}`)
	fed, dropped, err := federation.Federate(exampleType(), plain, federation.NewOptions{Clusters: []string{"worker1"}})
	if err != nil {
		panic(err)
	}
	show(fed)
	fmt.Println(dropped[0].Path+":", dropped[0].Reason)
	// Output:
	// apiVersion: types.kubefed.io/v1beta1
	// kind: FederatedDeployment
	// metadata:
	//   name: web
	//   namespace: shop
	// spec:
	//   placement:
	//     clusters:
	//     - name: worker1
	//   template:
	//     spec:
	//       replicas: 1
	// metadata.annotations[team]: KubeFed carries no annotations from a template
}

func ExamplePlan() {
	rsp := &v1alpha1.ReplicaSchedulingPreference{}
	rsp.Namespace, rsp.Name = "shop", "web"
	rsp.Spec.TotalReplicas = 10
	schedule, err := federation.Plan(rsp, []federation.Candidate{{Name: "alpha"}, {Name: "beta"}, {Name: "gamma"}})
	if err != nil {
		panic(err)
	}
	for _, cluster := range schedule.Clusters() {
		fmt.Println(cluster, schedule.Replicas[cluster])
	}
	// Output:
	// alpha 4
	// beta 4
	// gamma 2
}

func ExampleStatus_Meaning() {
	meaning := federation.ManagedLabelFalse.Meaning()
	fmt.Println(meaning.Text)
	fmt.Println(meaning.Retry)
	// Output:
	// the object there has the label kubefed.io/managed=false, which orders KubeFed to keep away
	// KubeFed does not try again until the federated object, its namespace's placement, the readiness of a cluster or the object in a member changes
}

func ExampleNeedsUpdate() {
	live := parse(`{kind: Deployment, metadata: {name: web, generation: 5}}`)
	fmt.Println(federation.NeedsUpdate(live, live, "gen:5"), federation.NeedsUpdate(live, live, "gen:4"))
	// Output: false true
}
