package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin/outcome"
)

// TestCode is the whole table of exit codes.
func TestCode(t *testing.T) {
	plain := errors.New("it broke")
	other := &cobra.Command{}
	sometimes := &cobra.Command{Annotations: map[string]string{outcome.Compares: "--check"}}
	compares := &cobra.Command{Annotations: map[string]string{outcome.Compares: ""}}
	tests := []struct {
		name string
		ran  *cobra.Command
		err  error
		want int
	}{
		{"may compare, and does not", sometimes, plain, 1},
		{"may compare, and could not", sometimes, outcome.As(outcome.Trouble, plain), 2},
		{"failed", other, plain, 1},
		{"the call was wrong", other, outcome.As(outcome.Usage, plain), 1},
		{"what it ran failed", other, fmt.Errorf("each: %w", outcome.Exit(7)), 7},
		{"some clusters failed", other, outcome.As(outcome.Partial, plain), 3},
		{"the timeout ran out", other, fmt.Errorf("a: %w", outcome.As(outcome.Timeout, plain)), 124},
		{"for one of two that failed", other, errors.Join(plain, outcome.As(outcome.Timeout, plain)), 124},
		{"for some clusters", other, outcome.As(outcome.Partial, outcome.As(outcome.Timeout, plain)), 3},
		{"a server was slow", other, fmt.Errorf("asking: %w", context.DeadlineExceeded), 1},
		{"found something", compares, outcome.ErrFound, 1},
		{"could not compare", compares, outcome.As(outcome.Trouble, plain), 2},
		{"could not compare in time", compares, fmt.Errorf("asking: %w", context.DeadlineExceeded), 2},
		{"compares, and failed", compares, plain, 2},
		{"compares, the call was wrong", compares, outcome.As(outcome.Usage, plain), 2},
		{"no command ran", nil, plain, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := code(test.ran, nil, test.err); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestCodeOfACommandThatMayCompare(t *testing.T) {
	sometimes := &cobra.Command{Annotations: map[string]string{outcome.Compares: "--check"}}
	if got := code(sometimes, []string{"fix-server", "--check", "--bogus"}, errors.New("unknown flag")); got != 2 {
		t.Errorf("with its flag: got %d, want 2", got)
	}
}

// run runs one command with an empty kubeconfig.
func run(t *testing.T, args ...string) (code int, out, problem string) {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("HOME", t.TempDir())
	streams, _, stdout, stderr := genericiooptions.NewTestIOStreams()
	code = Main(args, streams)
	return code, stdout.String(), stderr.String()
}

func TestMainWithoutClusters(t *testing.T) {
	tests := []struct {
		args    []string
		code    int
		out     string // is in what was printed
		problem string // is all that was said
	}{
		{[]string{"version"}, 0, "kubectl fed dev", ""},
		{[]string{"--help"}, 0, "kubectl fed [command]", ""},
		{[]string{"diff", "--help"}, 0, "kubectl fed diff [TYPE [NAME...] | TYPE/NAME... | -f FILE]", ""},
		{[]string{"nothing"}, 1, "", "error: unknown command \"nothing\" for \"kubectl fed\"\n"},
		{[]string{"join"}, 1, "", "error: which cluster shall join?\nhint: kind get clusters\n"},
		{[]string{"join", "a", "a"}, 1, "", "error: a was named twice\n"},
		{[]string{"join", "--what"}, 1, "", "error: unknown flag: --what\n"},
		{[]string{"join", "a", "--all"}, 1, "", "error: --all is every kind cluster, and some were named\n"},
		{[]string{"join", "--all", "--refresh"}, 1, "", "error: --all is about clusters that are not members, and --refresh about those that are\n"},
		{[]string{"join", "a", "--dry-run=perhaps"}, 1, "", "error: --dry-run=perhaps is none of none, client and server\n"},
		{[]string{"join", "a", "-o", "xml"}, 1, "", "error: -o xml is none of yaml and json\n"},
		{[]string{"join", "a", "--api-endpoint", "a:6443"}, 1, "", "error: --api-endpoint is internal, kubeconfig or a URL with https://\n"},
		{[]string{"join", "a", "--labels", "b"}, 1, "", "error: \"b\" is no label: KEY=VALUE\n"},
		{[]string{"join", "a"}, 1, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"init", "-o", "xml"}, 1, "", "error: -o xml is none of yaml and json\n"},
		{[]string{"init", "--scope", "Both"}, 1, "", "error: --scope=Both is none of Cluster and Namespaced\n"},
		{[]string{"init", "--set", "clusterHealthCheck.period"}, 1, "", "error: --set clusterHealthCheck.period: want FIELD=VALUE\n"},
		{[]string{"init", "--feature-gates", "Everything=true"}, 1, "", "error: --feature-gates Everything=true: want NAME=true or NAME=false, of PushReconciler, RawResourceStatusCollection, SchedulerPreferences\n"},
		{[]string{"init", "--types", "widgets"}, 1, "", "error: --types widgets: no type of Kubernetes itself is called so; others are enabled once KubeFed runs\nhint: kubectl fed enable widgets\n"},
		{[]string{"init", "--webhook-ca", "none"}, 1, "", "error: open none: no such file or directory\n"},
		{[]string{"init", "--dry-run", "--join"}, 1, "", "error: --join and --load-image do something, and nothing is to be done\n"},
		{[]string{"init", "--replicas", "-1"}, 1, "", "error: --replicas=-1: at least one is needed\n"},
		{[]string{"init"}, 1, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"init", "-o", "yaml"}, 0, "kind: KubeFedConfig", "warning: left out: the Secret with the webhook's certificate, and its CA in the webhook configurations; kubectl fed init makes them, or --webhook-secret NAME --webhook-ca FILE names yours\n"},
		{[]string{"deinit"}, 1, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"deinit", "--dry-run=perhaps"}, 1, "", "error: --dry-run=perhaps is none of none, client and server\n"},
		{[]string{"unjoin"}, 1, "", "error: which cluster shall leave?\nhint: kubectl fed clusters\n"},
		{[]string{"unjoin", "a", "a"}, 1, "", "error: a was named twice\n"},
		{[]string{"unjoin", "a", "--workloads=drop"}, 1, "", "error: --workloads=drop is none of keep, orphan and delete\n"},
		{[]string{"clusters", "a"}, 1, "", "error: unknown command \"a\" for \"kubectl fed clusters\"\n"},
		{[]string{"enable"}, 1, "", "error: which type shall be federated?\nhint: kubectl fed types\n"},
		{[]string{"enable", "deploy", "-f", "x"}, 1, "", "error: -f names types, and so do the arguments: give one of the two\n"},
		{[]string{"enable", "-f", "x", "--version", "v1"}, 1, "", "error: --version, --federated-group and --federated-version stand in the file\n"},
		{[]string{"enable", "deploy", "-o", "name"}, 1, "", "error: -o name is none of yaml and json\n"},
		{[]string{"enable", "deploy"}, 1, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"disable"}, 1, "", "error: which type shall be plain again?\nhint: kubectl fed types\n"},
		{[]string{"disable", "deploy", "--instances=keep"}, 1, "", "error: --instances=keep is none of orphan and delete\n"},
		{[]string{"diff", "--what"}, 2, "", "error: unknown flag: --what\n"},
		{[]string{"diff", "-o", "xml"}, 2, "", "error: -o is json, yaml or name, and not \"xml\"\n"},
		{[]string{"diff", "--between", "a"}, 2, "", "error: --between wants two members: A,B\n"},
		{[]string{"diff", "deploy", "web", "-A"}, 2, "", "error: an object can't be found by its name across all namespaces\n"},
		{[]string{"diff", "--color", "pink"}, 2, "", "error: --color is auto, always or never, and not \"pink\"\n"},
		{[]string{"diff", "--ignore", "spec..x"}, 2, "", "error: ignored path: path \"spec..x\": a name is missing before \".x\"\n"},
		{[]string{"diff", "--ignore-from", "nowhere"}, 2, "", "error: --ignore-from: open nowhere: no such file or directory\n"},
		{[]string{"diff", "deploy/"}, 2, "", "error: \"deploy/\" is not TYPE/NAME, and the arguments before it are\n"},
		{[]string{"diff"}, 2, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"diff", "--context", "x"}, 2, "", "error: the kubeconfig has no context \"x\"\nhint: kubectl config get-contexts\n"},
		{[]string{"diff", "--host-cluster-context", "x"}, 2, "", "error: the kubeconfig has no context \"x\"\nhint: kubectl config get-contexts\n"},
		{[]string{"render"}, 1, "", "error: which object shall be rendered?\nhint: kubectl fed render deployment NAME\n"},
		{[]string{"render", "deploy", "web", "-o", "xml"}, 1, "", "error: --output xml: it is yaml or json\n"},
		{[]string{"render", "deploy", "web", "--clusters-file", "c"}, 1, "", "error: --clusters-file goes with -f only: the host cluster knows who has joined\n"},
		{[]string{"lint", "--offline"}, 2, "", "error: --offline goes with -f only: objects have to be asked for\n"},
		{[]string{"lint", "deploy", "-A"}, 2, "", "error: -A is about all objects, and some were named\n"},
		{[]string{"lint", "-f", "x", "-o", "xml"}, 2, "", "error: --output xml: it is text, json or sarif\n"},
		{[]string{"lint"}, 2, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"override"}, 1, "", "error: which object shall be overridden?\nhint: kubectl fed override deployment NAME --list\n"},
		{[]string{"override", "deploy"}, 1, "", "error: which deploy shall be overridden?\nhint: kubectl fed override deploy NAME --list\n"},
		{[]string{"override", "deploy", "web"}, 1, "", "error: nothing to change: --set, --image and others say what\nhint: kubectl fed override deploy web --list\n"},
		{[]string{"override", "deploy", "web", "--replicas", "2"}, 1, "", "error: for which members? --clusters names them, --cluster-selector selects them by their labels\n"},
		{[]string{"override", "deploy", "web", "--env", "A"}, 1, "", "error: --env: \"A\": want [CONTAINER:]NAME=VALUE\n"},
		{[]string{"override", "deploy", "web", "--resource", "cpu=1"}, 1, "", "error: --resource: \"cpu\": want [CONTAINER:]limits.RESOURCE=QUANTITY, or requests\n"},
		{[]string{"override", "deploy", "web", "--list", "--replicas", "2"}, 1, "", "error: --list lists, and changes nothing\n"},
		{[]string{"get"}, 1, "", "error: which type shall be listed?\nhint: kubectl fed get deployments\n"},
		{[]string{"get", "deploy,"}, 1, "", "error: \"deploy,\" names no type between two commas\n"},
		{[]string{"get", "deploy", "web", "-l", "a=b"}, 1, "", "error: a selector chooses among all objects, and some were named\n"},
		{[]string{"get", "deploy", "web", "-A"}, 1, "", "error: -A is about all namespaces, and an object that is named lies in one: -n says in which\n"},
		{[]string{"get", "deploy", "-w", "-o", "yaml"}, 1, "", "error: --watch prints tables: leave out -o, or give -o wide\n"},
		{[]string{"get", "deploy", "-o", "custom-columns=A"}, 1, "", "error: custom-columns: \"A\" is not NAME:.path\n"},
		{[]string{"get", "deploy"}, 1, "", "error: the kubeconfig has no current context, and --context was not given\nhint: kubectl config get-contexts\n"},
		{[]string{"each"}, 1, "", "error: what shall kubectl do?\nhint: kubectl fed each -- get pods\n"},
		{[]string{"each", "get", "pods"}, 1, "", "error: what is for kubectl comes after --\nhint: kubectl fed each -- get pods\n"},
		{[]string{"each", "--", "get", "pods", "--context=a"}, 1, "", "error: --context would lead every kubectl to one cluster: --clusters before the -- says which members are meant\n"},
		{[]string{"schedule"}, 1, "", "error: which object shall be scheduled?\nhint: kubectl fed schedule deployment NAME\n"},
		{[]string{"schedule", "deploy"}, 1, "", "error: which deploy shall be scheduled?\nhint: kubectl fed schedule deploy NAME\n"},
		{[]string{"schedule", "deploy", "web", "--weight", "a"}, 1, "", "error: --weight \"a\": want CLUSTER=N with a number that is 0 or more\n"},
		{[]string{"schedule", "deploy", "web", "--max", "a=1,a=2"}, 1, "", "error: --max has a twice\n"},
		{[]string{"schedule", "-f", "x"}, 1, "", "error: -f previews a preference, and writes nothing: give --preview\nhint: kubectl fed schedule -f x --preview\n"},
		{[]string{"federate"}, 1, "", "error: which object shall be federated?\nhint: kubectl fed federate deployment NAME\n"},
		{[]string{"federate", "deploy"}, 1, "", "error: which deploy shall be federated?\nhint: kubectl get deploy\n"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			code, out, problem := run(t, test.args...)
			if code != test.code || problem != test.problem || !strings.Contains(out, test.out) {
				t.Errorf("exit code %d, want %d\nsaid %q, want %q\nprinted:\n%s", code, test.code, problem, test.problem, out)
			}
		})
	}
}

