package releasing

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

// State is what an object of a member is told by: whether it is the same, and whether its pods ran on.
type State struct {
	There    bool
	Managed  bool // it has KubeFed's label
	uid      string
	template string           // of its pods, as JSON
	restarts map[string]int64 // by the UIDs of its pods
}

// Pods is how many pods the object has.
func (s State) Pods() int { return len(s.restarts) }

// Differs says what became different, "" for nothing.
func (s State) Differs(before State) string {
	switch {
	case before.There && !s.There:
		return "it is gone"
	case !before.There:
		return ""
	case s.uid != before.uid:
		return "it was deleted and made anew"
	case s.template != before.template:
		return "the template of its pods changed"
	}
	for uid, count := range before.restarts {
		if now, there := s.restarts[uid]; !there {
			return "pods of it were replaced"
		} else if now != count {
			return "containers of it restarted"
		}
	}
	return ""
}

var podsResource = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// stateOf looks at the target of a federated object in a member.
func stateOf(ctx context.Context, c *member.Client, o Object) (State, error) {
	live, err := c.Live(ctx, member.Federated{Type: o.Type, Object: o.Object})
	if err != nil || live == nil {
		return State{}, err
	}
	s := State{There: true, Managed: federation.IsManaged(live), uid: string(live.GetUID()), template: podTemplate(live)}
	selector := podSelector(live)
	if selector == "" {
		return s, nil
	}
	pods, err := c.Dynamic.Resource(podsResource).Namespace(live.GetNamespace()).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return State{}, fmt.Errorf("listing the pods of %s: %w", o.ID(), member.Plain(err))
	}
	s.restarts = map[string]int64{}
	for _, pod := range pods.Items {
		s.restarts[string(pod.GetUID())] = restarts(&pod)
	}
	return s, nil
}

// podTemplate is the template of an object's pods, "" where it has none.
func podTemplate(live *unstructured.Unstructured) string {
	template, ok, _ := unstructured.NestedMap(live.Object, "spec", "template")
	if !ok {
		return ""
	}
	text, err := json.Marshal(template) // the keys of maps are sorted
	if err != nil {
		return ""
	}
	return string(text)
}

// podSelector selects the pods of a workload; "" for all other objects.
func podSelector(live *unstructured.Unstructured) string {
	if !federation.HasPods(live) {
		return ""
	}
	raw, ok, _ := unstructured.NestedMap(live.Object, "spec", "selector")
	var selector metav1.LabelSelector
	if !ok || runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &selector) != nil {
		return ""
	}
	return metav1.FormatLabelSelector(&selector)
}

func restarts(pod *unstructured.Unstructured) int64 {
	var sum int64
	statuses, _, _ := unstructured.NestedSlice(pod.Object, "status", "containerStatuses")
	for _, s := range statuses {
		status, _ := s.(map[string]any)
		count, _, _ := unstructured.NestedInt64(status, "restartCount")
		sum += count
	}
	return sum
}
