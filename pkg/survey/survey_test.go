package survey

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

var (
	configMaps = federation.Type{Name: "configmaps", Target: federation.API{Version: "v1", Kind: "ConfigMap", Plural: "configmaps", Namespaced: true}}
	roles      = federation.Type{Name: "clusterroles", Target: federation.API{Group: "rbac", Version: "v1", Kind: "ClusterRole", Plural: "clusterroles"}}
)

func federated(t federation.Type, namespace, name string) member.Federated {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetNamespace(namespace)
	object.SetName(name)
	return member.Federated{Type: t, Object: object}
}

// TestShares: requests don't grow with the objects. A few namespaces are listed one by one, many at once, and what has
// no namespace once.
func TestShares(t *testing.T) {
	var objects []member.Federated
	for _, namespace := range []string{"a", "b"} {
		for i := range 5 {
			objects = append(objects, federated(configMaps, namespace, fmt.Sprint(i)))
		}
	}
	objects = append(objects, federated(roles, "", "x"), federated(roles, "", "y"))
	want := []share{
		{configMaps, "a", []int{0, 1, 2, 3, 4}}, {configMaps, "b", []int{5, 6, 7, 8, 9}}, {roles, "", []int{10, 11}},
	}
	if diff := cmp.Diff(want, shares(objects), cmp.AllowUnexported(share{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	objects = nil
	for i := range 10 {
		objects = append(objects, federated(configMaps, fmt.Sprint("ns", i), "x"))
	}
	if got := shares(objects); len(got) != 1 || got[0].namespace != "" || len(got[0].objects) != 10 {
		t.Errorf("got %v", got)
	}
}

var maps = schema.GroupResource{Resource: "configmaps"}

// TestSettle: what a refusal says of KubeFed, and what only of the user.
func TestSettle(t *testing.T) {
	live := &unstructured.Unstructured{Object: map[string]any{"data": map[string]any{"a": "b"}}}
	desired := &unstructured.Unstructured{Object: map[string]any{"data": map[string]any{"a": "c"}}}
	update := drift.Decision{Cluster: "c1", Action: drift.Update, Verdict: drift.WillUpdate, Desired: desired}
	create := drift.Decision{Cluster: "c1", Action: drift.Create, Verdict: drift.WillCreate, Desired: desired}
	dry := apierrors.NewBadRequest(`admission webhook "x" does not support dry run`)
	for _, c := range []struct {
		name     string
		decision drift.Decision
		err      error
		verdict  drift.Verdict
		action   drift.Action
		cause    string
		changes  int
	}{
		{"a right that the user lacks", update, apierrors.NewForbidden(maps, "x", errors.New(`User "u" cannot update resource "configmaps"`)),
			drift.Unknown, "", `can't be tried: configmaps "x" is forbidden: User "u" cannot update resource "configmaps"`, 0},
		{"no user at all", update, apierrors.NewUnauthorized("who?"), drift.Unknown, "", "can't be tried: who?", 0},
		{"admission", update, apierrors.NewForbidden(maps, "x", errors.New("exceeded quota")), drift.Blocked, "", `configmaps "x" is forbidden: exceeded quota`, 1},
		{"an immutable field", update, apierrors.NewBadRequest("field is immutable"), drift.Blocked, "", "field is immutable; the object has to be deleted and made anew", 1},
		{"a webhook without dry runs", update, dry, drift.WillUpdate, drift.Update, `not tried: admission webhook "x" does not support dry run`, 1},
		{"a webhook without dry runs, nothing wanted", drift.Decision{Cluster: "c1", Action: drift.Update, Verdict: drift.WillUpdate, Desired: live}, dry,
			drift.InSync, "", `not tried: admission webhook "x" does not support dry run`, 0},
		{"a namespace that is not there", create, apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "shop"), drift.WillCreate, drift.Create, drift.NamespaceMissing, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			there := live
			if c.decision.Action == drift.Create {
				there = nil
			}
			got, err := settle(c.decision, there, nil, c.err)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != c.verdict || got.Action != c.action || got.Cause != c.cause || len(got.Changes) != c.changes {
				t.Errorf("got %s, %s, %q, %v", got.Verdict, got.Action, got.Cause, got.Changes)
			}
		})
	}
	for _, err := range []error{errors.New("connection refused"), apierrors.NewTimeoutError("slow", 1), apierrors.NewTooManyRequests("later", 1)} {
		if _, got := settle(update, live, nil, err); got == nil {
			t.Errorf("%v: taken for an answer", err)
		}
	}
}

func TestOvertaken(t *testing.T) {
	exists, conflict := apierrors.NewAlreadyExists(maps, "x"), apierrors.NewConflict(maps, "x", errors.New("changed"))
	gone := apierrors.NewNotFound(maps, "x")
	create, update := drift.Decision{Action: drift.Create}, drift.Decision{Action: drift.Update}
	for _, c := range []struct {
		err  error
		d    drift.Decision
		want bool
	}{{exists, create, true}, {conflict, update, true}, {gone, update, true}, {gone, create, false}, {nil, update, false}} {
		if got := overtaken(c.err, c.d); got != c.want {
			t.Errorf("%v after %q: got %t", c.err, c.d.Action, got)
		}
	}
}

// TestSaid: a status of another generation says nothing of what is now.
func TestSaid(t *testing.T) {
	fed := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"generation": int64(2)},
		"status":   map[string]any{"observedGeneration": int64(2), "clusters": []any{map[string]any{"name": "c1"}, map[string]any{"name": "c2", "status": "UpdateFailed"}}},
	}}
	for cluster, want := range map[string]drift.Said{"c1": "", "c2": "UpdateFailed", "c3": ""} {
		if got := said(fed, cluster); got != want {
			t.Errorf("%s: got %q", cluster, got)
		}
	}
	fed.SetGeneration(3)
	if got := said(fed, "c2"); got != "" {
		t.Errorf("got %q of another generation", got)
	}
}

func TestEvents(t *testing.T) {
	event := &unstructured.Unstructured{Object: map[string]any{
		"message":        `Updating Deployment "shop/web" in cluster "c1"`,
		"count":          int64(7),
		"firstTimestamp": "2026-01-02T10:00:00Z", "lastTimestamp": "2026-01-02T10:05:00Z",
		"involvedObject": map[string]any{"kind": "FederatedDeployment", "namespace": "shop", "name": "web"},
	}}
	at, ok := placeOf(event)
	if want := (place{"FederatedDeployment", "shop", "web", "c1"}); !ok || at != want {
		t.Errorf("got %v, %t", at, ok)
	}
	got := updatesOf(event)
	if got.Count != 7 || got.Last.Sub(got.First.Time).Minutes() != 5 {
		t.Errorf("got %v", got)
	}
	event.Object["message"] = "something else"
	if _, ok := placeOf(event); ok {
		t.Error("an event of no member is taken for one")
	}
}

// TestIsAnswer: an error page of something before the server is no answer of the server's.
func TestIsAnswer(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{apierrors.NewNotFound(maps, "x"), true},
		{&apierrors.StatusError{ErrStatus: metav1.Status{Code: http.StatusGatewayTimeout, Reason: metav1.StatusReasonTimeout}}, false},
		{errors.New("EOF"), false}, {nil, false},
	} {
		if got := isAnswer(c.err); got != c.want {
			t.Errorf("%v: got %t", c.err, got)
		}
	}
}
