package drift_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

var deployments = federation.Type{
	Name:               "deployments.apps",
	Target:             federation.API{Group: "apps", Version: "v1", Kind: "Deployment", Plural: "deployments", Namespaced: true},
	Federated:          federation.API{Group: "types.kubefed.io", Version: "v1beta1", Kind: "FederatedDeployment", Plural: "federateddeployments", Namespaced: true},
	PropagationEnabled: true,
}

var namespaces = federation.Type{
	Name:               "namespaces",
	Target:             federation.API{Version: "v1", Kind: "Namespace", Plural: "namespaces"},
	Federated:          federation.API{Group: "types.kubefed.io", Version: "v1beta1", Kind: "FederatedNamespace", Plural: "federatednamespaces", Namespaced: true},
	PropagationEnabled: true,
}

func disabled(t federation.Type) federation.Type {
	t.PropagationEnabled = false
	return t
}

const (
	fed         = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {template: {spec: {replicas: 2}}}}`
	fedBroken   = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {template: {}, overrides: [{clusterName: c1, clusterOverrides: [{path: /a/b, value: 1}]}]}}`
	fedOnUpdate = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop}, spec: {template: {}, overrides: [{clusterName: c1, clusterOverrides: [{op: add, path: /metadata/annotations/a, value: b}]}]}}`
	fedDeleting = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop, deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: [kubefed.io/sync-controller]}, spec: {template: {}}}`
	fedFinal    = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop, deletionTimestamp: "2020-01-01T00:00:00Z"}, spec: {template: {}}}`
	fedOrphan   = `{kind: FederatedDeployment, metadata: {name: web, namespace: shop, deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: [kubefed.io/sync-controller], annotations: {kubefed.io/orphan: "true"}}, spec: {template: {}}}`
	fedNs       = `{kind: FederatedNamespace, metadata: {name: shop, namespace: shop}, spec: {template: {}}}`
	fedNsGoing  = `{kind: FederatedNamespace, metadata: {name: shop, namespace: shop, deletionTimestamp: "2020-01-01T00:00:00Z", finalizers: [kubefed.io/sync-controller]}, spec: {template: {}}}`
	fedNsSystem = `{kind: FederatedNamespace, metadata: {name: fed-system, namespace: fed-system}, spec: {}}`

	live            = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 3, resourceVersion: "9", labels: {kubefed.io/managed: "true"}, annotations: {a: b}}, spec: {replicas: 2}}`
	liveAnnotated   = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 3, labels: {kubefed.io/managed: "true"}, annotations: {c: d}}}`
	liveUnlabelled  = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 3, annotations: {c: d}}, spec: {replicas: 2}}`
	liveForbidden   = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, labels: {kubefed.io/managed: "false"}}}`
	liveTerminating = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 4, deletionTimestamp: "2020-01-01T00:00:00Z", labels: {kubefed.io/managed: "true"}}}`
	liveFinal       = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 4, finalizers: [foregroundDeletion, a.b/c], labels: {kubefed.io/managed: "true"}}}`
	liveHeld        = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 4, finalizers: [a.b/c], deletionTimestamp: "2020-01-01T00:00:00Z", labels: {kubefed.io/managed: "true"}}}`
	liveOwned       = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 3, ownerReferences: [{kind: App, name: x}], labels: {kubefed.io/managed: "true"}, annotations: {a: b}}, spec: {replicas: 2}}`
	liveNs          = `{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: host, resourceVersion: "5", labels: {kubefed.io/managed: "true", a: b}}}`
	liveNsOther     = `{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: other, resourceVersion: "5", labels: {kubefed.io/managed: "true"}}}`
	liveNsHeld      = `{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: other, deletionTimestamp: "2020-01-01T00:00:00Z", labels: {kubefed.io/managed: "true"}}, status: {conditions: [
	  {type: NamespaceContentRemaining, status: "True", message: "x"}, {type: NamespaceFinalizersRemaining, status: "True", message: "a.b/c in 1 resource instances"}]}}`
	liveNsBare = `{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: host, resourceVersion: "5"}}`
)

var (
	notListed = federation.Reason{Code: federation.NotListed}
	excluded  = federation.Reason{Code: federation.NamespaceExcludes, Namespace: "shop"}
)

// judgeCase is one input, its objects as YAML.
type judgeCase struct {
	name      string
	typ       federation.Type
	fed, live string
	in        drift.Input // the rest
	want      drift.Decision
}

// Desired is compared apart; here its presence follows from the action.
var judgeCases = []judgeCase{
	{"placed and absent", deployments, fed, "", drift.Input{Placed: true},
		drift.Decision{Action: drift.Create, Verdict: drift.WillCreate}},
	{"not placed and absent", deployments, fed, "", drift.Input{Reason: excluded},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "excluded by the placement of FederatedNamespace shop"}},
	{"not placed but there", deployments, fed, live, drift.Input{Reason: notListed},
		drift.Decision{Action: drift.Delete, Verdict: drift.WillDelete, Cause: "not in spec.placement.clusters"}},
	{"not placed, there without label", deployments, fed, liveUnlabelled, drift.Input{Reason: notListed},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "not in spec.placement.clusters; the object there is not KubeFed's"}},
	{"not placed, label forbids", deployments, fed, liveForbidden, drift.Input{Reason: notListed},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "not in spec.placement.clusters; the object there is not KubeFed's"}},
	{"not placed and going", deployments, fed, liveTerminating, drift.Input{Reason: notListed},
		drift.Decision{Verdict: drift.WillDelete, Cause: "not in spec.placement.clusters; its deletion is under way"}},

	{"written and untouched", deployments, fed, live, drift.Input{Placed: true, Recorded: "gen:3"}, drift.Decision{Verdict: drift.InSync}},
	{"written and touched", deployments, fed, live, drift.Input{Placed: true, Recorded: "gen:2"},
		drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate}},
	{"never recorded", deployments, fed, live, drift.Input{Placed: true},
		drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate}},
	{"going although placed", deployments, fed, liveTerminating, drift.Input{Placed: true, Recorded: "gen:3"},
		drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate, Cause: "its deletion is under way; KubeFed creates it anew once it is gone"}},
	{"going although placed, and written since", deployments, fed, liveTerminating, drift.Input{Placed: true, Recorded: "gen:4"},
		drift.Decision{Action: drift.Create, Verdict: drift.WillCreate, Cause: "its deletion is under way; KubeFed creates it anew once it is gone"}},
	{"label forbids", deployments, fed, liveForbidden, drift.Input{Placed: true},
		drift.Decision{Verdict: drift.Blocked, Cause: "the object there has the label kubefed.io/managed=false (ManagedLabelFalse)"}},
	{"there without label", deployments, fed, liveUnlabelled, drift.Input{Placed: true},
		drift.Decision{Action: drift.Adopt, Verdict: drift.WillAdopt}},
	{"there without label, no adoption", deployments, fed, liveUnlabelled, drift.Input{Placed: true, NoAdoption: true},
		drift.Decision{Verdict: drift.Blocked, Cause: "an object of this name is there already, and adoption is disabled"}},
	{"label forbids, no adoption", deployments, fed, liveForbidden, drift.Input{Placed: true, NoAdoption: true},
		drift.Decision{Verdict: drift.Blocked, Cause: "an object of this name is there already, and adoption is disabled"}},
	{"managed, no adoption", deployments, fed, live, drift.Input{Placed: true, NoAdoption: true},
		drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate}},

	{"broken override, absent", deployments, fedBroken, "", drift.Input{Placed: true}, drift.Decision{Verdict: drift.Blocked,
		Cause: "override 1 (replace /a/b): replace operation does not apply: doc is missing path: /a/b: missing value (ApplyOverridesFailed)"}},
	{"broken override, there", deployments, fedBroken, live, drift.Input{Placed: true}, drift.Decision{Verdict: drift.Blocked,
		Cause: "override 1 (replace /a/b): replace operation does not apply: doc is missing path: /a/b: missing value (ApplyOverridesFailed)"}},
	{"override that works on update only, absent", deployments, fedOnUpdate, "", drift.Input{Placed: true}, drift.Decision{Verdict: drift.Blocked,
		Cause: `override 1 (add /metadata/annotations/a): add operation does not apply: doc is missing path: "/metadata/annotations/a": missing value (ApplyOverridesFailed)`}},
	{"override that works on update only, there", deployments, fedOnUpdate, liveAnnotated, drift.Input{Placed: true},
		drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate}},
	{"override that works on update only, to be adopted", deployments, fedOnUpdate, liveUnlabelled, drift.Input{Placed: true}, drift.Decision{Verdict: drift.Blocked,
		Cause: `override 1 (add /metadata/annotations/a): add operation does not apply: doc is missing path: "/metadata/annotations/a": missing value (ApplyOverridesFailed)`}},

	{"deleting, absent", deployments, fedDeleting, "", drift.Input{Placed: true},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "the federated object is being deleted"}},
	{"deleting, there", deployments, fedDeleting, live, drift.Input{Placed: true},
		drift.Decision{Action: drift.Delete, Verdict: drift.WillDelete, Cause: "the federated object is being deleted"}},
	{"deleting, there without label", deployments, fedDeleting, liveUnlabelled, drift.Input{Placed: true},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "the federated object is being deleted"}},
	{"deleting, going", deployments, fedDeleting, liveTerminating, drift.Input{Placed: true},
		drift.Decision{Verdict: drift.WillDelete, Cause: "the federated object is being deleted; the deletion here is under way"}},
	{"deleting, not placed", deployments, fedDeleting, live, drift.Input{Reason: notListed},
		drift.Decision{Action: drift.Release, Verdict: drift.WillRelease, Cause: "the federated object is being deleted; not in spec.placement.clusters"}},
	{"deleting with orphaning", deployments, fedOrphan, live, drift.Input{Placed: true},
		drift.Decision{Action: drift.Release, Verdict: drift.WillRelease, Cause: "the federated object is being deleted; with orphaning enabled"}},
	{"deleting without finalizer", deployments, fedFinal, live, drift.Input{Placed: true},
		drift.Decision{Action: drift.Release, Verdict: drift.WillRelease, Cause: "the federated object is being deleted; without KubeFed's finalizer"}},

	{"not ready", deployments, fed, live, drift.Input{Placed: true, NotReady: true},
		drift.Decision{Verdict: drift.Unknown, Cause: "KubeFed holds the cluster for not ready and leaves it out"}},
	{"not ready and not placed", deployments, fed, "", drift.Input{Reason: notListed, NotReady: true},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "not in spec.placement.clusters"}},
	{"not ready and to be deleted", deployments, fed, live, drift.Input{Reason: notListed, NotReady: true, NotReadyCause: "dial tcp: no route"},
		drift.Decision{Verdict: drift.Unknown, Cause: "KubeFed holds the cluster for not ready and leaves it out: dial tcp: no route"}},
	{"deleting, not ready", deployments, fedDeleting, live, drift.Input{Placed: true, NotReady: true}, drift.Decision{Verdict: drift.Unknown,
		Cause: "KubeFed holds the cluster for not ready and leaves it out; the federated object is being deleted, and stays until the cluster is ready or has left"}},
	{"no placement", deployments, fed, live, drift.Input{Unplaceable: "bad selector"},
		drift.Decision{Verdict: drift.Blocked, Cause: "bad selector (ComputePlacementFailed)"}},
	{"held up before its deletion", deployments, fed, liveFinal, drift.Input{Reason: notListed}, drift.Decision{Action: drift.Delete, Verdict: drift.WillDelete,
		Cause: "not in spec.placement.clusters; it will stay until the finalizer a.b/c is taken off"}},
	{"held up in its deletion", deployments, fed, liveHeld, drift.Input{Reason: notListed}, drift.Decision{Verdict: drift.Blocked,
		Cause: "not in spec.placement.clusters; its deletion is held up by the finalizer a.b/c"}},
	{"deleting, held up", deployments, fedDeleting, liveHeld, drift.Input{Placed: true}, drift.Decision{Verdict: drift.Blocked,
		Cause: "the federated object is being deleted; its deletion is held up by the finalizer a.b/c"}},
	{"owned by another", deployments, fed, liveOwned, drift.Input{Placed: true, Recorded: "gen:3"}, drift.Decision{Verdict: drift.LeftAlone,
		Cause: "KubeFed goes by the recorded version, which this does not change"}},
	{"propagation disabled", disabled(deployments), fed, live, drift.Input{Placed: true},
		drift.Decision{Verdict: drift.Blocked, Cause: "propagation of deployments.apps is disabled"}},
	{"propagation disabled, not placed", disabled(deployments), fed, "", drift.Input{Reason: notListed},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "propagation of deployments.apps is disabled"}},

	{"system namespace", namespaces, fedNsSystem, "", drift.Input{Placed: true},
		drift.Decision{Verdict: drift.NotTargeted, Cause: "KubeFed does not federate the system namespace fed-system"}},
	{"host namespace, not placed", namespaces, fedNs, liveNs, drift.Input{Reason: notListed}, drift.Decision{Action: drift.Release, Verdict: drift.WillRelease,
		Cause: "not in spec.placement.clusters; KubeFed never deletes the host cluster's own namespace"}},
	{"other namespace, not placed", namespaces, fedNs, liveNsOther, drift.Input{Reason: notListed},
		drift.Decision{Action: drift.Delete, Verdict: drift.WillDelete, Cause: "not in spec.placement.clusters"}},
	{"other namespace, held up by what is in it", namespaces, fedNs, liveNsHeld, drift.Input{Reason: notListed}, drift.Decision{Verdict: drift.Blocked,
		Cause: "not in spec.placement.clusters; its deletion is held up by what is in it: a.b/c in 1 resource instances"}},
	{"host namespace, deleting", namespaces, fedNsGoing, liveNs, drift.Input{Placed: true}, drift.Decision{Action: drift.Release, Verdict: drift.WillRelease,
		Cause: "the federated object is being deleted; KubeFed never deletes the host cluster's own namespace"}},
	{"host namespace is adopted all the same", namespaces, fedNs, liveNsBare, drift.Input{Placed: true, NoAdoption: true},
		drift.Decision{Action: drift.Adopt, Verdict: drift.WillAdopt}},
	{"host namespace is written to", namespaces, fedNs, liveNs, drift.Input{Placed: true},
		drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate}},
}

// input puts the objects of a case into its input.
func (c judgeCase) input(t *testing.T) drift.Input {
	in := c.in
	in.Type, in.Cluster, in.KubeFedNamespace = c.typ, "c1", "fed-system"
	in.Federated = object(t, c.fed)
	in.HostNamespace = object(t, `{kind: Namespace, metadata: {name: shop, uid: host}}`)
	if c.live != "" {
		in.Live = object(t, c.live)
	}
	return in
}

func TestJudge(t *testing.T) {
	for _, c := range judgeCases {
		t.Run(c.name, func(t *testing.T) {
			in := c.input(t)
			want := c.want
			want.Cluster = "c1"
			want.Desired = wantDesired(t, in, c.want)
			if diff := cmp.Diff(want, drift.Judge(in)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if !cmp.Equal(c.input(t), in) {
				t.Error("the input was changed")
			}
		})
	}
}

func wantDesired(t *testing.T, in drift.Input, want drift.Decision) *unstructured.Unstructured {
	var obj *unstructured.Unstructured
	var err error
	action := want.Action
	if action == drift.Create && in.Live != nil { // not before that is gone
		return nil
	}
	if want.Verdict == drift.LeftAlone {
		action = drift.Update
	}
	switch action {
	case drift.Create:
		obj, err = federation.ForCreate(in.Type, in.Federated, in.Cluster)
	case drift.Update, drift.Adopt:
		obj, err = federation.ForUpdate(in.Type, in.Federated, in.Cluster, in.Live)
	case drift.Release:
		obj = federation.Released(in.Live)
	}
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

func TestSettle(t *testing.T) {
	was := object(t, live)
	changed := was.DeepCopy()
	if err := unstructured.SetNestedField(changed.Object, int64(5), "spec", "replicas"); err != nil {
		t.Fatal(err)
	}
	replicas := []drift.Change{{Path: "/spec/replicas", Before: int64(2), After: int64(5)}}
	desired := &unstructured.Unstructured{Object: map[string]any{}}
	for _, c := range []struct {
		name     string
		decision drift.Decision
		answered *unstructured.Unstructured
		want     drift.Result
	}{
		{"update with changes", drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate, Cause: "x", Desired: desired}, changed,
			drift.Result{Verdict: drift.WillUpdate, Action: drift.Update, Cause: "x", Changes: replicas, After: changed}},
		{"update without", drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate, Desired: desired}, was, drift.Result{Verdict: drift.InSync}},
		{"update without an answer", drift.Decision{Action: drift.Update, Verdict: drift.WillUpdate, Desired: desired}, nil, drift.Result{Verdict: drift.WillUpdate, Action: drift.Update}},
		{"untouched, asked in full, changes", drift.Decision{Verdict: drift.InSync, Desired: desired}, changed,
			drift.Result{Verdict: drift.LeftAlone, Cause: "KubeFed goes by the recorded version, which this does not change", Changes: replicas, After: changed}},
		{"untouched, asked in full, none", drift.Decision{Verdict: drift.InSync, Desired: desired}, was, drift.Result{Verdict: drift.InSync}},
		{"adoption", drift.Decision{Action: drift.Adopt, Verdict: drift.WillAdopt, Desired: desired}, changed,
			drift.Result{Verdict: drift.WillAdopt, Action: drift.Adopt, Changes: replicas, After: changed}},
		{"creation", drift.Decision{Action: drift.Create, Verdict: drift.WillCreate, Desired: desired}, changed,
			drift.Result{Verdict: drift.WillCreate, Action: drift.Create, After: changed}},
		{"deletion", drift.Decision{Action: drift.Delete, Verdict: drift.WillDelete, Cause: "x"}, nil, drift.Result{Verdict: drift.WillDelete, Action: drift.Delete, Cause: "x"}},
		{"nothing", drift.Decision{Verdict: drift.NotTargeted, Cause: "x"}, nil, drift.Result{Verdict: drift.NotTargeted, Cause: "x"}},
		{"release", drift.Decision{Action: drift.Release, Verdict: drift.WillRelease, Desired: federation.Released(was)}, nil, drift.Result{
			Verdict: drift.WillRelease, Action: drift.Release, After: federation.Released(was),
			Changes: []drift.Change{{Path: "/metadata/labels", Before: map[string]any{"kubefed.io/managed": "true"}, Removed: true}},
		}},
		{"held up, with changes", drift.Decision{Action: drift.Update, Verdict: drift.Blocked, Desired: desired}, changed,
			drift.Result{Verdict: drift.Blocked, Action: drift.Update, Changes: replicas, After: changed}},
		{"held up, without", drift.Decision{Action: drift.Update, Verdict: drift.Blocked, Desired: desired}, was, drift.Result{Verdict: drift.Blocked, After: was}},
	} {
		c.decision.Cluster, c.want.Cluster, c.want.Live = "c1", "c1", was
		if diff := cmp.Diff(c.want, drift.Settle(c.decision, was, c.answered)); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

// TestSettleOfGoing: an object that is being deleted is not in sync, whatever it looks like.
func TestSettleOfGoing(t *testing.T) {
	going := object(t, liveTerminating)
	d := drift.Decision{Cluster: "c1", Action: drift.Update, Verdict: drift.WillUpdate, Desired: going}
	if got := drift.Settle(d, going, going); got.Verdict != drift.WillCreate || got.Action != drift.Create {
		t.Errorf("got %s, %s", got.Verdict, got.Action)
	}
}

// TestNotSettled: results of what no member answered to, or refused.
func TestNotSettled(t *testing.T) {
	was, desired := object(t, live), object(t, `{kind: Deployment, metadata: {labels: {}}, spec: {replicas: 5}}`)
	d := drift.Decision{Cluster: "c1", Action: drift.Update, Verdict: drift.WillUpdate, Desired: desired}
	changes := []drift.Change{
		{Path: "/metadata/labels", Before: map[string]any{"kubefed.io/managed": "true"}, Removed: true},
		{Path: "/spec/replicas", Before: int64(2), After: int64(5)},
	}
	want := drift.Result{Cluster: "c1", Verdict: drift.Blocked, Cause: "immutable", Changes: changes, Live: was, After: desired}
	if diff := cmp.Diff(want, drift.Refuse(d, was, "immutable")); diff != "" {
		t.Errorf("refused: -want +got\n%s", diff)
	}
	untouched := drift.Decision{Cluster: "c1", Verdict: drift.InSync, Desired: desired}
	want = drift.Result{Cluster: "c1", Verdict: drift.InSync, Cause: "an update would be refused, and KubeFed makes none: immutable", Live: was}
	if diff := cmp.Diff(want, drift.Refuse(untouched, was, "immutable")); diff != "" {
		t.Errorf("refused in full: -want +got\n%s", diff)
	}
	want = drift.Result{Cluster: "c1", Verdict: drift.WillUpdate, Action: drift.Update, Cause: "no dry run", Changes: changes, Live: was, After: desired}
	if diff := cmp.Diff(want, drift.Untried(d, was, "no dry run")); diff != "" {
		t.Errorf("untried: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(drift.Result{Cluster: "c1", Verdict: drift.Unknown, Cause: "gone"}, drift.Unreached("c1", "gone")); diff != "" {
		t.Error(diff)
	}
}

func TestDiffers(t *testing.T) {
	for verdict, want := range map[drift.Verdict]bool{
		drift.InSync: false, drift.NotTargeted: false, drift.Unknown: false,
		drift.WillCreate: true, drift.WillUpdate: true, drift.WillAdopt: true, drift.WillDelete: true, drift.WillRelease: true, drift.Blocked: true,
		drift.LeftAlone: true, drift.Looping: true,
	} {
		if got := verdict.Differs(); got != want {
			t.Errorf("%s: got %t", verdict, got)
		}
		o := drift.Object{Results: []drift.Result{{Verdict: drift.InSync}, {Verdict: verdict}}}
		if got := o.Differs(); got != want {
			t.Errorf("object with %s: got %t", verdict, got)
		}
	}
}

func TestGroups(t *testing.T) {
	two := []drift.Change{{Path: "/spec/replicas", Before: int64(5), After: int64(2)}}
	alsoTwo := []drift.Change{{Path: "/spec/replicas", Before: 5.0, After: int64(2)}}
	three := []drift.Change{{Path: "/spec/replicas", Before: int64(5), After: int64(3)}}
	o := drift.Object{ID: "shop/deployments/web", Results: []drift.Result{
		{Cluster: "c4", Verdict: drift.WillUpdate, Changes: two},
		{Cluster: "c1", Verdict: drift.InSync},
		{Cluster: "c2", Verdict: drift.WillUpdate, Changes: alsoTwo},
		{Cluster: "c3", Verdict: drift.WillUpdate, Changes: three},
		{Cluster: "c5", Verdict: drift.WillUpdate, Cause: "x", Changes: two},
		{Cluster: "c6", Verdict: drift.InSync},
	}}
	want := []drift.Group{
		{Clusters: []string{"c4", "c2"}, Verdict: drift.WillUpdate, Changes: two},
		{Clusters: []string{"c1", "c6"}, Verdict: drift.InSync},
		{Clusters: []string{"c3"}, Verdict: drift.WillUpdate, Changes: three},
		{Clusters: []string{"c5"}, Verdict: drift.WillUpdate, Cause: "x", Changes: two},
	}
	if diff := cmp.Diff(want, o.Groups(), cmpopts.IgnoreFields(drift.Group{}, "Results")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := (drift.Object{}).Groups(); got != nil {
		t.Errorf("got %v", got)
	}
}
