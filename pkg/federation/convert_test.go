package federation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/test/corpus"
)

// TestFederate compares whole federated objects, and all that was dropped.
func TestFederate(t *testing.T) {
	jobs := federation.TypeOf(corpus.NewConfig("batch", "v1", "Job", "jobs", apiextv1.NamespaceScoped))
	claims := federation.TypeOf(corpus.NewConfig("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", apiextv1.NamespaceScoped))
	pods := federation.TypeOf(corpus.NewConfig("", "v1", "Pod", "pods", apiextv1.NamespaceScoped))
	replicaSets := federation.TypeOf(corpus.NewConfig("apps", "v1", "ReplicaSet", "replicasets", apiextv1.NamespaceScoped))
	knative := federation.TypeOf(corpus.NewConfig("serving.knative.dev", "v1", "Service", "services", apiextv1.NamespaceScoped))
	for _, c := range []struct {
		name    string
		typ     federation.Type
		obj     string
		opts    federation.NewOptions
		want    string
		dropped []federation.Dropped
	}{
		{
			name: "live deployment with everything a server writes", typ: deployments,
			obj: `{apiVersion: apps/v1, kind: Deployment,
				metadata: {name: web, namespace: shop, uid: u, resourceVersion: "5", generation: 3, selfLink: x, finalizers: [f],
					creationTimestamp: "2020-01-01T00:00:00Z", managedFields: [{manager: m}], ownerReferences: [{name: o}],
					labels: {app: web, kubefed.io/managed: "true"},
					annotations: {deployment.kubernetes.io/revision: "4", acme.io/team: x, kubectl.kubernetes.io/last-applied-configuration: "{}"}},
				spec: {replicas: 2, template: {metadata: {creationTimestamp: null, annotations: {x: z}, labels: {app: web}}}},
				status: {replicas: 2}}`,
			opts: federation.NewOptions{
				Clusters: []string{"c2", "c1", "c2"},
				Overrides: map[string][]federation.Override{
					"c2": {{Path: "/spec/replicas", Value: 5}, {Op: "remove", Path: "/spec/x"}},
					"c1": {{Op: "add", Path: "/spec/y", Value: map[string]any{"k": 1.5}}},
					"c3": {},
				},
			},
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedDeployment, metadata: {name: web, namespace: shop},
				spec: {
					template: {metadata: {labels: {app: web}}, spec: {replicas: 2, template: {metadata: {annotations: {x: z}, labels: {app: web}}}}},
					placement: {clusters: [{name: c1}, {name: c2}]},
					overrides: [
						{clusterName: c1, clusterOverrides: [{op: add, path: /spec/y, value: {k: 1.5}}]},
						{clusterName: c2, clusterOverrides: [{path: /spec/replicas, value: 5}, {op: remove, path: /spec/x}]}]}}`,
			dropped: []federation.Dropped{
				{Path: "metadata.annotations[acme.io/team]", Reason: "KubeFed carries no annotations from a template"},
				{Path: "metadata.annotations[deployment.kubernetes.io/revision]", Reason: "KubeFed carries no annotations from a template"},
			},
		},
		{
			name: "placed nowhere", typ: configMaps,
			obj:  `{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedConfigMap, metadata: {name: c}, spec: {template: {data: {a: b}}, placement: {clusters: []}}}`,
		},
		{
			name: "namespace", typ: namespaces,
			obj: `{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop, team: a}}, spec: {finalizers: [kubernetes]}, status: {phase: Active}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedNamespace, metadata: {name: shop, namespace: shop},
				spec: {template: {metadata: {labels: {team: a}}}, placement: {clusters: []}}}`,
		},
		{
			name: "service account", typ: accounts,
			obj: `{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: shop}, secrets: [{name: a-token-x}], imagePullSecrets: [{name: a-dockercfg-9x}, {name: mine}]}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedServiceAccount, metadata: {name: a, namespace: shop},
				spec: {template: {imagePullSecrets: [{name: mine}]}, placement: {clusters: []}}}`,
			dropped: []federation.Dropped{
				{Path: "imagePullSecrets", Reason: "generated pull secrets of one cluster"},
				{Path: "secrets", Reason: "token secrets of one cluster"},
			},
		},
		{
			name: "load balancer", typ: services,
			obj: `{apiVersion: v1, kind: Service, metadata: {name: s, namespace: shop}, spec: {type: LoadBalancer, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1],
				healthCheckNodePort: 31000, ipFamilies: [IPv4], ipFamilyPolicy: SingleStack, externalTrafficPolicy: Local,
				ports: [{name: http, port: 80, nodePort: 30000}, {port: 81, nodePort: 30001}, {port: 82, nodePort: 0}]}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedService, metadata: {name: s, namespace: shop},
				spec: {template: {spec: {type: LoadBalancer, externalTrafficPolicy: Local, ports: [{name: http, port: 80}, {port: 81}, {port: 82}]}}, placement: {clusters: []}}}`,
			dropped: []federation.Dropped{
				{Path: "spec.clusterIP", Reason: "allocated by one cluster"},
				{Path: "spec.clusterIPs", Reason: "allocated by one cluster"},
				{Path: "spec.healthCheckNodePort", Reason: "allocated by one cluster"},
				{Path: "spec.ipFamilies", Reason: "a member may have other IP families"},
				{Path: "spec.ipFamilyPolicy", Reason: "a member may have other IP families"},
				{Path: "spec.ports[1].nodePort", Reason: "allocated by one cluster"},
				{Path: "spec.ports[http].nodePort", Reason: "allocated by one cluster"},
			},
		},
		{
			name: "headless service", typ: services,
			obj: `{apiVersion: v1, kind: Service, metadata: {name: s, namespace: shop}, spec: {clusterIP: None, clusterIPs: [None], healthCheckNodePort: 0}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedService, metadata: {name: s, namespace: shop},
				spec: {template: {spec: {clusterIP: None, clusterIPs: [None]}}, placement: {clusters: []}}}`,
		},
		{
			name: "service of another group", typ: knative,
			obj: `{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: s, namespace: shop}, spec: {clusterIP: x}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedService, metadata: {name: s, namespace: shop},
				spec: {template: {spec: {clusterIP: x}}, placement: {clusters: []}}}`,
		},
		{
			name: "bound claim", typ: claims,
			obj: `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: d, namespace: shop}, spec: {volumeName: pv-1, accessModes: [ReadWriteOnce]}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedPersistentVolumeClaim, metadata: {name: d, namespace: shop},
				spec: {template: {spec: {accessModes: [ReadWriteOnce]}}, placement: {clusters: []}}}`,
			dropped: []federation.Dropped{{Path: "spec.volumeName", Reason: "bound to a volume of one cluster"}},
		},
		{
			name: "pod of a deployment", typ: pods,
			obj: `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop, labels: {app: web, pod-template-hash: abc}}, spec: {nodeName: n1, containers: []}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedPod, metadata: {name: p, namespace: shop},
				spec: {template: {metadata: {labels: {app: web}}, spec: {containers: []}}, placement: {clusters: []}}}`,
			dropped: []federation.Dropped{
				{Path: "metadata.labels[pod-template-hash]", Reason: "generated by a Deployment in one cluster"},
				{Path: "spec.nodeName", Reason: "a node of one cluster"},
			},
		},
		{
			name: "replica set of a deployment", typ: replicaSets,
			obj: `{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: r, namespace: shop, labels: {pod-template-hash: abc}},
				spec: {selector: {matchLabels: {app: web, pod-template-hash: abc}}, template: {metadata: {labels: {app: web, pod-template-hash: abc}}}}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedReplicaSet, metadata: {name: r, namespace: shop},
				spec: {template: {spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}}}}, placement: {clusters: []}}}`,
			dropped: []federation.Dropped{
				{Path: "metadata.labels[pod-template-hash]", Reason: "generated by a Deployment in one cluster"},
				{Path: "spec.selector.matchLabels[pod-template-hash]", Reason: "generated by a Deployment in one cluster"},
				{Path: "spec.template.metadata.labels[pod-template-hash]", Reason: "generated by a Deployment in one cluster"},
			},
		},
		{
			name: "job", typ: jobs,
			obj: `{apiVersion: batch/v1, kind: Job, metadata: {name: pi, namespace: shop, labels: {app: pi, controller-uid: u, batch.kubernetes.io/job-name: pi}},
				spec: {selector: {matchLabels: {batch.kubernetes.io/controller-uid: u}},
					template: {metadata: {labels: {controller-uid: u, job-name: pi, batch.kubernetes.io/controller-uid: u, batch.kubernetes.io/job-name: pi}}, spec: {restartPolicy: Never}}}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedJob, metadata: {name: pi, namespace: shop},
				spec: {template: {metadata: {labels: {app: pi}}, spec: {template: {metadata: {}, spec: {restartPolicy: Never}}}}, placement: {clusters: []}}}`,
			dropped: []federation.Dropped{
				{Path: "metadata.labels[batch.kubernetes.io/job-name]", Reason: "generated for one cluster's Job"},
				{Path: "metadata.labels[controller-uid]", Reason: "generated for one cluster's Job"},
				{Path: "spec.selector", Reason: "generated for one cluster's Job"},
				{Path: "spec.template.metadata.labels[batch.kubernetes.io/controller-uid]", Reason: "generated for one cluster's Job"},
				{Path: "spec.template.metadata.labels[batch.kubernetes.io/job-name]", Reason: "generated for one cluster's Job"},
				{Path: "spec.template.metadata.labels[controller-uid]", Reason: "generated for one cluster's Job"},
				{Path: "spec.template.metadata.labels[job-name]", Reason: "generated for one cluster's Job"},
			},
		},
		{
			name: "job with a selector of its own", typ: jobs,
			obj: `{apiVersion: batch/v1, kind: Job, metadata: {name: pi, namespace: shop}, spec: {manualSelector: true, selector: {matchLabels: {job-name: x}}, template: {metadata: {labels: {job-name: x}}}}}`,
			want: `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedJob, metadata: {name: pi, namespace: shop},
				spec: {template: {spec: {manualSelector: true, selector: {matchLabels: {job-name: x}}, template: {metadata: {labels: {job-name: x}}}}}, placement: {clusters: []}}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			obj := object(t, c.obj)
			before := obj.DeepCopy()
			got, dropped, err := federation.Federate(c.typ, obj, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object(t, c.want).Object, got.Object); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(c.dropped, dropped); diff != "" {
				t.Errorf("dropped, -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(before, obj); diff != "" {
				t.Errorf("the source was changed:\n%s", diff)
			}
		})
	}
}

