package federate

import (
	"context"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/member"
	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/factory"
)

// parse reads a command line, and gives the options that the verb would run with.
func parse(args ...string) (*Options, error) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	var got *Options
	cmd := NewCmd(factory.New(streams, args), func(_ context.Context, o *Options) error { got = o; return nil })
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	err := cmd.Execute()
	return got, err
}

func TestValidate(t *testing.T) {
	for args, want := range map[string]string{
		"":                                       "which object shall be federated?",
		"deploy":                                 "which deploy shall be federated?",
		"deploy web":                             "",
		"deploy/web cm/settings":                 "",
		"deploy -l app=web":                      "",
		"deploy web -l app=web":                  "-l selects objects of a type: give it a TYPE, and no names",
		"-f x.yaml":                              "",
		"-f x.yaml -l a=b":                       "name objects or files, not both",
		"-f x.yaml --with-dependencies":          "--with-dependencies looks in the host cluster; the files have to have them",
		"namespace shop --contents":              "",
		"namespace shop other --contents":        "--contents is for one namespace, by name",
		"namespace shop -c --with-dependencies":  "--contents has the dependencies in it",
		"deploy web --skip-api-resources pods":   "--skip-api-resources and --ignore-forbidden go with --contents",
		"deploy web --clusters a --all-clusters": "--clusters, --cluster-selector and --all-clusters are three ways to say one thing: give one of them",
		"deploy web --dry-run":                   "",
		"deploy web --dry-run=maybe":             "--dry-run maybe: it is client, server or none",
		"deploy web -o wide":                     "--output wide: it is yaml or json",
		"deploy web -o yaml -t":                  "--enable-type writes, and -o does not: kubectl fed enable TYPE -o yaml prints the type",
		"deploy web --override nonsense":         `override "nonsense" names no cluster: want CLUSTER:PATH=VALUE, such as worker1:spec.replicas=2`,
		"deploy web --image a=b":                 "--image a=b: want CLUSTER:CONTAINER=IMAGE, such as worker1:web=nginx:1.27",
		"deploy web --replicas a":                "--replicas a: want CLUSTER=N, such as worker1=2",
		"deploy web --replicas a=-1":             "--replicas a=-1: want CLUSTER=N, such as worker1=2",
	} {
		_, err := parse(strings.Fields(args)...)
		if got := text(err); got != want {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

var members = []member.Member{{Name: "a", Labels: map[string]string{"env": "dev"}}, {Name: "b"}}

func TestPlacing(t *testing.T) {
	for args, want := range map[string]struct{ clusters, now, selector string }{
		"deploy web":                                   {"a b", "a b", ""},
		"deploy web --clusters kind-b":                 {"b", "b", ""},
		"deploy web --all-clusters":                    {"", "a b", "&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{},}"},
		"deploy web --cluster-selector env=dev":        {"", "a", "&LabelSelector{MatchLabels:map[string]string{env: dev,},MatchExpressions:[]LabelSelectorRequirement{},}"},
		"deploy web --cluster-selector env=production": {"", "", "&LabelSelector{MatchLabels:map[string]string{env: production,},MatchExpressions:[]LabelSelectorRequirement{},}"},
	} {
		o, err := parse(strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		placing, now, err := o.placing(members)
		selector := ""
		if placing.Selector != nil {
			selector = placing.Selector.String()
		}
		if err != nil || strings.Join(placing.Clusters, " ") != want.clusters || strings.Join(now, " ") != want.now || selector != want.selector {
			t.Errorf("%s: got %v, %v, %q, %v", args, placing.Clusters, now, selector, err)
		}
	}
}

func TestOverridesAreForMembersThatGetIt(t *testing.T) {
	for args, want := range map[string]string{
		"deploy web --replicas kind-a=2":            "",
		"deploy web --replicas gone=2":              "--replicas gone=2: gone is not a member; the members are a, b",
		"deploy web --override b:x=1 --clusters a":  "--override b:x: b is not among --clusters, so this would change nothing",
		"deploy web --image b:web=x --clusters a":   "--image b:web=x: b is not among --clusters, so this would change nothing",
		"deploy web --image b:web=x --all-clusters": "",
	} {
		o, err := parse(strings.Fields(args)...)
		if err != nil {
			t.Fatal(err)
		}
		_, now, err := o.placing(members)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(o.meant(members, now)); got != want {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
	}
	o, err := parse("deploy", "web", "--replicas", "kind-a=2")
	if err != nil || o.meant(members, []string{"a", "b"}) != nil || o.Edits[0].Cluster != "a" {
		t.Errorf("a cluster may be called as kind calls its context: %v, %+v", err, o)
	}
}
