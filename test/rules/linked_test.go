package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	// go test does not see what "go list" reads: with this import it takes no earlier result for the
	// present one when the product's packages have changed.
	_ "github.com/kubectl-fed/kubectl-fed/pkg/plugin"
)

// linkable says what the shipped binary may link from modules that it may not link all of. KubeFed's
// controller and what it stands on are old, large and needed by tests only.
var linkable = []struct {
	from    string
	allowed []string
}{
	{"sigs.k8s.io/kubefed/...", []string{"sigs.k8s.io/kubefed/pkg/apis/...", "sigs.k8s.io/kubefed/pkg/controller/util/planner"}},
	{"sigs.k8s.io/controller-runtime/...", []string{"sigs.k8s.io/controller-runtime/pkg/scheme"}},
	{module + "/...", []string{module + "/cmd/kubectl-fed", module + "/pkg/..."}},
	{"testing", nil},
}

func TestBinaryLinksNoMoreThanItMay(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			for _, chain := range linkedInVain(t, system, module+"/cmd/kubectl-fed") {
				t.Errorf("the binary links what it must not:\n\t%s", chain)
			}
		})
	}
}

func TestLinkRuleCanFail(t *testing.T) {
	broken := module + "/test/rules/testdata/linked"
	want := []string{
		broken + " > sigs.k8s.io/kubefed/pkg/controller/util",
		broken + " > sigs.k8s.io/kubefed/pkg/controller/util > sigs.k8s.io/controller-runtime/pkg/client",
	}
	got := linkedInVain(t, "linux", broken)
	got = slices.DeleteFunc(got, func(chain string) bool { return !slices.Contains(want, chain) })
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("chains found (-want +got):\n%s", diff)
	}
}

// linkedInVain gives, for each package that a program links and must not, the shortest chain of imports that
// leads to it.
func linkedInVain(t *testing.T, system, program string) []string {
	t.Helper()
	graph := importGraph(t, system, program)
	via := map[string]string{program: ""}
	var chains []string
	for queue := []string{program}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at != program && forbidden(at) {
			chains = append(chains, chain(via, at))
		}
		for _, next := range graph[at] {
			if _, seen := via[next]; !seen {
				via[next] = at
				queue = append(queue, next)
			}
		}
	}
	return chains
}

func forbidden(importPath string) bool {
	for _, rule := range linkable {
		if within(importPath, rule.from) && !within(importPath, rule.allowed...) {
			return true
		}
	}
	return false
}

func chain(via map[string]string, last string) string {
	var links []string
	for at := last; at != ""; at = via[at] {
		links = append(links, at)
	}
	slices.Reverse(links)
	return strings.Join(links, " > ")
}

// importGraph is what each package that a program links imports, as the go command sees it for a system.
func importGraph(t *testing.T, system, program string) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports", program)
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing what %s links: %v", program, err)
	}
	graph := map[string][]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return graph
		}
		if err != nil {
			t.Fatal(err)
		}
		graph[p.ImportPath] = p.Imports
	}
}
