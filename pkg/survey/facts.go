package survey

import (
	"context"
	"regexp"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// facts are what the host cluster knows of the objects beside what decides over them. They explain results; where
// they can't be read, results are explained less.
type facts struct {
	objects     []member.Federated
	preferences map[place]bool
	updates     map[place]drift.Updates
	warnings    map[place]string
}

// place is a federated object and, where it counts, a member.
type place struct{ kind, namespace, name, cluster string }

func (f *facts) key(object member.Federated, cluster string) place {
	return place{object.Type.Federated.Kind, object.Object.GetNamespace(), object.Object.GetName(), cluster}
}

// startFacts reads facts while members are asked.
func startFacts(ctx context.Context, host *member.Host, objects []member.Federated) <-chan *facts {
	done := make(chan *facts, 1)
	go func() {
		f := &facts{objects: objects, preferences: map[place]bool{}, warnings: map[place]string{}}
		var both errgroup.Group
		both.Go(func() error { f.updates = f.readUpdates(ctx, host); return nil })
		both.Go(func() error { f.readPreferences(ctx, host); return nil })
		_ = both.Wait() // facts that can't be read are done without
		done <- f
	}()
	return done
}

// where is the namespace that all objects lie in, "" for several.
func (f *facts) where() string {
	namespace := ""
	for i, object := range f.objects {
		if i > 0 && object.Object.GetNamespace() != namespace {
			return ""
		}
		namespace = object.Object.GetNamespace()
	}
	return namespace
}

// single is the name of the only object, "" where there are several.
func (f *facts) single() string {
	if len(f.objects) == 1 {
		return f.objects[0].Object.GetName()
	}
	return ""
}

func (f *facts) readUpdates(ctx context.Context, host *member.Host) map[place]drift.Updates {
	all := map[place]drift.Updates{}
	events, err := host.Events(ctx, f.where(), f.single(), "reason=UpdateInCluster")
	if err != nil {
		return all
	}
	for _, e := range events {
		at, ok := placeOf(e)
		if !ok {
			continue
		}
		u, more := all[at], updatesOf(e)
		if u.Count == 0 || more.First.Before(&u.First) {
			u.First = more.First
		}
		if u.Last.Before(&more.Last) {
			u.Last = more.Last
		}
		u.Count += more.Count
		all[at] = u
	}
	return all
}

// inCluster finds the member in the text of KubeFed's events (sync/dispatch/operation.go in kubefed).
var inCluster = regexp.MustCompile(`in cluster "([^"]+)"`)

func placeOf(event *unstructured.Unstructured) (place, bool) {
	text := func(path ...string) string { s, _, _ := unstructured.NestedString(event.Object, path...); return s }
	found := inCluster.FindStringSubmatch(text("message"))
	if found == nil {
		return place{}, false
	}
	return place{text("involvedObject", "kind"), text("involvedObject", "namespace"), text("involvedObject", "name"), found[1]}, true
}

func updatesOf(event *unstructured.Unstructured) drift.Updates {
	count, _, _ := unstructured.NestedInt64(event.Object, "count")
	when := func(field string) (t metav1.Time) {
		text, _, _ := unstructured.NestedString(event.Object, field)
		if err := t.UnmarshalQueryParameter(text); err != nil {
			return metav1.Time{}
		}
		return t
	}
	return drift.Updates{Count: max(count, 1), First: when("firstTimestamp"), Last: when("lastTimestamp")}
}

// readPreferences finds the scheduling preferences of the objects whose replicas are overridden.
func (f *facts) readPreferences(ctx context.Context, host *member.Host) {
	scheduled := false
	for _, object := range f.objects {
		scheduled = scheduled || isSchedulable(object)
	}
	if !scheduled {
		return
	}
	found, err := host.Preferences(ctx, f.where())
	if err != nil {
		return
	}
	for _, p := range found {
		kind, _, _ := unstructured.NestedString(p.Object, "spec", "targetKind")
		f.preferences[place{kind: kind, namespace: p.GetNamespace(), name: p.GetName()}] = true
	}
}

func isSchedulable(object member.Federated) bool {
	all, err := federation.Overrides(object.Object)
	if err != nil || object.Type.Federated.Kind != "FederatedDeployment" && object.Type.Federated.Kind != "FederatedReplicaSet" {
		return false
	}
	for _, overrides := range all {
		for _, o := range overrides {
			if o.Path == "/spec/replicas" {
				return true
			}
		}
	}
	return false
}

// preference is the name of the scheduling preference of an object, which is the object's own.
func (f *facts) preference(object member.Federated) string {
	if f.preferences[f.key(object, "")] {
		return object.Object.GetName()
	}
	return ""
}

// warn reads the warnings of KubeFed, where it said of some member that a write failed.
func (f *facts) warn(ctx context.Context, host *member.Host, outcomes []member.Outcome[[]answer]) {
	wanted := false
	for _, out := range outcomes {
		for _, a := range out.Value {
			wanted = wanted || a.in.Said != "" && a.result.Action != drift.None
		}
	}
	if !wanted {
		return
	}
	events, err := host.Events(ctx, f.where(), f.single(), "type=Warning")
	if err != nil {
		return
	}
	last := map[place]metav1.Time{}
	for _, e := range events {
		at, ok := placeOf(e)
		when := updatesOf(e).Last
		if known, found := last[at]; !ok || found && when.Before(&known) {
			continue
		}
		last[at] = when
		f.warnings[at], _, _ = unstructured.NestedString(e.Object, "message")
	}
}
