package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// chartParts are the components of the chart.
var chartParts = []string{"api", "web", "worker"}

// chart is a namespace as a Helm chart leaves it: 30 objects of 12 kinds.
func chart() (text string, names []string) {
	var documents []string
	add := func(kind, name, body string) {
		api := kinds[kind].GroupVersion().String()
		documents = append(documents, fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s, labels: {app.kubernetes.io/managed-by: Helm}}\n%s", api, kind, name, body))
		names = append(names, kinds[kind].Resource+"/"+name)
	}
	pods := func(part string) string {
		return "{metadata: {labels: {part: " + part + "}}, spec: {serviceAccountName: " + part + ", containers: [{name: probe, image: 'localhost/kubectl-fed/probe:one'}]}}"
	}
	for _, part := range chartParts {
		add("Deployment", part, "spec: {selector: {matchLabels: {part: "+part+"}}, template: "+pods(part)+"}\n")
		add("Service", part, "spec: {selector: {part: "+part+"}, ports: [{port: 80}]}\n")
		add("ServiceAccount", part, "")
		add("ConfigMap", part, "data: {part: "+part+"}\n")
		add("Secret", part, "stringData: {password: geheim}\n")
		add("Role", part, "rules: [{apiGroups: [''], resources: [configmaps], verbs: [get]}]\n")
		add("RoleBinding", part, "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "+part+"}\nsubjects: [{kind: ServiceAccount, name: "+part+"}]\n")
		add("PodDisruptionBudget", part, "spec: {maxUnavailable: 1, selector: {matchLabels: {part: "+part+"}}}\n")
	}
	add("Ingress", "front", "spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n")
	add("NetworkPolicy", "closed", "spec: {podSelector: {}, policyTypes: [Ingress]}\n")
	add("StatefulSet", "db", "spec: {serviceName: db, selector: {matchLabels: {part: db}}, template: {metadata: {labels: {part: db}}, spec: {containers: [{name: probe, image: 'localhost/kubectl-fed/probe:one'}]}},\n"+
		"  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], storageClassName: none, resources: {requests: {storage: 1Mi}}}}]}\n")
	add("Service", "db", "spec: {clusterIP: None, selector: {part: db}, ports: [{port: 5432}]}\n")
	add("CronJob", "nightly", "spec: {schedule: '0 3 * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: probe, image: 'localhost/kubectl-fed/probe:one'}]}}}}}\n")
	add("ConfigMap", "shared", "data: {a: b}\n")
	slices.Sort(names)
	return strings.Join(documents, "---\n"), names
}

// machines are what Helm and controllers leave beside the chart. What lies in it by an owner reference is made by
// hand here, as an operator would make it.
const machines = `apiVersion: v1
kind: Secret
metadata: {name: sh.helm.release.v1.shop.v1, labels: {owner: helm}}
type: helm.sh/release.v1
data: {release: YQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: sh.helm.release.v1.shop.v2, labels: {owner: helm}}
type: helm.sh/release.v1
data: {release: YQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: api-token, annotations: {kubernetes.io/service-account.name: api}}
type: kubernetes.io/service-account-token
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: leader}
spec: {holderIdentity: api}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: rendered
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: api, uid: UID, controller: true}]
data: {a: b}
`

// TestChart federates a whole namespace with one command, and nothing that a machine made goes along.
func TestChart(t *testing.T) {
	w := newWorld(t)
	namespace := w.bed.NewNamespace(t, "chart")
	text, names := chart()
	if len(names) != 30 {
		t.Fatalf("the chart has %d objects", len(names))
	}
	w.apply(w.bed.Host(), namespace, text)
	owner, err := w.host.Resource(kinds["Deployment"]).Namespace(namespace).Get(t.Context(), "api", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.apply(w.bed.Host(), namespace, strings.ReplaceAll(machines, "UID", string(owner.GetUID())))
	w.machinesAtWork(namespace)

	out := w.fed("federate", "namespace", namespace, "--contents", "--enable-type", "--wait")
	for _, line := range []string{
		"left out: secrets api-token (a token of one cluster)",
		"left out: secrets sh.helm.release.v1.shop.v1, sh.helm.release.v1.shop.v2 (Helm's record of a release in one cluster)",
		"left out: configmaps rendered (owner: Deployment)",
		"left out: configmaps kube-root-ca.crt (written into every namespace by the cluster)",
		"left out: serviceaccounts default (in every namespace anyway)",
		"left out: persistentvolumeclaims data-db-0 (owner: StatefulSet)",
	} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("%q is not said", line)
		}
	}
	for i, client := range w.clients {
		if diff := cmp.Diff(names, w.managed(client, namespace)); diff != "" {
			t.Errorf("member %d has of KubeFed's, -want +got:\n%s", i+1, diff)
		}
	}
	w.fed("unfederate", "namespace", namespace, "--contents")
}

// machinesAtWork waits until controllers have made what must not travel.
func (w *world) machinesAtWork(namespace string) {
	w.t.Helper()
	bed.Eventually(w.t, "controllers have made their own", func(ctx context.Context) error {
		_, claim := w.host.Resource(kinds["PersistentVolumeClaim"]).Namespace(namespace).Get(ctx, "data-db-0", metav1.GetOptions{})
		token, err := w.host.Resource(kinds["Secret"]).Namespace(namespace).Get(ctx, "api-token", metav1.GetOptions{})
		if err == nil && token.Object["data"] == nil {
			err = errors.New("the token is empty")
		}
		return errors.Join(claim, err)
	})
}

// managed are the objects of a member's namespace with KubeFed's label.
func (w *world) managed(client dynamic.Interface, namespace string) []string {
	w.t.Helper()
	var names []string
	for _, resource := range kinds {
		list, err := client.Resource(resource).Namespace(namespace).List(w.t.Context(), metav1.ListOptions{LabelSelector: "kubefed.io/managed=true"})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, item := range list.Items {
			names = append(names, resource.Resource+"/"+item.GetName())
		}
	}
	slices.Sort(names)
	return names
}
