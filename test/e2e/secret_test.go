package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-fed/kubectl-fed/pkg/plugin"
	"github.com/kubectl-fed/kubectl-fed/test/bed"
)

// verbosities are how a command may be asked to say more. There is no such flag today; one that is added must not
// print what the servers answer.
var verbosities = [][]string{nil, {"-v=10"}, {"--v=10"}}

// TestNoTokenIsPrinted runs what handles tokens in every form of output, and looks for the tokens of host and
// member in all that it printed.
func TestNoTokenIsPrinted(t *testing.T) {
	b := bed.Get(t, bed.Need{Clusters: 2, KubeFed: true, Docker: true, Alone: true})
	member := b.Clusters[1]
	t.Setenv("KUBECONFIG", b.Kubeconfig())
	var tokens []string
	var said bytes.Buffer
	for _, command := range []struct {
		args []string
		code int
	}{
		{[]string{"join", member.Name}, 0},
		{[]string{"join", member.Name, "-o", "yaml"}, 0},
		{[]string{"join", member.Name, "-o", "json"}, 0},
		{[]string{"join", member.Name, "--dry-run=server"}, 0},
		{[]string{"join", member.Name, "--refresh", "--wait"}, 0},
		{[]string{"join", "twin", "--cluster-context", member.Context()}, 1}, // it has joined already
		{[]string{"clusters"}, 0},
		{[]string{"clusters", "-o", "wide"}, 0},
		{[]string{"clusters", "-o", "json"}, 0},
		{[]string{"clusters", "-o", "yaml"}, 0},
		{[]string{"status", "-A"}, 0},
		{[]string{"status", "-A", "-o", "json"}, 0},
		{[]string{"get", "secrets", "-A"}, 0},
		{[]string{"get", "secrets", "-A", "-o", "yaml"}, 0},
		{[]string{"get", "secrets", "-A", "-o", "json"}, 0},
		{[]string{"get", "secrets", "-A", "-o", "jsonpath={.items[*].data}"}, 0},
		{[]string{"get", "secrets", "-A", "-o", "custom-columns=DATA:.data"}, 0},
		{[]string{"unjoin", member.Name, "--dry-run=server"}, 0},
		{[]string{"unjoin", member.Name}, 0},
	} {
		for _, verbosity := range verbosities {
			var out bytes.Buffer
			streams := genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &out}
			if code := plugin.Main(append(command.args, verbosity...), streams); verbosity == nil && code != command.code {
				t.Errorf("%s: exit code %d, want %d\n%s", strings.Join(command.args, " "), code, command.code, out.String())
			}
			said.Write(out.Bytes())
			tokens = append(tokens, tokensIn(t, b.Host().Client())...)
			tokens = append(tokens, tokensIn(t, member.Client())...)
		}
	}
	if len(tokens) == 0 {
		t.Fatal("there was no token to print")
	}
	for _, token := range tokens {
		for _, form := range []string{token, base64.StdEncoding.EncodeToString([]byte(token)), token[len(token)-40:]} {
			if strings.Contains(said.String(), form) {
				t.Fatalf("a token was printed")
			}
		}
	}
}

// tokensIn are all tokens that lie in KubeFed's namespace of a cluster.
func tokensIn(t *testing.T, client kubernetes.Interface) []string {
	t.Helper()
	list, err := client.CoreV1().Secrets("kube-federation-system").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for _, secret := range list.Items {
		if token := string(secret.Data["token"]); token != "" {
			tokens = append(tokens, token)
		}
	}
	return tokens
}
