package releasing

import (
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestStateDiffers(t *testing.T) {
	before := State{There: true, Managed: true, uid: "u", template: "t", restarts: map[string]int64{"p": 1, "q": 0}}
	change := func(do func(*State)) State {
		s := State{There: true, uid: "u", template: "t", restarts: map[string]int64{"p": 1, "q": 0}}
		do(&s)
		return s
	}
	for want, after := range map[string]State{
		"":                                 change(func(*State) {}),
		"it is gone":                       {},
		"it was deleted and made anew":     change(func(s *State) { s.uid = "other" }),
		"the template of its pods changed": change(func(s *State) { s.template = "other" }),
		"pods of it were replaced":         change(func(s *State) { delete(s.restarts, "p") }),
		"containers of it restarted":       change(func(s *State) { s.restarts["p"] = 2 }),
	} {
		if got := after.Differs(before); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := change(func(s *State) { s.restarts["new"] = 0 }).Differs(before); got != "" {
		t.Errorf("one pod more is no restart: %q", got)
	}
	if got := (State{There: true}).Differs(State{}); got != "" {
		t.Errorf("what was not there before can't differ: %q", got)
	}
}

func TestPodsOf(t *testing.T) {
	workload := &unstructured.Unstructured{Object: map[string]any{
		"kind": "Deployment",
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}},
			"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"name": "web"}}}},
		},
	}}
	if got := podSelector(workload); got != "app=web" {
		t.Errorf("got %q", got)
	}
	if podTemplate(workload) == "" {
		t.Error("it has a template")
	}
	service := &unstructured.Unstructured{Object: map[string]any{"kind": "Service", "spec": map[string]any{"selector": map[string]any{"app": "web"}}}}
	if got := podSelector(service); got != "" {
		t.Errorf("a Service has no pods of its own: %q", got)
	}
	pod := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"containerStatuses": []any{
		map[string]any{"restartCount": int64(2)}, map[string]any{"restartCount": int64(1)},
	}}}}
	if got := restarts(pod); got != 3 {
		t.Errorf("got %d", got)
	}
}

func TestVerdict(t *testing.T) {
	there := view{states: []State{{There: true, uid: "u"}}}
	labelled := view{states: []State{{There: true, uid: "u", Managed: true}}}
	broken := view{err: errUnreached}
	for name, c := range map[string]struct {
		before, after view
		problem       string
		unreached     bool
	}{
		"let go of":        {labelled, there, "", false},
		"not yet":          {labelled, labelled, LabelStays, false},
		"can't be asked":   {labelled, broken, "it can't be asked: no answer", true},
		"could not before": {broken, there, "it can't be asked: no answer", true},
	} {
		v := verdict(Object{}, "a", 0, c.before, c.after)
		if v.Problem != c.problem || v.Unreached != c.unreached {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

var errUnreached = errors.New("no answer")