// TestHelpFits: nobody's terminal is narrower than 80 columns, and no help is wider.
func TestHelpFits(t *testing.T) {
	streams, _, _, _ := genericiooptions.NewTestIOStreams()
	root := NewCmd(streams, nil)
	for _, cmd := range root.Commands() {
		for _, text := range []string{cmd.Short, cmd.Long, cmd.Example} {
			for line := range strings.Lines(text) {
				if len(strings.TrimRight(line, "\n")) > 80 {
					t.Errorf("%s: %q is wider than 80 columns", cmd.Name(), line)
				}
			}
		}
		if cmd.Example == "" {
			t.Errorf("%s has no example", cmd.Name())
		}
	}
}

// TestTreeIsLazy: building the commands reads nothing, so completion and help are quick everywhere.
func TestTreeIsLazy(t *testing.T) {
	// nobody ever writes to this pipe, so whoever opens it to read is stuck
	pipe := filepath.Join(t.TempDir(), "kubeconfig")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Skip("no mkfifo here: ", err)
	}
	t.Setenv("KUBECONFIG", pipe)
	built := make(chan int, 1)
	go func() {
		streams := genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}}
		built <- len(NewCmd(streams, []string{"diff"}).Commands())
	}()
	select {
	case n := <-built:
		if n < 5 {
			t.Errorf("%d commands", n)
		}
	case <-time.After(5 * time.Second):
		t.Error("building the commands reads the kubeconfig")
	}
}
