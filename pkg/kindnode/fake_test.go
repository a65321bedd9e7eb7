package kindnode

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A fake runtime stands at the edge, where this package and the kind library run
// a program: a shell script called docker (or podman, nerdctl) on a PATH with
// nothing else. It answers the calls as the real ones do, filters by label as they
// do, and knows the containers of the test and no more.
const fakeScript = `#!/bin/sh
dir=$(dirname "$0")
echo "$@" >> "$dir/calls"
if [ -f "$dir/broken" ]; then /bin/cat "$dir/broken" >&2; exit 1; fi
case "$1" in
-v|--version) echo "%s version 28.2.2" ;;
version) echo 28.2.2 ;;
ps)
	case "$*" in
	*Label*|*.Labels*) while read -r name cluster; do [ -n "$cluster" ] && echo "$cluster"; done < "$dir/ps" ;;
	*) while read -r name cluster; do [ -n "$cluster" ] && echo "$name"; done < "$dir/ps" ;;
	esac ;;
inspect)
	shift 3
	if [ -f "$dir/gone" ]; then
		/bin/mv "$dir/gone" "$dir/ps"
		echo "[]"; echo "Error: No such container: $1" >&2; exit 1
	fi
	printf '['; comma=
	for name; do printf '%%s' "$comma"; /bin/cat "$dir/$name.json" || exit 1; comma=,; done
	printf ']\n' ;;
*) echo "unknown command $1" >&2; exit 1 ;;
esac
`

// fake is the directory of a fake runtime.
type fake struct {
	t   *testing.T
	dir string
}

// installFake puts a fake runtime on a PATH of its own for the test. What it calls
// itself is the first word of its version.
func installFake(t *testing.T, binary, callsItself string) *fake {
	t.Helper()
	f := &fake{t, t.TempDir()}
	f.write(binary, fmt.Sprintf(fakeScript, callsItself))
	f.write("ps", "")
	t.Setenv("PATH", f.dir+string(os.PathListSeparator)+"/nothing")
	for _, variable := range []string{"PROVIDER", "DOCKER_NETWORK", "PODMAN_NETWORK"} {
		t.Setenv("KIND_EXPERIMENTAL_"+variable, "")
	}
	// The script needs dirname alone from outside.
	if err := os.Symlink("/usr/bin/dirname", filepath.Join(f.dir, "dirname")); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fake) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o755); err != nil {
		f.t.Fatal(err)
	}
}

// calls returns what the runtime was called with, one line each.
func (f *fake) calls() []string {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, "calls"))
	if err != nil {
		f.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// add makes containers known to the runtime.
func (f *fake) add(containers ...doc) {
	f.t.Helper()
	ps, err := os.ReadFile(filepath.Join(f.dir, "ps"))
	if err != nil {
		f.t.Fatal(err)
	}
	lines := string(ps)
	for _, container := range containers {
		name := strings.TrimPrefix(container["Name"].(string), "/")
		labels := container["Config"].(doc)["Labels"].(doc)
		text, err := json.Marshal(container)
		if err != nil {
			f.t.Fatal(err)
		}
		f.write(name+".json", string(text))
		cluster, _ := labels[clusterLabel].(string)
		lines += strings.TrimSpace(name+" "+cluster) + "\n"
	}
	f.write("ps", lines)
}

// doc is a JSON object.
type doc map[string]any

// node is the inspect document of a running node, in docker's spelling and with
// some of the fields that are not read.
func node(name, cluster, role, address string) doc {
	return doc{
		"Id":   "0123456789abcdef",
		"Name": "/" + name,
		"State": doc{
			"Status": "running", "Running": true, "Paused": false, "Pid": 4711,
			"StartedAt": "2026-03-01T10:00:00.123456789Z", "FinishedAt": "0001-01-01T00:00:00Z",
		},
		"Config":     doc{"Hostname": name, "Labels": doc{clusterLabel: cluster, roleLabel: role}},
		"HostConfig": doc{"PortBindings": doc{}},
		"NetworkSettings": doc{
			"IPAddress": "",
			"Networks":  doc{"kind": network(address, "")},
			"Ports":     doc{},
		},
	}
}

func network(ipv4, ipv6 string) doc {
	return doc{"IPAddress": ipv4, "IPPrefixLen": 16, "GlobalIPv6Address": ipv6, "Aliases": nil}
}

// publish publishes the API port at pairs of host address and port.
func (d doc) publish(pairs ...string) doc {
	var bindings []doc
	for i := 0; i+1 < len(pairs); i += 2 {
		bindings = append(bindings, doc{"HostIp": pairs[i], "HostPort": pairs[i+1]})
	}
	d["NetworkSettings"].(doc)["Ports"] = doc{"6443/tcp": bindings, "80/tcp": nil}
	d["HostConfig"] = doc{"PortBindings": doc{"6443/tcp": bindings}}
	return d
}

// join attaches another network.
func (d doc) join(name, ipv4, ipv6 string) doc {
	d["NetworkSettings"].(doc)["Networks"].(doc)[name] = network(ipv4, ipv6)
	return d
}

// stop makes it a container that ended: docker keeps its networks without their
// addresses and forgets its ports, but for those that it was configured with.
func (d doc) stop() doc {
	d["State"] = doc{
		"Status": "exited", "Running": false,
		"StartedAt": "2026-03-01T10:00:00Z", "FinishedAt": "2026-03-02T11:30:00Z",
	}
	settings := d["NetworkSettings"].(doc)
	settings["Ports"] = doc{}
	for name := range settings["Networks"].(doc) {
		settings["Networks"].(doc)[name] = network("", "")
	}
	return d
}
