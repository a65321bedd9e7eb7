// Package e2e walks through the product as its users do: real kubectl, the plugin found on PATH by it, and
// clusters with the real KubeFed controllers. The walks are testscript files below testdata.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// patience bounds the wait for one condition, on a busy machine.
const patience = 2 * time.Minute

// TestMain lets scripts, and kubectl, run the test binary as the plugin.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kubectl-fed": func() {
			streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
			os.Exit(plugin.Main(os.Args[1:], streams))
		},
	})
}

// ground is the clusters that scripts run on: a host and two workers, unless names says otherwise.
type ground struct {
	clusters   []string // kind's names, the host first
	names      []string // of the scripts' variables for them
	kubeconfig string   // with the entries that kind writes
	kind       string   // the program, on genuine kind
	images     [2]string
	stop       func(context.Context) error // KubeFed's controllers
	start      func(context.Context) error
	bed        *bed.Bed // nil on genuine kind
	vars       map[string]string
}

// hostAndWorkers are the variables for the clusters of most grounds.
var hostAndWorkers = []string{"HOST", "W1", "W2"}

// TestWalk is the whole walk on the bed.
func TestWalk(t *testing.T) {
	g := onBed(t)
	run(t, g, "testdata/walk")
	run(t, g, "testdata/bed")
}

func onBed(t *testing.T) ground {
	b := bed.Get(t, bed.Need{Clusters: 3, KubeFed: true, Docker: true, Alone: true})
	// up again, and not only the controllers: a script that failed may have left a node stopped
	up := func(ctx context.Context) error {
		_, err := bed.Up(ctx, bed.Spec{Name: b.Name, Clusters: bed.TestClusters(3), KubeFed: true}, t.Output())
		return err
	}
	return ground{
		clusters: bed.TestClusters(3), names: hostAndWorkers, kubeconfig: b.Kubeconfig(), bed: b,
		images: [2]string{"localhost/kubectl-fed/probe:one", "localhost/kubectl-fed/probe:two"},
		stop:   b.StopKubeFed, start: up,
	}
}

// run runs the scripts of a folder one after another, in the order of their names: they share the clusters.
func run(t *testing.T, g ground, dir string) {
	kubectl, err := programs.Path(t.Context(), "kubectl", programs.Target{}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, script := range scripts {
		// a group for each: testscript runs what is in one group at the same time
		t.Run(filepath.Base(dir), func(t *testing.T) { testscript.Run(t, g.params(script, kubectl)) })
	}
}

func (g ground) params(script, kubectl string) testscript.Params {
	return testscript.Params{
		Files:               []string{script},
		RequireExplicitExec: true,
		Setup:               func(env *testscript.Env) error { return g.setup(env, kubectl) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bare":       g.bare,
			"joined":     g.joined,
			"controller": g.controller,
			"node":       g.node,
			"swap":       g.swap,
			"network":    g.network,
			"eventually": eventually,
			"exits":      exits,
			"expand":     expand,
			"differs":    differs,
		},
	}
}

// setup gives a script a kubeconfig and a namespace of its own, and names for the clusters.
func (g ground) setup(env *testscript.Env, kubectl string) error {
	data, err := os.ReadFile(g.kubeconfig)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(env.WorkDir, "kubeconfig"), data, 0o600); err != nil {
		return err
	}
	namespace := "walk-" + rand.String(5)
	env.Setenv("PATH", filepath.Dir(kubectl)+string(os.PathListSeparator)+env.Getenv("PATH"))
	env.Setenv("PLUGINS", filepath.Dir(kubectl)+string(os.PathListSeparator)+filepath.SplitList(env.Getenv("PATH"))[1]) // a PATH without anything else
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("KUBECONFIG", filepath.Join(env.WorkDir, "kubeconfig"))
	env.Setenv("DOCKER_HOST", os.Getenv("DOCKER_HOST"))
	env.Setenv("NS", namespace)
	if g.bed != nil {
		env.Setenv("SECOND", g.bed.SecondNetwork())
	}
	for i, name := range g.names {
		env.Setenv(name, g.clusters[i])
	}
	env.Setenv("KIND", g.kind)
	env.Setenv("IMAGE", g.images[0])
	env.Setenv("IMAGE2", g.images[1])
	for name, value := range g.vars {
		env.Setenv(name, value)
	}
	env.Defer(func() { g.clean(env, kubectl, namespace) })
	return nil
}

// clean removes what a script may have left: its namespace, and what it federated in the namespace default.
// Clusters and controllers have to run for that, since KubeFed holds finalizers.
func (g ground) clean(env *testscript.Env, kubectl, namespace string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.start(ctx); err != nil {
		env.T().Log("starting the controllers again:", err)
	}
	if g.stop == nil {
		return // no KubeFed, so nothing was federated
	}
	host := []string{"--kubeconfig", g.kubeconfig, "--context", "kind-" + g.clusters[0]}
	steps := [][]string{
		{"delete", "federateddeployments", "--all", "-n", "default", "--ignore-not-found"},
		{"delete", "federatednamespaces", "--all", "-n", "default", "--ignore-not-found"},
		{"delete", "deployments", "--all", "-n", "default"},
		{"delete", "namespace", namespace, "--ignore-not-found", "--wait=false"}, // the next script has another
	}
	for _, step := range steps {
		if out, err := exec.CommandContext(ctx, kubectl, append(host, step...)...).CombinedOutput(); err != nil {
			env.T().Log("cleaning up:", strings.Join(step, " "), err, string(out))
		}
	}
}

// passedOn are the variables of a script that programs see.
var passedOn = []string{"PATH", "HOME", "KUBECONFIG", "DOCKER_HOST", "KIND_EXPERIMENTAL_DOCKER_NETWORK", "TESTSCRIPT_COMMAND"}

