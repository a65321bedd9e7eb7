package federation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

func TestMadeByMachine(t *testing.T) {
	for obj, want := range map[string]string{
		`{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: a, ownerReferences: [{kind: Deployment, name: web}]}}`:                          "owner: Deployment",
		`{apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/service-account-token}`:                                          "a token of one cluster",
		`{apiVersion: v1, kind: Secret, metadata: {name: a}, type: helm.sh/release.v1}`:                                                           "Helm's record of a release in one cluster",
		`{apiVersion: v1, kind: Secret, metadata: {name: a}, type: bootstrap.kubernetes.io/token}`:                                                "for nodes that join one cluster",
		`{apiVersion: v1, kind: Secret, metadata: {name: a, annotations: {kubernetes.io/service-account.uid: u}}, type: kubernetes.io/dockercfg}`: "generated for a service account of one cluster",
		`{apiVersion: v1, kind: Secret, metadata: {name: a}, type: Opaque}`:                                                                       "",
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: kube-root-ca.crt}}`:                                                                   "written into every namespace by the cluster",
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: web.v1, labels: {OWNER: TILLER}}}`:                                                    "Helm's record of a release in one cluster",
		`{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}`:                                                                           "",
		`{apiVersion: v1, kind: ServiceAccount, metadata: {name: default}}`:                                                                       "in every namespace anyway",
		`{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}`:                                                                         "",
		`{apiVersion: acme.io/v1, kind: Secret, metadata: {name: a}, type: helm.sh/release.v1}`:                                                   "",
	} {
		if got := federation.MadeByMachine(object(t, obj)); got != want {
			t.Errorf("%s: got %q, want %q", obj, got, want)
		}
	}
}

func TestMachineType(t *testing.T) {
	for resource, machine := range map[string]bool{
		"pods": true, "endpoints": true, "events": true, "events.events.k8s.io": true, "endpointslices.discovery.k8s.io": true,
		"leases.coordination.k8s.io": true, "controllerrevisions.apps": true, "pods.metrics.k8s.io": true,
		"propagatedversions.core.kubefed.io": true, "federateddeployments.types.kubefed.io": true, "localsubjectaccessreviews.authorization.k8s.io": true,
		"deployments.apps": false, "replicasets.apps": false, "configmaps": false, "widgets.acme.io": false,
	} {
		if got := federation.MachineType(schema.ParseGroupResource(resource)); (got != "") != machine {
			t.Errorf("%s: got %q", resource, got)
		}
	}
}

