package checkup

import (
	"context"
	"regexp"
	"slices"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kubectl-fed/kubectl-fed/pkg/diagnosis"
	"github.com/kubectl-fed/kubectl-fed/pkg/drift"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// closer is what was read of one member where something is wrong there.
type closer struct {
	pods     map[string][]corev1.Pod // by namespace
	webhooks map[string][]diagnosis.Webhook
}

// allPodsFrom is in how many namespaces something has to be wrong for the pods of all to be read at once.
const allPodsFrom = 4

// lookCloser reads, of every member, the pods beside what is not ready, and who is asked about writes that fail.
// What can't be read explains nothing, and stops nothing.
func (s Subject) lookCloser(ctx context.Context, found []drift.Object) []closer {
	all := make([]closer, len(s.Members))
	var group errgroup.Group
	for j, m := range s.Members {
		spaces, objects := s.wanted(found, j)
		all[j] = closer{map[string][]corev1.Pod{}, map[string][]diagnosis.Webhook{}}
		if len(spaces) == 0 && len(objects) == 0 {
			continue
		}
		group.Go(func() error {
			client, err := s.Host.Dial(ctx, m)
			if err != nil {
				return nil
			}
			all[j].read(ctx, client, spaces, objects)
			return nil
		})
	}
	_ = group.Wait()
	return all
}

// wanted are the namespaces whose pods, and the objects whose webhooks, are worth a look in a member.
func (s Subject) wanted(found []drift.Object, j int) (spaces []string, objects []member.Federated) {
	for i, object := range s.Objects {
		result := found[i].Results[j]
		if rollout := diagnosis.RolloutOf(result.Live, nil); rollout.Counts && !rollout.Done && !slices.Contains(spaces, object.Object.GetNamespace()) {
			spaces = append(spaces, object.Object.GetNamespace())
		}
		if s.Closely && result.Verdict != drift.InSync && result.Verdict != drift.NotTargeted {
			objects = append(objects, object)
		}
	}
	return spaces, objects
}

func (c closer) read(ctx context.Context, client *member.Client, spaces []string, objects []member.Federated) {
	if len(spaces) >= allPodsFrom {
		pods, _ := client.Pods(ctx, "")
		for _, pod := range pods {
			c.pods[pod.Namespace] = append(c.pods[pod.Namespace], pod)
		}
		spaces = nil
	}
	for _, space := range spaces {
		c.pods[space], _ = client.Pods(ctx, space)
	}
	for _, f := range objects {
		asked, _ := client.Webhooks(ctx, f.Type.Target, f.Object.GetNamespace())
		for _, w := range asked {
			c.webhooks[f.ID()] = append(c.webhooks[f.ID()], diagnosis.Webhook(w))
		}
	}
}

// key names a federated object.
type key struct{ kind, namespace, name string }

func keyOf(f member.Federated) key {
	return key{f.Type.Federated.Kind, f.Object.GetNamespace(), f.Object.GetName()}
}

// inCluster finds the member in the text of KubeFed's events (sync/dispatch/operation.go in kubefed).
var inCluster = regexp.MustCompile(`in cluster "([^"]+)"`)

// warnings are KubeFed's events of failures, by object.
func (s Subject) warnings(ctx context.Context) map[key][]diagnosis.Warning {
	name := ""
	if len(s.Objects) == 1 {
		name = s.Objects[0].Object.GetName()
	}
	events, err := s.Host.Events(ctx, s.Namespace, name, "type=Warning")
	if err != nil {
		return nil // what is wrong is said with less to explain it
	}
	all := map[key][]diagnosis.Warning{}
	for _, e := range events {
		text := func(path ...string) string { t, _, _ := unstructured.NestedString(e.Object, path...); return t }
		k := key{text("involvedObject", "kind"), text("involvedObject", "namespace"), text("involvedObject", "name")}
		w := diagnosis.Warning{Reason: text("reason"), Text: text("message")}
		if found := inCluster.FindStringSubmatch(w.Text); found != nil {
			w.Cluster = found[1]
		}
		var last metav1.Time
		if last.UnmarshalQueryParameter(text("lastTimestamp")) == nil {
			w.Last = last
		}
		all[k] = append(all[k], w)
	}
	return all
}