// command is one program run in a script's environment.
func command(ts *testscript.TestScript, args []string) (out string, code int, err error) {
	program, err := lookPath(ts, args[0])
	if err != nil {
		return "", 0, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args[1:]...)
	for _, name := range passedOn {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Dir = ts.MkAbs(".")
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return both.String(), exit.ExitCode(), nil
	}
	return both.String(), 0, err
}

// lookPath finds a program on the script's own PATH.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s is not on the script's PATH", name)
}

// must runs a program that has to succeed.
func must(ts *testscript.TestScript, args ...string) string {
	out, code, err := command(ts, args)
	ts.Check(err)
	if code != 0 {
		ts.Fatalf("%s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// bare: takes both workers out of the federation and removes what a join made.
func (g ground) bare(ts *testscript.TestScript, _ bool, _ []string) {
	must(ts, "kubectl", "--context", "kind-"+g.clusters[0], "-n", "kube-federation-system", "delete", "kubefedclusters", "--all")
	ours := "app.kubernetes.io/managed-by=kubectl-fed"
	must(ts, "kubectl", "--context", "kind-"+g.clusters[0], "-n", "kube-federation-system", "delete", "secrets", "-l", ours)
	for _, worker := range g.clusters[1:] {
		must(ts, "kubectl", "--context", "kind-"+worker, "delete", "clusterroles,clusterrolebindings,namespaces", "-l", ours)
	}
}

// joined: has both workers in the federation and ready, as the walk leaves them.
func (g ground) joined(ts *testscript.TestScript, _ bool, _ []string) {
	must(ts, append([]string{"kubectl", "fed", "join", "--wait", "--context", "kind-" + g.clusters[0]}, g.clusters[1:]...)...)
}

// controller: stop or start, KubeFed's controllers.
func (g ground) controller(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	switch strings.Join(args, " ") {
	case "stop":
		ts.Check(g.stop(ctx))
	case "start":
		ts.Check(g.start(ctx))
	default:
		ts.Fatalf("usage: controller stop|start")
	}
}

// node: stop, start or restart a cluster's node, or move it to another address; or stop or start another part of
// the cluster, its external-load-balancer say; on the bed only.
func (g ground) node(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: node stop|start|restart|move CLUSTER, node stop|start CLUSTER PART")
	}
	cluster := g.cluster(ts, args[1])
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if len(args) == 3 {
		ts.Check(cluster.Part(ctx, args[2], args[0] == "start"))
		return
	}
	switch args[0] {
	case "stop":
		ts.Check(cluster.Stop(ctx))
	case "start":
		ts.Check(cluster.Start(ctx))
	case "restart":
		ts.Check(cluster.Restart(ctx))
	case "move":
		_, err := cluster.Move(ctx)
		ts.Check(err)
	default:
		ts.Fatalf("node: there is no %q", args[0])
	}
}

// cluster is one of the bed's clusters.
func (g ground) cluster(ts *testscript.TestScript, name string) *bed.Cluster {
	if g.bed == nil || g.bed.Cluster(name) == nil {
		ts.Fatalf("%s is no cluster of a bed", name)
	}
	return g.bed.Cluster(name)
}

// swap: CLUSTER CLUSTER gives each of two nodes the other's address; on the bed only.
func (g ground) swap(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: swap CLUSTER CLUSTER")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ts.Check(g.bed.Swap(ctx, g.cluster(ts, args[0]), g.cluster(ts, args[1])))
}

// network: attach or detach, a cluster's node and a second network; on the bed only.
func (g ground) network(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: network attach|detach CLUSTER")
	}
	cluster := g.cluster(ts, args[1])
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if args[0] == "detach" {
		ts.Check(cluster.Detach(ctx))
		return
	}
	_, err := cluster.Attach(ctx)
	ts.Check(err)
}

// eventually: PATTERN PROGRAM ARG... runs the program until it succeeds with an output that matches.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN PROGRAM ARG...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	last := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		out, code, err := command(ts, args[1:])
		ts.Check(err)
		if code == 0 && pattern.MatchString(out) {
			return
		}
		last = fmt.Sprintf("exit code %d\n%s", code, out)
	}
	ts.Fatalf("%s: no %q within %s; at last %s", strings.Join(args[1:], " "), args[0], patience, last)
}

// exits: CODE PROGRAM ARG... runs a program that has to end with that exit code; all that it printed is then
// in the file out.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	out, code, err := command(ts, args[1:])
	ts.Check(err)
	ts.Logf("%s", out)
	if code != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), code, want)
	}
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(out), 0o600))
}

// expand: FILE... replaces $NAME in files by the script's variables.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		file := ts.MkAbs(name)
		ts.Check(os.WriteFile(file, []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}

// headings are the places that a difference lies in, as diff prints them.
var headings = regexp.MustCompile(`(?m)^@@ (.*) @@$`)

// differs: PLACE PROGRAM ARG... runs diff until it has found differences three times; in all its runs they may
// lie nowhere but in that place.
func differs(ts *testscript.TestScript, _ bool, args []string) {
	found := 0
	for deadline := time.Now().Add(patience); found < 3 && time.Now().Before(deadline); {
		out, code, err := command(ts, args[1:])
		ts.Check(err)
		if code > 1 {
			ts.Fatalf("exit code %d\n%s", code, out)
		}
		for _, heading := range headings.FindAllStringSubmatch(out, -1) {
			if heading[1] != args[0] {
				ts.Fatalf("a difference in %q, and not only in %q:\n%s", heading[1], args[0], out)
			}
		}
		found += code
	}
	if found < 3 {
		ts.Fatalf("no three differences within %s", patience)
	}
}
