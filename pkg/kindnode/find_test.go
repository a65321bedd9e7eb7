package kindnode

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kind/pkg/cluster/constants"
)

const (
	controlPlane = constants.ControlPlaneNodeRoleValue
	worker       = constants.WorkerNodeRoleValue
	loadBalancer = constants.ExternalLoadBalancerNodeRoleValue
)

var started = time.Date(2026, 3, 1, 10, 0, 0, 123456789, time.UTC)

func find(t *testing.T) []Cluster {
	t.Helper()
	clusters, err := Find(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	return clusters
}

// checkURLs compares all that a cluster offers.
func checkURLs(t *testing.T, c Cluster, inner string, addresses, published []string) {
	t.Helper()
	if got, err := c.InnerURL(); err != nil || got != inner {
		t.Errorf("InnerURL of %s: got %q, %v, want %q", c.Name, got, err, inner)
	}
	if diff := cmp.Diff(addresses, c.AddressURLs()); diff != "" {
		t.Errorf("AddressURLs of %s (-want +got):\n%s", c.Name, diff)
	}
	if diff := cmp.Diff(published, c.PublishedURLs()); diff != "" {
		t.Errorf("PublishedURLs of %s (-want +got):\n%s", c.Name, diff)
	}
}

func TestFindClusters(t *testing.T) {
	docker := installFake(t, "docker", "Docker")
	foreign := node("postgres", "", "", "172.18.0.9")
	foreign["Config"] = doc{"Labels": doc{"com.docker.compose.project": "shop"}}
	docker.add(
		node("beta-worker", "beta", worker, "172.18.0.4"),
		foreign,
		node("beta-control-plane", "beta", controlPlane, "172.18.0.3").publish("127.0.0.1", "34002"),
		node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2").publish("127.0.0.1", "34001"),
	)
	got := find(t)
	want := []Cluster{
		{Name: "alpha", Nodes: []Node{{
			Name: "alpha-control-plane", Cluster: "alpha", Runtime: "docker", Role: controlPlane, State: "running", Running: true, Since: started,
			Networks: []Network{{Name: "kind", IPv4: "172.18.0.2"}}, Published: []string{"127.0.0.1:34001"},
		}}},
		{Name: "beta", Nodes: []Node{{
			Name: "beta-control-plane", Cluster: "beta", Runtime: "docker", Role: controlPlane, State: "running", Running: true, Since: started,
			Networks: []Network{{Name: "kind", IPv4: "172.18.0.3"}}, Published: []string{"127.0.0.1:34002"},
		}, {
			Name: "beta-worker", Cluster: "beta", Runtime: "docker", Role: worker, State: "running", Running: true, Since: started,
			Networks: []Network{{Name: "kind", IPv4: "172.18.0.4"}},
		}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	checkURLs(t, got[1], "https://beta-control-plane:6443", []string{"https://172.18.0.3:6443"}, []string{"https://127.0.0.1:34002"})

	inspections := slices.DeleteFunc(docker.calls(), func(call string) bool { return !strings.HasPrefix(call, "inspect") })
	if len(inspections) != 1 {
		t.Errorf("want one inspect call for all nodes, got %q", inspections)
	}
	for _, call := range docker.calls() {
		if strings.Contains(call, "exec") || strings.Contains(call, "privileged") {
			t.Errorf("ran something in a node: %s", call)
		}
	}
}

func TestFindNothing(t *testing.T) {
	installFake(t, "docker", "Docker")
	if got := find(t); got != nil {
		t.Errorf("got %v", got)
	}
}

// The addresses of two networks must never be glued into one; the network that
// clusters share comes first.
func TestFindNodeOnTwoNetworks(t *testing.T) {
	installFake(t, "docker", "Docker").add(
		node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2").
			join("extra", "172.30.0.2", "").join("zeta", "", "fd00:30::2").
			publish("127.0.0.1", "34001"))
	published := []string{"https://127.0.0.1:34001"}
	alpha := find(t)[0]
	checkURLs(t, alpha, "https://alpha-control-plane:6443",
		[]string{"https://172.18.0.2:6443", "https://172.30.0.2:6443", "https://[fd00:30::2]:6443"}, published)
	t.Setenv("KIND_EXPERIMENTAL_DOCKER_NETWORK", "zeta")
	checkURLs(t, alpha, "https://alpha-control-plane:6443",
		[]string{"https://[fd00:30::2]:6443", "https://172.30.0.2:6443", "https://172.18.0.2:6443"}, published)
}

func TestFindStoppedNode(t *testing.T) {
	installFake(t, "docker", "Docker").add(
		node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2").publish("127.0.0.1", "34001").stop())
	alpha := find(t)[0]
	want := Node{
		Name: "alpha-control-plane", Cluster: "alpha", Runtime: "docker", Role: controlPlane, State: "exited",
		Since:    time.Date(2026, 3, 2, 11, 30, 0, 0, time.UTC),
		Networks: []Network{{Name: "kind"}}, Published: []string{"127.0.0.1:34001"},
	}
	if diff := cmp.Diff(want, alpha.Nodes[0]); diff != "" {
		t.Error(diff)
	}
	if alpha.Running() {
		t.Error("a stopped cluster is said to run")
	}
	checkURLs(t, alpha, "https://alpha-control-plane:6443", nil, nil)
}

func TestFindPausedNode(t *testing.T) {
	paused := node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2").publish("127.0.0.1", "34001")
	paused["State"].(doc)["Status"] = "paused"
	installFake(t, "docker", "Docker").add(paused)
	alpha := find(t)[0]
	if got := alpha.Nodes[0]; got.Running || got.State != "paused" || !got.Since.Equal(started) {
		t.Errorf("got %+v", got)
	}
	checkURLs(t, alpha, "https://alpha-control-plane:6443", nil, nil)
}

func highlyAvailable() (balancer doc, planes []doc) {
	return node("ha-external-load-balancer", "ha", loadBalancer, "172.18.0.9").publish("127.0.0.1", "34009"),
		[]doc{
			node("ha-control-plane", "ha", controlPlane, "172.18.0.5"),
			node("ha-control-plane2", "ha", controlPlane, "172.18.0.6"),
			node("ha-control-plane3", "ha", controlPlane, "172.18.0.7"),
		}
}

func TestFindLoadBalancer(t *testing.T) {
	balancer, planes := highlyAvailable()
	planes[0].stop()
	installFake(t, "docker", "Docker").add(append(planes, balancer)...)
	checkURLs(t, find(t)[0], "https://ha-external-load-balancer:6443",
		[]string{"https://172.18.0.6:6443", "https://172.18.0.7:6443"}, []string{"https://127.0.0.1:34009"})
}

// After a reboot the load balancer may stay down while control planes serve.
func TestFindLoadBalancerDown(t *testing.T) {
	balancer, planes := highlyAvailable()
	planes[0].stop()
	installFake(t, "docker", "Docker").add(append(planes, balancer.stop())...)
	checkURLs(t, find(t)[0], "https://ha-control-plane2:6443",
		[]string{"https://172.18.0.6:6443", "https://172.18.0.7:6443"}, nil)
}

func TestFindAllDown(t *testing.T) {
	balancer, planes := highlyAvailable()
	for _, plane := range planes {
		plane.stop()
	}
	installFake(t, "docker", "Docker").add(append(planes, balancer.stop())...)
	checkURLs(t, find(t)[0], "https://ha-external-load-balancer:6443", nil, nil)
}

func TestClusterWithoutControlPlane(t *testing.T) {
	c := Cluster{Name: "odd", Nodes: []Node{{Name: "odd-worker", Role: worker, Running: true}}}
	if _, ok := c.APIServer(); ok || c.Running() {
		t.Error("a worker was taken for an API server")
	}
	if _, err := c.InnerURL(); err == nil || !strings.Contains(err.Error(), "odd") {
		t.Errorf("got %v, want an error that names the cluster", err)
	}
}

func TestPublished(t *testing.T) {
	for name, test := range map[string]struct {
		pairs []string
		label string
		want  []string
	}{
		"loopback first":         {[]string{"192.168.1.5", "1", "::1", "2", "127.0.0.1", "3"}, "", []string{"127.0.0.1:3", "[::1]:2", "192.168.1.5:1"}},
		"on every address":       {[]string{"0.0.0.0", "34001", "::", "34001"}, "", []string{"127.0.0.1:34001", "[::1]:34001"}},
		"podman leaves it empty": {[]string{"", "34001"}, "", []string{"127.0.0.1:34001"}},
		"said twice":             {[]string{"0.0.0.0", "34001", "192.168.1.5", "1", "127.0.0.1", "34001"}, "", []string{"127.0.0.1:34001", "192.168.1.5:1"}},
		"not assigned yet":       {[]string{"127.0.0.1", "0", "127.0.0.1", ""}, "", nil},
		"docker desktop's label": {[]string{"127.0.0.1", "34001"}, "127.0.0.1:50000", []string{"127.0.0.1:50000", "127.0.0.1:34001"}},
	} {
		t.Run(name, func(t *testing.T) {
			container := node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2").publish(test.pairs...)
			if test.label != "" {
				container["Config"].(doc)["Labels"].(doc)[desktopLabel] = test.label
			}
			installFake(t, "docker", "Docker").add(container)
			if diff := cmp.Diff(test.want, find(t)[0].Nodes[0].Published); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindDualStack(t *testing.T) {
	installFake(t, "docker", "Docker").add(
		node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2").join("kind", "172.18.0.2", "fc00:f853:ccd:e793::2"))
	checkURLs(t, find(t)[0], "https://alpha-control-plane:6443",
		[]string{"https://172.18.0.2:6443", "https://[fc00:f853:ccd:e793::2]:6443"}, nil)
}

// A cluster that is deleted while we look must not spoil the answer for the rest.
func TestFindWhileAClusterIsDeleted(t *testing.T) {
	docker := installFake(t, "docker", "Docker")
	docker.add(
		node("alpha-control-plane", "alpha", controlPlane, "172.18.0.2"),
		node("beta-control-plane", "beta", controlPlane, "172.18.0.3"))
	docker.write("gone", "beta-control-plane beta\n")
	if got := find(t); len(got) != 1 || got[0].Name != "beta" {
		t.Errorf("got %+v", got)
	}
}

func TestFindWithOtherRuntimes(t *testing.T) {
	for name, test := range map[string]struct {
		binary, callsItself, provider string
	}{
		"podman, found":                {"podman", "podman", ""},
		"podman, asked for":            {"podman", "podman", "podman"},
		"nerdctl":                      {"nerdctl", "nerdctl", ""},
		"finch":                        {"finch", "finch", "finch"},
		"nerdctl.lima":                 {"nerdctl.lima", "nerdctl", "nerdctl.lima"},
		"a provider that is not known": {"docker", "Docker", "lxd"},
	} {
		t.Run(name, func(t *testing.T) {
			fake := installFake(t, test.binary, test.callsItself)
			t.Setenv("KIND_EXPERIMENTAL_PROVIDER", test.provider)
			container := node("alpha-control-plane", "alpha", controlPlane, "10.89.0.2")
			container["Name"] = "alpha-control-plane" // docker alone has the slash
			fake.add(container)
			if got := find(t); len(got) != 1 || got[0].Nodes[0].Name != "alpha-control-plane" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestFindWithoutRuntime(t *testing.T) {
	// A docker that is podman under another name is not kind's docker.
	installFake(t, "docker", "podman")
	_, err := Find(deadline(t))
	var runtime *RuntimeError
	if !errors.As(err, &runtime) || !errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("got %v, want a RuntimeError that says none is installed", err)
	}
	want := "listing kind clusters with docker, nerdctl, finch, podman: executable file not found in $PATH"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestFindAskedForRuntimeMissing(t *testing.T) {
	installFake(t, "docker", "Docker")
	t.Setenv("KIND_EXPERIMENTAL_PROVIDER", "nerdctl")
	if _, err := Find(deadline(t)); !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "nerdctl") {
		t.Errorf("got %v", err)
	}
}

func TestFindDaemonDown(t *testing.T) {
	docker := installFake(t, "docker", "Docker")
	t.Setenv("KIND_EXPERIMENTAL_PROVIDER", "docker") // it is asked without -v then
	said := "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
	docker.write("broken", "WARNING: something else\n"+said+"\n")
	_, err := Find(deadline(t))
	var runtime *RuntimeError
	if !errors.As(err, &runtime) {
		t.Fatalf("got %T %v, want a RuntimeError", err, err)
	}
	if want := "listing kind clusters with docker: " + said; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestFindInterrupted(t *testing.T) {
	docker := installFake(t, "docker", "Docker")
	docker.write("docker", "#!/bin/sh\nexec /bin/sleep 30\n")
	for _, provider := range []string{"", "docker"} {
		t.Setenv("KIND_EXPERIMENTAL_PROVIDER", provider)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		begin := time.Now()
		_, err := Find(ctx)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
			t.Errorf("provider %q: got %v after %s", provider, err, time.Since(begin))
		}
	}
}

func TestParseRefusesWhatIsNoDescription(t *testing.T) {
	if _, err := parse([]byte("Emulate Docker CLI using podman.")); err == nil {
		t.Error("text was taken for a description")
	}
}
