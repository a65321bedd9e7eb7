package drift_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	runtimeclient "sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kubefed/pkg/client/generic"
	"sigs.k8s.io/kubefed/pkg/controller/sync/dispatch"
	"sigs.k8s.io/kubefed/pkg/controller/sync/status"
	"sigs.k8s.io/kubefed/pkg/controller/util"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

// TestJudgeAsKubeFed gives the cases of placed members to KubeFed's own
// dispatcher, and compares what it sends to the member, and the status it
// gives it, with the decision.
func TestJudgeAsKubeFed(t *testing.T) {
	for _, c := range judgeCases {
		in := c.input(t)
		if !in.Placed || in.NotReady || !in.Type.PropagationEnabled || in.Federated.GetDeletionTimestamp() != nil ||
			federation.Ignored(in.Type, in.Federated, in.KubeFedNamespace) != "" {
			continue // never comes to the dispatcher
		}
		t.Run(c.name, func(t *testing.T) {
			sent, clusterStatus := dispatchOne(t, in)
			d := drift.Judge(in)
			if diff := cmp.Diff(sent, asSent(d)); diff != "" {
				t.Errorf("sent, -KubeFed +ours\n%s", diff)
			}
			if blocked := clusterStatus != status.ClusterPropagationOK; blocked != (d.Verdict == drift.Blocked) {
				t.Errorf("status %q, verdict %q", clusterStatus, d.Verdict)
			}
			if strings.HasSuffix(d.Cause, ")") && !strings.HasSuffix(d.Cause, "("+string(clusterStatus)+")") {
				t.Errorf("status %q, cause %q", clusterStatus, d.Cause)
			}
		})
	}
}

// request is the one write that a member accepted.
type request struct {
	Verb   string
	Object map[string]any
}

func asSent(d drift.Decision) request {
	verb := map[drift.Action]string{drift.Create: "POST", drift.Update: "PUT", drift.Adopt: "PUT"}[d.Action]
	if verb == "" || d.Desired == nil { // nothing, or nothing yet
		return request{}
	}
	return request{verb, d.Desired.Object}
}

// dispatchOne does what syncToClusters does for a placed member: it goes by
// the cache, which holds labelled objects only.
func dispatchOne(t *testing.T, in drift.Input) (request, status.PropagationStatus) {
	t.Helper()
	m := &fakeMember{live: in.Live}
	access := func(string) (generic.Client, error) { return m, nil }
	d := dispatch.NewManagedDispatcher(access, federatedResource{in}, in.NoAdoption, false)
	if in.Live != nil && util.HasManagedLabel(in.Live) {
		d.Update(in.Cluster, in.Live.DeepCopy())
	} else {
		d.Create(in.Cluster)
	}
	if _, err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	collected, _ := d.CollectedStatus()
	return m.sent, collected.StatusMap[in.Cluster]
}

// fakeMember is a member with at most one object.
type fakeMember struct {
	generic.Client
	sync.Mutex
	live *unstructured.Unstructured
	sent request
}

func (m *fakeMember) note(verb string, obj runtimeclient.Object) error {
	m.Lock()
	defer m.Unlock()
	u := obj.(*unstructured.Unstructured).DeepCopy()
	u.SetAPIVersion(strings.TrimPrefix(u.GetAPIVersion(), "/"))
	m.sent = request{verb, u.Object}
	return nil
}

func (m *fakeMember) Create(_ context.Context, obj runtimeclient.Object) error {
	if m.live != nil {
		return apierrors.NewAlreadyExists(schema.GroupResource{}, obj.GetName())
	}
	return m.note("POST", obj)
}

func (m *fakeMember) Get(_ context.Context, obj runtimeclient.Object, _, _ string) error {
	obj.(*unstructured.Unstructured).Object = m.live.DeepCopy().Object
	return nil
}

func (m *fakeMember) Update(_ context.Context, obj runtimeclient.Object) error {
	return m.note("PUT", obj)
}

// federatedResource is an input as the dispatcher wants it. What package
// federation computes is compared with KubeFed over there; here it is the
// order of the steps that counts.
type federatedResource struct{ in drift.Input }

func (r federatedResource) TargetName() util.QualifiedName {
	return util.QualifiedName{Namespace: r.in.Federated.GetNamespace(), Name: r.in.Federated.GetName()}
}
func (r federatedResource) TargetKind() string                       { return r.in.Type.Target.Kind }
func (r federatedResource) TargetGVK() schema.GroupVersionKind       { return r.in.Type.Target.GVK() }
func (r federatedResource) Object() *unstructured.Unstructured       { return r.in.Federated }
func (r federatedResource) RecordError(string, error)                {}
func (r federatedResource) RecordEvent(string, string, ...any)       {}
func (r federatedResource) VersionForCluster(string) (string, error) { return r.in.Recorded, nil }

func (r federatedResource) ObjectForCluster(string) (*unstructured.Unstructured, error) {
	return federation.Base(r.in.Type, r.in.Federated)
}

func (r federatedResource) ApplyOverrides(obj *unstructured.Unstructured, cluster string) error {
	all, err := util.GetOverrides(r.in.Federated)
	if err == nil && all[cluster] != nil {
		err = util.ApplyJSONPatch(obj, all[cluster])
	}
	if err == nil {
		util.AddManagedLabel(obj)
	}
	return err
}

func (r federatedResource) IsNamespaceInHostCluster(obj runtimeclient.Object) bool {
	return r.in.Type.Target.Kind == util.NamespaceKind && util.IsPrimaryCluster(r.in.HostNamespace, obj)
}