func TestFederateRefuses(t *testing.T) {
	secrets := federation.TypeOf(corpus.NewConfig("", "v1", "Secret", "secrets", apiextv1.NamespaceScoped))
	for _, c := range []struct {
		typ  federation.Type
		obj  string
		opts federation.NewOptions
		want string
	}{
		{typ: deployments, obj: `{kind: Deployment, metadata: {generateName: web-}}`, want: "Deployment has no name"},
		{
			typ: secrets, obj: `{kind: Secret, metadata: {name: t, namespace: shop}, type: kubernetes.io/service-account-token}`,
			want: "Secret shop/t: a service account's token is of no use in another cluster, and the members' own controllers would delete it",
		},
		{
			typ: deployments, obj: `{kind: Deployment, metadata: {name: web, namespace: shop}}`,
			opts: federation.NewOptions{Overrides: map[string][]federation.Override{"c1": {{Path: "/kind", Value: "X"}}}},
			want: `spec.overrides of FederatedDeployment shop/web: override 1 for cluster "c1": KubeFed refuses the path /kind`,
		},
		{
			typ: deployments, obj: `{kind: Deployment, metadata: {name: web, namespace: shop}}`,
			opts: federation.NewOptions{Overrides: map[string][]federation.Override{"c1": {{Path: "/a", Value: 1}, {Path: "/a", Value: 2}}}},
			want: `spec.overrides of FederatedDeployment shop/web: path "/a" appears more than once for cluster "c1"`,
		},
		{
			typ: deployments, obj: `{kind: Deployment, metadata: {name: web, namespace: shop}}`,
			opts: federation.NewOptions{Overrides: map[string][]federation.Override{"c1": {{Path: "/a", Value: func() {}}}}},
			want: `overrides for cluster "c1": json: unsupported type: func()`,
		},
	} {
		_, _, err := federation.Federate(c.typ, object(t, c.obj), c.opts)
		wantError(t, err, c.want)
	}
}

// TestFederateAndRender goes the whole way: what comes out in a member is what
// went in, with nothing of the first cluster.
func TestFederateAndRender(t *testing.T) {
	obj := object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop, uid: u, labels: {a: b}}, data: {k: v}}`)
	fed, _, err := federation.Federate(configMaps, obj, federation.NewOptions{
		Clusters:  []string{"c1"},
		Overrides: map[string][]federation.Override{"c1": {{Path: "/data/k", Value: "w"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := federation.ForCreate(configMaps, fed, "c1")
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop, labels: {a: b, kubefed.io/managed: "true"}}, data: {k: w}}`)
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSetOverridesRemoves(t *testing.T) {
	fed := object(t, `{kind: FederatedDeployment, spec: {template: {}, overrides: [{clusterName: c1}]}}`)
	if err := federation.SetOverrides(fed, map[string][]federation.Override{"c1": nil}); err != nil {
		t.Fatal(err)
	}
	want := object(t, `{kind: FederatedDeployment, spec: {template: {}}}`)
	if diff := cmp.Diff(want.Object, fed.Object); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
