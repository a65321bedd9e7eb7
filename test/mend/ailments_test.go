//go:build long

package mend

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// ailment is one trouble: how it is brought about, and what status has to say of it.
type ailment struct {
	name string
	lay  string // a script; $A is the host, $B and $C are workers, $NS is a namespace in the host
	// called is the ailing object, a ConfigMap x unless said otherwise.
	called string
	status string // KubeFed's word
	link   diagnosis.Link
	cause  string // part of the title and the cause
	// command is part of the command that mends it, edit what is done in the editor that it opens.
	command, edit string
	gone          bool // mended is what has left
	waits         bool
}

// spaceScript makes the namespace, with tools for the scripts.
const spaceScript = `
kubectl create namespace $NS >/dev/null; kubectl label namespace $NS mend=1 >/dev/null
federate() { # CLUSTER...: federates the namespace
  refs=$(printf '{"name":"%s"},' "$@")
  kubectl apply -f - >/dev/null <<EOF
{"apiVersion":"types.kubefed.io/v1beta1","kind":"FederatedNamespace","metadata":{"name":"$NS","namespace":"$NS"},"spec":{"placement":{"clusters":[${refs%,}]},"template":{"metadata":{"labels":{"mend":"1"}}}}}
EOF
}
there() { # CONTEXT OBJECT: waits for an object in the namespace
  for i in $(seq 100); do kubectl --context kind-$1 get $2 -n $NS >/dev/null 2>&1 && return; sleep 0.3; done; echo "no $2 in $1"; exit 1
}
fed() { # KIND SPEC: a federated object x
  kubectl apply -f - >/dev/null <<EOF
{"apiVersion":"types.kubefed.io/v1beta1","kind":"Federated$1","metadata":{"name":"x","namespace":"$NS"},"spec":$2}
EOF
}
on() { printf '"placement":{"clusters":['; printf '{"name":"%s"},' "$@" | sed 's/,$//'; printf ']}'; }
policy() { # CONTEXT RESOURCES OPERATION EXPRESSION: what the cluster forbids in the namespace
  kubectl --context kind-$1 apply -f - >/dev/null <<EOF
{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"$NS","labels":{"mend":"1"}},"spec":{"failurePolicy":"Fail","matchConstraints":{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"$NS"}},"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["$3"],"resources":["$2"]}]},"validations":[{"expression":"$4","message":"the house forbids it"}]}}
---
{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicyBinding","metadata":{"name":"$NS","labels":{"mend":"1"}},"spec":{"policyName":"$NS","validationActions":["Deny"]}}
EOF
  sleep 2
}
silent() { # CONTEXT RESOURCES OPERATION: has the cluster ask somebody who never answers, twice
  hook() { printf '{"name":"%s.mend.example","admissionReviewVersions":["v1"],"sideEffects":"None","failurePolicy":"Fail","timeoutSeconds":30,"clientConfig":{"url":"https://%s/","caBundle":"%s"},"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"%s"}},"rules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["%s"],"resources":["%s"]}]}' $1 $SILENCE $SILENCE_CA $NS $4 $3; }
  kubectl --context kind-$1 apply -f - >/dev/null <<EOF
{"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingWebhookConfiguration","metadata":{"name":"$NS","labels":{"mend":"1"}},"webhooks":[$(hook one x $2 $3),$(hook two x $2 $3)]}
EOF
  sleep 2
}
`

