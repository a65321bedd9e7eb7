package kindnode

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loadScript is a fake runtime that saves an image, and imports into every node but the broken one.
const loadScript = `#!/bin/sh
dir=$(dirname "$0")
case "$1" in
-v) echo "Docker version 28.2.2" ;;
save) [ "$2" = mine:v1 ] || { echo "Error: No such image: $2" >&2; exit 1; }; echo "the image $2" ;;
exec)
	case "$*" in
	*config\ dump*) echo "      snapshotter = 'fuse-overlayfs'" ;;
	*broken*) echo "ctr: no space left on device" >&2; exit 1 ;;
	*) echo "$@" >> "$dir/calls"; /bin/cat >> "$dir/calls" ;;
	esac ;;
esac
`

func TestLoad(t *testing.T) {
	f := installFake(t, "docker", "Docker")
	f.write("docker", loadScript)
	archive := filepath.Join(f.dir, "image.tar")
	if err := os.WriteFile(archive, []byte("an archive\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	up := Cluster{Name: "a", Nodes: []Node{
		{Name: "a-control-plane", Role: "control-plane", Running: true}, {Name: "a-balancer", Role: "external-load-balancer", Running: true},
	}}
	if err := errors.Join(up.Load(t.Context(), "mine:v1"), up.Load(t.Context(), archive)); err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(filepath.Join(f.dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	imported := "exec --interactive a-control-plane ctr --namespace=k8s.io images import --all-platforms --digests --snapshotter=fuse-overlayfs -\n"
	var got []string
	for line := range strings.Lines(string(calls)) {
		if strings.Contains(line, "import") || strings.Contains(line, "image mine") || strings.Contains(line, "archive") {
			got = append(got, line)
		}
	}
	if want := imported + "the image mine:v1\n" + imported + "an archive\n"; strings.Join(got, "") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, ""), want)
	}
}

func TestLoadFails(t *testing.T) {
	f := installFake(t, "docker", "Docker")
	f.write("docker", loadScript)
	node := Node{Name: "broken", Role: "control-plane", Running: true}
	stopped := Node{Name: "stopped", Role: "worker", State: "exited"}
	tests := map[string]struct {
		image string
		node  Node
		want  string
	}{
		"no such image":  {"other:v1", node, "reading the image other:v1: Error: No such image: other:v1"},
		"a full disk":    {"mine:v1", node, "loading the image mine:v1 into broken: ctr: no space left on device"},
		"a stopped node": {"mine:v1", stopped, "loading the image mine:v1 into stopped: stopped is not running (exited)"},
	}
	for name, test := range tests {
		err := Cluster{Name: "a", Nodes: []Node{test.node}}.Load(t.Context(), test.image)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", name, err, test.want)
		}
	}
}
