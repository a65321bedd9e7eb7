package unfederate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/federation"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
	"github.com/kubectl-fed/kubectl-fed/pkg/releasing"
)

func TestValidate(t *testing.T) {
	web, kind := []factory.Object{{Type: "deploy", Name: "web"}}, []factory.Object{{Type: "deploy"}}
	for want, o := range map[string]Options{
		"":                                     {DryRun: "none", Objects: web},
		"which object shall be let go of?":     {DryRun: "none"},
		"which deploy shall be let go of?":     {DryRun: "none", Objects: kind},
		"--contents is for namespaces by name": {DryRun: "none", Objects: kind, Selector: "a=b", Contents: true},
		"-l selects objects of a type: give it a TYPE, and no names": {DryRun: "none", Objects: web, Selector: "a=b"},
		"--dry-run x: it is client, server or none":                  {DryRun: "x", Objects: web},
	} {
		got := ""
		if err := o.Validate(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestVerdict(t *testing.T) {
	fed := &unstructured.Unstructured{Object: map[string]any{}}
	fed.SetName("web")
	web := releasing.Object{Type: federation.Type{Target: federation.API{Group: "apps", Plural: "deployments"}}, Object: fed}
	well := releasing.Verdict{Object: web, Cluster: "a", Pods: 2}
	for name, c := range map[string]struct {
		verdicts []releasing.Verdict
		out, err string
		kind     outcome.Kind
	}{
		"all is well": {[]releasing.Verdict{well, {Object: web, Cluster: "b", Pods: 1}}, "deployments.apps/web stays in a (2 pods), b (1 pod), not managed any more, nothing restarted\n", "", outcome.Failure},
		"not there":   {[]releasing.Verdict{well, {Object: web, Cluster: "b", Absent: true}}, "deployments.apps/web stays in a (2 pods), not managed any more, nothing restarted\ndeployments.apps/web was not in b\n", "", outcome.Failure},
		"away": {[]releasing.Verdict{well, {Object: web, Cluster: "b", Unreached: true, Problem: "it can't be asked: x"}}, "deployments.apps/web stays in a (2 pods), not managed any more, nothing restarted\n",
			"b: it can't be asked: x; KubeFed takes its label off there when the cluster is back", outcome.Partial},
		"late":      {[]releasing.Verdict{{Object: web, Cluster: "b", Problem: releasing.LabelStays}}, "", "b: deployments.apps/web: it still has KubeFed's label after 0s", outcome.Timeout},
		"restarted": {[]releasing.Verdict{{Object: web, Cluster: "b", Problem: "containers of it restarted"}}, "", "b: deployments.apps/web: containers of it restarted", outcome.Failure},
	} {
		streams, _, out, _ := genericiooptions.NewTestIOStreams()
		o := Options{Streams: streams, HostFlag: func() string { return "" }}
		err := o.verdict(c.verdicts, 2)
		if diff := cmp.Diff(c.out, out.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if (c.err == "") != (err == nil) || err != nil && err.Error() != c.err || outcome.KindOf(err) != c.kind {
			t.Errorf("%s: got %v (%v)", name, err, outcome.KindOf(err))
		}
	}
}