// ailments are brought about while KubeFed adopts what is there.
var ailments = []ailment{
	{
		name: "creation forbidden", status: "CreationFailed", link: diagnosis.Propagation, cause: "the house forbids it",
		lay:     `federate $B $C; there $B namespace/$NS; policy $B configmaps CREATE "!has(object.data) || !('bad' in object.data)"; fed ConfigMap "{\"template\":{\"data\":{\"bad\":\"1\"}},$(on $B $C)}"`,
		command: "kubectl edit federatedconfigmap x", edit: "s/bad:/good:/",
	},
	{
		name: "quota", status: "CreationFailed", link: diagnosis.Propagation, cause: "exceeded quota: few",
		lay: `federate $B; there $B namespace/$NS; kubectl --context kind-$B create quota few -n $NS --hard=count/secrets=0
fed Secret "{\"template\":{},$(on $B)}"`,
		called: "secret x", command: "kubectl edit resourcequota few", edit: `s/count\/secrets: "0"/count\/secrets: "5"/`,
	},
	{
		name: "no right to create", status: "CreationFailed", link: diagnosis.Propagation, cause: "cannot create resource",
		lay: `federate $C; there $C namespace/$NS; ` + fewerRights + `
fed ServiceAccount "{\"template\":{},$(on $C)}"`,
		called: "serviceaccount x", command: "kubectl fed join",
	},
	{
		name: "no right to read", status: "RetrievalFailed", link: diagnosis.Propagation, cause: "cannot get resource",
		lay: `federate $C; there $C namespace/$NS; ` + fewerRights + `
kubectl --context kind-$C create service clusterip x --tcp=80 -n $NS
fed Service "{\"template\":{\"spec\":{\"ports\":[{\"port\":81}]}},$(on $C)}"`,
		called: "service x", command: "kubectl fed join",
	},
	{
		name: "immutable", status: "UpdateFailed", link: diagnosis.Propagation, cause: "field is immutable",
		lay: `federate $B; fed ConfigMap "{\"template\":{\"immutable\":true,\"data\":{\"a\":\"1\"}},$(on $B)}"; there $B configmap/x
fed ConfigMap "{\"template\":{\"immutable\":true,\"data\":{\"a\":\"2\"}},$(on $B)}"`,
		command: "kubectl delete configmap x",
	},
	{
		name: "deletion forbidden", status: "DeletionFailed", link: diagnosis.Propagation, cause: "the house forbids it",
		lay: `federate $B $C; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B $C)}"; there $B configmap/x
policy $B configmaps DELETE "1 == 2"; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $C)}"`,
		command: "kubectl edit validatingadmissionpolicy", edit: "s/1 == 2/1 == 1/",
	},
	{
		name: "finalizer", status: "WaitingForRemoval", link: diagnosis.Propagation, cause: "mend.example/hold",
		lay: `federate $B $C; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B $C)}"; there $B configmap/x
kubectl --context kind-$B patch configmap x -n $NS --type=merge -p '{"metadata":{"finalizers":["mend.example/hold"]}}'
fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $C)}"`,
		command: "kubectl patch configmap x",
	},
	{
		name: "release forbidden", status: "LabelRemovalFailed", link: diagnosis.Propagation, cause: "the house forbids it",
		lay: `federate $A; for i in $(seq 100); do kubectl get namespace $NS -o yaml | grep -q kubefed.io/managed && break; sleep 0.3; done
policy $A namespaces UPDATE "'kubefed.io/managed' in object.metadata.labels"
federate $B`,
		called: "namespace $NS", command: "kubectl edit validatingadmissionpolicy", edit: "s/expression: .*/expression: 1 == 1/",
	},
	{
		name: "kept away", status: "ManagedLabelFalse", link: diagnosis.Propagation, cause: "kubefed.io/managed=false",
		lay: `federate $B; there $B namespace/$NS; kubectl --context kind-$B create configmap x -n $NS; kubectl --context kind-$B label configmap x -n $NS kubefed.io/managed=false
fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B)}"`,
		command: "kubectl label configmap x kubefed.io/managed=true",
	},
	{
		name: "override", status: "ApplyOverridesFailed", link: diagnosis.Override, cause: "/nothing/there",
		lay:     `federate $B $C; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B $C),\"overrides\":[{\"clusterName\":\"$B\",\"clusterOverrides\":[{\"path\":\"/nothing/there\",\"value\":1}]}]}"`,
		command: "--unset /nothing/there",
	},
	{
		name: "wrong type", status: "FieldRetentionFailed", link: diagnosis.Override, cause: "ports",
		lay: `federate $B; fed Service "{\"template\":{\"spec\":{\"ports\":[{\"port\":80}]}},$(on $B)}"; there $B service/x
fed Service "{\"template\":{\"spec\":{\"ports\":\"nope\"}},$(on $B)}"`,
		called: "service x", command: "kubectl edit federatedservice x", edit: "s/ports: nope/ports: [{port: 80}]/",
	},
	{
		name: "selector", status: "ComputePlacementFailed", link: diagnosis.Placement, cause: "Sometimes",
		lay:     `federate $B; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},\"placement\":{\"clusterSelector\":{\"matchExpressions\":[{\"key\":\"nope\",\"operator\":\"Sometimes\"}]}}}"`,
		command: "kubectl edit federatedconfigmap x", edit: "s/Sometimes/DoesNotExist/",
	},
	{
		name: "namespace", status: "NamespaceNotFederated", link: diagnosis.Namespace, cause: "not federated",
		lay:     `fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B)}"`,
		command: "kubectl fed federate namespace",
	},
	{
		name: "silent creation", status: "CreationTimedOut", link: diagnosis.Propagation, cause: "not answered",
		lay:     `federate $B; there $B namespace/$NS; silent $B configmaps CREATE; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B)}"`,
		command: "kubectl delete mutatingwebhookconfigurations/",
	},
	{
		name: "silent update", status: "UpdateTimedOut", link: diagnosis.Propagation, cause: "not answered",
		lay: `federate $B; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B)}"; there $B configmap/x; silent $B configmaps UPDATE
fed ConfigMap "{\"template\":{\"data\":{\"a\":\"2\"}},$(on $B)}"`,
		command: "kubectl delete mutatingwebhookconfigurations/",
	},
	{
		name: "silent deletion", status: "DeletionTimedOut", link: diagnosis.Propagation, cause: "not answered",
		lay: `federate $B $C; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B $C)}"; there $B configmap/x; silent $B configmaps DELETE
fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $C)}"`,
		command: "kubectl delete mutatingwebhookconfigurations/",
	},
	{
		name: "silent release", status: "LabelRemovalTimedOut", link: diagnosis.Propagation, cause: "not answered",
		lay: `federate $A; for i in $(seq 100); do kubectl get namespace $NS -o yaml | grep -q kubefed.io/managed && break; sleep 0.3; done
silent $A namespaces UPDATE; federate $B`,
		called: "namespace $NS", command: "kubectl delete mutatingwebhookconfigurations/",
	},
	{ // no status of KubeFed's: it calls this propagated
		name: "loop", link: diagnosis.Propagation, cause: "undo each other",
		lay:    `federate $B; fed Deployment "{\"template\":{\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"app\":\"x\"}},\"template\":{\"metadata\":{\"labels\":{\"app\":\"x\"}},\"spec\":{\"containers\":[{\"name\":\"x\",\"image\":\"x\"}]}}}},$(on $B),\"overrides\":[{\"clusterName\":\"$B\",\"clusterOverrides\":[{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\"a\":\"1\"}}]}]}"`,
		called: "deployment x", command: "--unset /metadata/annotations",
	},
	{
		name: "stuck deletion", link: diagnosis.Propagation, cause: "mend.example/hold", status: "*",
		lay: `federate $B; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B)}"; there $B configmap/x
kubectl --context kind-$B patch configmap x -n $NS --type=merge -p '{"metadata":{"finalizers":["mend.example/hold"]}}'
kubectl delete federatedconfigmap x -n $NS --wait=false`,
		command: "kubectl patch configmap x", gone: true,
	},
}