func TestClaimOf(t *testing.T) {
	sets := []*unstructured.Unstructured{object(t, `{kind: StatefulSet, metadata: {name: db}, spec: {volumeClaimTemplates: [{metadata: {name: data}}]}}`)}
	for name, want := range map[string]string{
		"data-db-0": "owner: StatefulSet", "data-db-12": "owner: StatefulSet",
		"data-db": "", "data-db-x": "", "data-other-0": "", "data-db-0-copy": "",
	} {
		claim := object(t, `{kind: PersistentVolumeClaim, metadata: {name: `+name+`}}`)
		if got := federation.ClaimOf(claim, sets); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestReferences(t *testing.T) {
	obj := object(t, `{kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, template: {spec: {
		serviceAccountName: robot, imagePullSecrets: [{name: pull}],
		initContainers: [{envFrom: [{secretRef: {name: init}}]}],
		containers: [{env: [{valueFrom: {configMapKeyRef: {name: settings, key: a, optional: true}}}, {valueFrom: {secretKeyRef: {name: login, key: a}}}],
			envFrom: [{configMapRef: {name: settings}}]}],
		volumes: [{configMap: {name: files}}, {secret: {secretName: tls, optional: true}}, {persistentVolumeClaim: {claimName: data}},
			{projected: {sources: [{configMap: {name: kube-root-ca.crt}}, {secret: {name: projected}}]}}]}}}}`)
	want := []federation.Reference{
		{Kind: "ConfigMap", Name: "files"}, {Kind: "ConfigMap", Name: "settings"},
		{Kind: "PersistentVolumeClaim", Name: "data"},
		{Kind: "Secret", Name: "init"}, {Kind: "Secret", Name: "login"}, {Kind: "Secret", Name: "projected"}, {Kind: "Secret", Name: "pull"},
		{Kind: "Secret", Name: "tls", Optional: true},
		{Kind: "Service", Name: "db", Optional: true}, {Kind: "ServiceAccount", Name: "robot"},
	}
	if diff := cmp.Diff(want, federation.References(obj)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for kind, spec := range map[string]string{
		"CronJob": `{jobTemplate: {spec: {template: {spec: {serviceAccountName: robot}}}}}`, "Pod": `{serviceAccountName: robot}`,
		"Job": `{template: {spec: {serviceAccountName: robot}}}`,
	} {
		got := federation.References(object(t, `{kind: `+kind+`, metadata: {name: x}, spec: `+spec+`}`))
		if diff := cmp.Diff([]federation.Reference{{Kind: "ServiceAccount", Name: "robot"}}, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", kind, diff)
		}
	}
	if got := federation.References(object(t, `{kind: Pod, metadata: {name: x}, spec: {serviceAccountName: default}}`)); len(got) > 0 {
		t.Errorf("the default ServiceAccount is in every namespace: %v", got)
	}
}

func TestServesAndScales(t *testing.T) {
	workload := object(t, `{kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {labels: {app: web, tier: gold}}, spec: {containers: [{}]}}}}`)
	for selector, want := range map[string]bool{`{app: web}`: true, `{app: web, tier: gold}`: true, `{app: db}`: false, `{}`: false} {
		if got := federation.Serves(object(t, `{kind: Service, metadata: {name: s}, spec: {selector: `+selector+`}}`), workload); got != want {
			t.Errorf("%s: got %t", selector, got)
		}
	}
	if federation.Serves(object(t, `{kind: Service, metadata: {name: s}, spec: {}}`), workload) {
		t.Error("a Service without a selector sends to nobody")
	}
	for ref, want := range map[string]bool{`{kind: Deployment, name: web}`: true, `{kind: StatefulSet, name: web}`: false, `{kind: Deployment, name: db}`: false} {
		if got := federation.Scales(object(t, `{kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {scaleTargetRef: `+ref+`}}`), workload); got != want {
			t.Errorf("%s: got %t", ref, got)
		}
	}
	if !federation.HasPods(workload) || federation.HasPods(object(t, `{kind: ConfigMap, metadata: {name: x}}`)) {
		t.Error("a Deployment has pods, a ConfigMap has none")
	}
}

func TestKeepAnnotations(t *testing.T) {
	got, err := federation.KeepAnnotations(configMaps, map[string]string{"a/b": "c"})
	want := federation.Override{Op: "add", Path: "/metadata/annotations", Value: map[string]any{"a/b": "c"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	if _, err := federation.KeepAnnotations(deployments, map[string]string{"a": "b"}); err == nil || !strings.Contains(err.Error(), "for ever") {
		t.Errorf("got %v for a Deployment", err)
	}
}

func TestRefresh(t *testing.T) {
	fed := object(t, `{kind: FederatedDeployment, metadata: {name: web, resourceVersion: "5"}, spec: {template: {spec: {replicas: 1}}, placement: {clusters: [{name: c2}]},
		overrides: [{clusterName: c2, clusterOverrides: [{path: /spec/replicas, value: 3}]}], retainReplicas: true}, status: {x: y}}`)
	before := fed.DeepCopy()
	got, err := federation.Refresh(fed, object(t, `{kind: FederatedDeployment, metadata: {name: web}, spec: {template: {spec: {replicas: 2}}, placement: {clusters: []}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := before.DeepCopy()
	_ = unstructured.SetNestedField(want.Object, int64(2), "spec", "template", "spec", "replicas")
	if diff := cmp.Diff(want.Object, got.Object); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if diff := cmp.Diff(before, fed); diff != "" {
		t.Errorf("the object was changed:\n%s", diff)
	}
}

func TestNoise(t *testing.T) {
	for path, want := range map[string]bool{
		"metadata.annotations[deployment.kubernetes.io/revision]":                true,
		"metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]": true,
		"metadata.annotations[pv.kubernetes.io/bind-completed]":                  true,
		"metadata.annotations[nginx.ingress.kubernetes.io/rewrite-target]":       false,
		"metadata.annotations[kubectl.kubernetes.io/default-container]":          false,
		"spec.clusterIP":         true,
		"spec.volumeName":        false,
		"spec.ports[0].nodePort": false,
	} {
		if got := (federation.Dropped{Path: path}).IsNoise(); got != want {
			t.Errorf("%s: got %t", path, got)
		}
	}
}

func TestBookkeeping(t *testing.T) {
	obj := object(t, `{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: u, labels: {kubefed.io/managed: "true", kubernetes.io/metadata.name: shop, a: b},
		annotations: {kubectl.kubernetes.io/last-applied-configuration: x, team: a}, generateName: s}, status: {phase: Active}}`)
	var got []string
	for _, d := range federation.Bookkeeping(obj) {
		got = append(got, d.Path)
	}
	want := []string{
		"apiVersion", "kind", "metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]", "metadata.generateName",
		"metadata.labels[kubefed.io/managed]", "metadata.labels[kubernetes.io/metadata.name]", "metadata.name", "metadata.uid", "status",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestCautions(t *testing.T) {
	claims, _ := federation.WellKnown("PersistentVolumeClaim")
	roles, _ := federation.WellKnown("ClusterRole")
	for _, c := range []struct {
		typ  federation.Type
		obj  string
		want string
	}{
		{claims, `{kind: PersistentVolumeClaim, metadata: {name: d}}`, "UpdateFailed"},
		{roles, `{kind: ClusterRole, metadata: {name: r}, aggregationRule: {}}`, "gathered"},
		{roles, `{kind: ClusterRole, metadata: {name: r}}`, ""},
		{configMaps, `{kind: ConfigMap, metadata: {name: c}, data: {a: ` + strings.Repeat("x", 1<<20) + `}}`, "1024 KiB"},
	} {
		got := federation.Cautions(c.typ, object(t, c.obj))
		if (len(got) == 1) != (c.want != "") || len(got) > 0 && !strings.Contains(got[0], c.want) {
			t.Errorf("%.60s: got %q, want %q", c.obj, got, c.want)
		}
	}
}

// TestStripsEachKind has what convert_test.go has not: fields of newer servers, and templates inside of objects.
func TestStripsEachKind(t *testing.T) {
	for name, c := range map[string]struct{ kind, obj, template string }{
		"dual stack that a single-stack member takes": {"Service", `{kind: Service, metadata: {name: s}, spec: {ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6]}}`, `{spec: {ipFamilyPolicy: PreferDualStack}}`},
		"dual stack that it refuses":                  {"Service", `{kind: Service, metadata: {name: s}, spec: {ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6]}}`, `{spec: {ipFamilyPolicy: PreferDualStack}}`},
		"templates of claims": {"StatefulSet",
			`{kind: StatefulSet, metadata: {name: s}, spec: {volumeClaimTemplates: [{metadata: {name: data, creationTimestamp: null, uid: u}, spec: {}, status: {phase: Pending}}]}}`,
			`{spec: {volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]}}`},
		"templates of jobs": {"CronJob",
			`{kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {metadata: {creationTimestamp: null, labels: {a: b}}, spec: {template: {metadata: {creationTimestamp: null, annotations: {keep: me}, ownerReferences: [{}]}}}}}}`,
			`{spec: {jobTemplate: {metadata: {labels: {a: b}}, spec: {template: {metadata: {annotations: {keep: me}}}}}}}`},
		"rules that were gathered": {"ClusterRole", `{kind: ClusterRole, metadata: {name: r}, aggregationRule: {}, rules: [{verbs: [get]}]}`, `{aggregationRule: {}, rules: [{verbs: [get]}]}`},
	} {
		typ, _ := federation.WellKnown(c.kind)
		fed, _, err := federation.Federate(typ, object(t, c.obj), federation.NewOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, _, _ := unstructured.NestedMap(fed.Object, "spec", "template")
		want := object(t, "{kind: Template, "+c.template[1:]).Object
		delete(want, "kind")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestPlacementBySelector(t *testing.T) {
	obj := object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}`)
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"env": "dev"}}
	fed, _, err := federation.Federate(configMaps, obj, federation.NewOptions{Selector: selector, PinAPIVersion: true})
	if err != nil {
		t.Fatal(err)
	}
	want := object(t, `{apiVersion: types.kubefed.io/v1beta1, kind: FederatedConfigMap, metadata: {name: c},
		spec: {template: {apiVersion: v1}, placement: {clusterSelector: {matchLabels: {env: dev}}}}}`)
	if diff := cmp.Diff(want.Object, fed.Object); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
