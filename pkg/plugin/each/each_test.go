package each

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// kubectl puts a script in kubectl's place, which finds the member's name in KUBECONFIG.
func kubectl(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

func newRunner(args []string, in string) (r *runner, out, errOut *bytes.Buffer) {
	out, errOut = &bytes.Buffer{}, &bytes.Buffer{}
	streams := genericiooptions.IOStreams{In: strings.NewReader(in), Out: out, ErrOut: errOut}
	return &runner{options: &Options{Streams: streams, Args: args}, stop: make(chan struct{}), kill: make(chan struct{})}, out, errOut
}

var two = []target{{"a", "0"}, {"bb", "3"}}

func TestRun(t *testing.T) {
	kubectl(t, `cat; echo "$KUBECONFIG $*"; echo trouble >&2; exit $KUBECONFIG`)
	r, out, errOut := newRunner([]string{"apply", "-f", "-"}, "given\n")
	code, err := r.run(t.Context(), two)
	if code != 3 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	for _, line := range []string{"a   given\n", "bb  given\n", "a   0 apply -f -\n", "bb  3 apply -f -\n"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in\n%s", line, out)
		}
	}
	if got := errOut.String(); got != "a   trouble\nbb  trouble\n" && got != "bb  trouble\na   trouble\n" {
		t.Errorf("on stderr: %q", got)
	}
}

func TestRunReadsNothingUnasked(t *testing.T) {
	kubectl(t, `cat`)
	r, out, _ := newRunner([]string{"get", "pods"}, "given\n")
	if code, err := r.run(t.Context(), two); code != 0 || err != nil || out.Len() > 0 {
		t.Errorf("exit code %d, %v, printed %q", code, err, out)
	}
}

// TestRunInterrupted: the signal reaches kubectl, and what it says then is still printed.
func TestRunInterrupted(t *testing.T) {
	kubectl(t, "trap 'echo stopped; exit 0' INT\necho started >\"$1\"\nwhile :; do sleep 0.05; done\n")
	started := filepath.Join(t.TempDir(), "started")
	r, out, _ := newRunner([]string{started}, "")
	go func() {
		for {
			if _, err := os.Stat(started); err == nil {
				close(r.stop)
				return
			}
		}
	}()
	code, err := r.run(t.Context(), two[:1])
	if code != hurried || err != nil || out.String() != "a  stopped\n" {
		t.Errorf("exit code %d, %v, printed %q", code, err, out)
	}
}

// TestRunKilled: a second signal does not wait for a kubectl that does not listen.
func TestRunKilled(t *testing.T) {
	kubectl(t, "trap '' INT\necho started >\"$1\"\nwhile :; do sleep 0.05; done\n")
	started := filepath.Join(t.TempDir(), "started")
	r, _, _ := newRunner([]string{started}, "")
	go func() {
		for {
			if _, err := os.Stat(started); err == nil {
				close(r.stop)
				close(r.kill)
				return
			}
		}
	}()
	begin := time.Now()
	if code, _ := r.run(t.Context(), two[:1]); code != hurried || time.Since(begin) > patience {
		t.Errorf("exit code %d after %s", code, time.Since(begin))
	}
}

// TestListen: whatever was written is removed.
func TestListen(t *testing.T) {
	r := &runner{dir: filepath.Join(t.TempDir(), "kubeconfigs")}
	if err := os.Mkdir(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.listen()()
	if _, err := os.Stat(r.dir); !os.IsNotExist(err) {
		t.Errorf("it is there: %v", err)
	}
}

func TestTake(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		dash int
		want []string
	}{
		"plain":             {[]string{"get", "po"}, 0, []string{"get", "po"}},
		"kubectl said too":  {[]string{"kubectl", "get"}, 0, []string{"get"}},
		"another command's": {[]string{"exec", "x", "--", "psql", "--user", "y"}, 0, []string{"exec", "x", "--", "psql", "--user", "y"}},
		"no --":             {[]string{"get"}, -1, nil},
		"nothing":           {nil, -1, nil},
		"kubectl alone":     {[]string{"kubectl"}, 0, nil},
		"another cluster":   {[]string{"get", "--context=x"}, 0, nil},
	} {
		o := &Options{}
		err := o.take(test.args, test.dash)
		if test.want == nil {
			if err == nil {
				t.Errorf("%s: it is taken", name)
			}
			continue
		}
		if diff := cmp.Diff(test.want, o.Args); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got\n%s", name, err, diff)
		}
	}
}