// fewerRights takes from KubeFed in $C the right to make ServiceAccounts and to read a single Service.
const fewerRights = `role=$(kubectl --context kind-$C get clusterroles -o name | grep kubefed-controller-manager:)
kubectl --context kind-$C patch $role --type=merge -p '{"rules":[
{"apiGroups":["*"],"resources":["*"],"verbs":["list","watch","update","patch","delete"]},
{"apiGroups":[""],"resources":["configmaps","namespaces","secrets","services"],"verbs":["create"]},
{"apiGroups":[""],"resources":["configmaps","namespaces","secrets","serviceaccounts"],"verbs":["get"]},
{"nonResourceURLs":["*"],"verbs":["get"]}]}'`

// withoutAdoption are brought about while KubeFed adopts nothing.
var withoutAdoption = []ailment{{
	name: "there already", status: "AlreadyExists", link: diagnosis.Propagation, cause: "there already",
	lay:     `federate $B; there $B namespace/$NS; kubectl --context kind-$B create configmap x -n $NS; fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B)}"`,
	command: "kubectl label configmap x kubefed.io/managed=true",
}, { // KubeFed keeps a client for each type once it has written one of its objects, so this is about a type that was not used yet
	name: "no credentials", status: "ClientRetrievalFailed", link: diagnosis.Propagation, cause: "not found",
	lay: `federate $C; there $C namespace/$NS; kubectl delete secret $(kubectl get kubefedcluster $C -n kube-federation-system -o jsonpath={.spec.secretRef.name}) -n kube-federation-system
fed Job "{\"template\":{\"spec\":{\"template\":{\"spec\":{\"restartPolicy\":\"Never\",\"containers\":[{\"name\":\"x\",\"image\":\"x\"}]}}}},$(on $C)}"`,
	called: "job x", command: "--refresh",
}}

// withoutCluster is brought about last: nothing reaches $C any more.
var withoutCluster = []ailment{{
	name: "not ready", status: "ClusterNotReady", link: diagnosis.MemberReady, cause: "connection refused",
	lay: `federate $B $C; there $C namespace/$NS; kubectl patch kubefedcluster $C -n kube-federation-system --type=merge -p "{\"spec\":{\"apiEndpoint\":\"https://$C-control-plane:6444\"}}"
for i in $(seq 200); do kubectl get kubefedcluster $C -n kube-federation-system -o jsonpath='{.status.conditions[*].type}' | grep -q Offline && break; sleep 0.3; done
fed ConfigMap "{\"template\":{\"data\":{\"a\":\"1\"}},$(on $B $C)}"`,
	command: "kubectl fed fix-server",
}}

// missing finds the statuses that are neither laid out nor accounted for in docs/status.md.
func missing(t *testing.T, laid []string) {
	page, err := os.ReadFile("../../docs/status.md")
	if err != nil {
		t.Fatal(err)
	}
	_, unlaid, found := strings.Cut(string(page), "## Statuses that no test brings about")
	if !found {
		t.Fatal("docs/status.md has no section on statuses that no test brings about")
	}
	var all []string
	for _, s := range federation.Statuses() {
		all = append(all, string(s))
	}
	for _, r := range federation.ConditionReasons() {
		all = append(all, string(r))
	}
	for _, s := range all {
		if s != "" && s != string(federation.CheckClusters) && !slices.Contains(laid, s) && !strings.Contains(unlaid, "`"+s+"`") {
			t.Errorf("%s is neither brought about nor accounted for", s)
		}
	}
}
