package factory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/pkg/hint"
	"github.com/kubectl-fed/kubectl-fed/pkg/member"
)

func TestParseObjects(t *testing.T) {
	tests := map[string]struct {
		args []string
		want []Object
		err  string
	}{
		"nothing":          {nil, nil, ""},
		"a type":           {[]string{"deploy"}, []Object{{"deploy", ""}}, ""},
		"a name":           {[]string{"deploy", "web"}, []Object{{"deploy", "web"}}, ""},
		"names":            {[]string{"deploy", "web", "db"}, []Object{{"deploy", "web"}, {"deploy", "db"}}, ""},
		"type/name":        {[]string{"deploy/web", "cm/x"}, []Object{{"deploy", "web"}, {"cm", "x"}}, ""},
		"mixed":            {[]string{"deploy/web", "cm"}, nil, "is not TYPE/NAME"},
		"mixed other way":  {[]string{"deploy", "cm/x"}, nil, "have no TYPE of their own"},
		"no name":          {[]string{"deploy/"}, nil, "is not TYPE/NAME"},
		"no type":          {[]string{"/web"}, nil, "is not TYPE/NAME"},
		"too many slashes": {[]string{"a/b/c"}, nil, "is not TYPE/NAME"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseObjects(test.args)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want an error with %q", err, test.err)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v, -want +got\n%s", err, diff)
			}
		})
	}
}

func TestPick(t *testing.T) {
	members := []member.Member{{Name: "a"}, {Name: "b"}, {Name: "kind-c"}}
	tests := map[string]struct {
		names []string
		want  []string
	}{
		"all":                {nil, []string{"a", "b", "kind-c"}},
		"in their order":     {[]string{"b", "a"}, []string{"a", "b"}},
		"by context":         {[]string{"kind-b"}, []string{"b"}},
		"joined as context":  {[]string{"kind-c"}, []string{"kind-c"}},
		"the same two times": {[]string{"a", "kind-a"}, []string{"a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Pick(members, test.names)
			if diff := cmp.Diff(test.want, Names(got)); diff != "" || err != nil {
				t.Errorf("%v, -want +got\n%s", err, diff)
			}
		})
	}
	_, err := Pick(members, []string{"kind-d"})
	if err == nil || err.Error() != "kind-d is not a member; the members are a, b, kind-c" || hint.Of(err) != "kubectl fed join d" {
		t.Errorf("got %v, hint %q", err, hint.Of(err))
	}
}

func TestAgain(t *testing.T) {
	f := &Factory{typed: []string{"federate", "deploy", "it's", "--override", "a:x[b c]=1", "--context=old", "--host-cluster-context", "older", "-n", "shop", "--token", "secret", "--password=secret"}}
	if got, want := f.Again("--yes"), `kubectl fed federate deploy 'it'\''s' --override 'a:x[b c]=1' --context=old --host-cluster-context older -n shop --yes`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := f.againIn("new"), `kubectl fed federate deploy 'it'\''s' --override 'a:x[b c]=1' -n shop --context new`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
