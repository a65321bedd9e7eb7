package member

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
)

func TestNewestLockCounts(t *testing.T) {
	lock := func(renewed string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"kind": "ConfigMap", "metadata": map[string]any{"annotations": map[string]any{
			"control-plane.alpha.kubernetes.io/leader": `{"leaseDurationSeconds":15,"renewTime":"` + renewed + `"}`,
		}}}}
	}
	lease := &unstructured.Unstructured{Object: map[string]any{"kind": "Lease", "spec": map[string]any{
		"renewTime": "2026-01-01T00:00:02.000000Z", "leaseDurationSeconds": int64(3),
	}}}
	var c ControlPlane
	for _, l := range []*unstructured.Unstructured{lock("2026-01-01T00:00:01Z"), lease, lock("2026-01-01T00:00:00Z"), lock("never"), nil, {}} {
		c.note(l)
	}
	if want := time.Date(2026, 1, 1, 0, 0, 2, 0, time.UTC); !c.Renewed.Equal(want) || c.Lease != 3*time.Second {
		t.Errorf("renewed %s for %s", c.Renewed, c.Lease)
	}
}

func TestWebhooksThatAreAsked(t *testing.T) {
	space := &unstructured.Unstructured{}
	space.SetLabels(map[string]string{"team": "a"})
	webhook := func(name, group, resource, team string) any {
		return map[string]any{
			"name": name, "namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": team}},
			"rules": []any{map[string]any{"operations": []any{"CREATE"}, "apiGroups": []any{group}, "resources": []any{resource}}},
		}
	}
	configuration := &unstructured.Unstructured{Object: map[string]any{"webhooks": []any{
		webhook("exact", "apps", "deployments", "a"), webhook("all", "*", "*", "a"),
		webhook("other team", "apps", "deployments", "b"), webhook("other kind", "apps", "daemonsets", "a"), webhook("other group", "", "*", "a"),
	}}}
	typ, _ := federation.WellKnown("Deployment")
	want := []Webhook{{"x/y", "exact", []string{"CREATE"}}, {"x/y", "all", []string{"CREATE"}}}
	if diff := cmp.Diff(want, webhooksOf(configuration, "x/y", typ.Target, space)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
