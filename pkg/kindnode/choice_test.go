package kindnode

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kind/pkg/cluster/constants"
)

// balanced is a cluster with a load balancer before two control planes.
func balanced() Cluster {
	member := func(name, role, address string) Node {
		return Node{Name: name, Cluster: "ha", Role: role, Running: true, State: "running", Networks: []Network{{Name: "kind", IPv4: address}}}
	}
	return Cluster{Name: "ha", Nodes: []Node{
		member("ha-control-plane", constants.ControlPlaneNodeRoleValue, "172.18.0.2"),
		member("ha-control-plane2", constants.ControlPlaneNodeRoleValue, "172.18.0.3"),
		member("ha-external-load-balancer", constants.ExternalLoadBalancerNodeRoleValue, "172.18.0.4"),
	}}
}

func urls(choices []Choice) []string {
	var all []string
	for _, choice := range choices {
		all = append(all, choice.URL)
	}
	return all
}

func TestForPeer(t *testing.T) {
	reader := Node{Networks: []Network{{Name: "kind", IPv4: "172.18.0.9"}}}
	elsewhere := Node{Networks: []Network{{Name: "other", IPv4: "172.20.0.9"}}}
	down := balanced()
	down.Nodes[2].Running = false
	twoNetworks := Cluster{Name: "a", Nodes: []Node{{
		Name: "a-control-plane", Role: constants.ControlPlaneNodeRoleValue, Running: true,
		Networks: []Network{{Name: "extra", IPv4: "172.30.0.2"}, {Name: "kind", IPv4: "172.18.0.5", IPv6: "fc00::5"}},
	}}}
	for name, test := range map[string]struct {
		cluster Cluster
		reader  Node
		want    Preference
		urls    []string
	}{
		"the load balancer's name, and no address of it": {balanced(), reader, Auto, []string{"https://ha-external-load-balancer:6443", "https://172.18.0.2:6443", "https://172.18.0.3:6443"}},
		"the load balancer is down":                      {down, reader, Auto, []string{"https://ha-control-plane:6443", "https://ha-control-plane2:6443", "https://172.18.0.2:6443", "https://172.18.0.3:6443"}},
		"only shared networks":                           {twoNetworks, reader, ByAddress, []string{"https://172.18.0.5:6443", "https://[fc00::5]:6443"}},
		"no network is shared":                           {twoNetworks, elsewhere, ByAddress, nil},
		"by name":                                        {twoNetworks, reader, ByName, []string{"https://a-control-plane:6443"}},
		"a URL":                                          {twoNetworks, reader, "https://x", []string{"https://x"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.urls, urls(test.cluster.ForPeer(test.reader, test.want))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForHere(t *testing.T) {
	want := []string{"https://172.18.0.2:6443", "https://172.18.0.3:6443"}
	if diff := cmp.Diff(want, urls(balanced().ForHere(Auto))); diff != "" {
		t.Error(diff)
	}
}

// The best choice that works is taken, whichever answers first; one that is silent is not waited for once
// another works.
func TestFirst(t *testing.T) {
	choices := []Choice{{URL: "a"}, {URL: "b"}, {URL: "c"}}
	broken, silent := errors.New("broken"), make(chan struct{})
	defer close(silent)
	try := func(answers map[string]error) func(Choice) error {
		return func(c Choice) error {
			err, answers := answers[c.URL]
			if !answers {
				<-silent
			}
			return err
		}
	}
	for name, test := range map[string]struct {
		answers map[string]error
		want    string
	}{
		"all work":             {map[string]error{"a": nil, "b": nil, "c": nil}, "a"},
		"the best is broken":   {map[string]error{"a": broken, "b": nil, "c": nil}, "b"},
		"the best is silent":   {map[string]error{"b": nil, "c": nil}, "b"},
		"two are silent":       {map[string]error{"c": nil}, "c"},
		"the last alone works": {map[string]error{"a": broken, "b": broken, "c": nil}, "c"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got, err := first(choices, try(test.answers))
			if got.URL != test.want || err != nil {
				t.Errorf("got %q, %v, want %q", got.URL, err, test.want)
			}
			if took := time.Since(start); took > 10*headStart {
				t.Errorf("it took %s", took)
			}
		})
	}
	_, err := first(choices, try(map[string]error{"a": broken, "b": broken, "c": broken}))
	var nowhere *NowhereError
	if !errors.As(err, &nowhere) || len(nowhere.Errs) != 3 || err.Error() != "broken; broken; broken" {
		t.Errorf("got %v", err)
	}
	if _, err := first(choices[:1], try(map[string]error{"a": broken})); err != broken {
		t.Errorf("got %v, want the one error itself", err)
	}
}

func TestAsked(t *testing.T) {
	plain := asked("given", "alpha-control-plane", []string{"172.18.0.2"})
	if plain.Name != "alpha" || len(plain.Nodes) != 1 || plain.Nodes[0].Name != "alpha-control-plane" {
		t.Errorf("one node: got %+v", plain)
	}
	if inner, err := plain.InnerURL(); inner != "https://alpha-control-plane:6443" || err != nil {
		t.Errorf("one node: got %s, %v", inner, err)
	}
	ha := asked("given", "beta-external-load-balancer", []string{"172.18.0.3", "fc00::4"})
	if got := ha.AddressURLs(); ha.Name != "beta" || !slices.Equal(got, []string{"https://172.18.0.3:6443", "https://[fc00::4]:6443"}) {
		t.Errorf("load balancer: got %s, %v", ha.Name, got)
	}
	if inner, _ := ha.InnerURL(); inner != "https://beta-external-load-balancer:6443" {
		t.Errorf("load balancer: got %s", inner)
	}
	if unknown := asked("given", "", []string{"172.18.0.2"}); unknown.Name != "given" || len(unknown.AddressURLs()) != 1 {
		t.Errorf("nothing known but an address: got %+v", unknown)
	}
}
