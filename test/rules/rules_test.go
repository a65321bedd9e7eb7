// Package rules holds the tree to its architecture: data flows one way, the model is pure, one package speaks
// to the user, and the binary links no more of KubeFed than its types. docs and reviews forget; this fails.
package rules

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-fed/kubectl-fed/test/bed/programs"
)

// sharedByVerbs are the packages below pkg/plugin that are no verb.
var sharedByVerbs = []string{"factory", "outcome"}

// effects are the packages that touch the world: clients, files, processes, the network, the clock.
var effects = []string{
	"k8s.io/client-go/...", "k8s.io/cli-runtime/...", "github.com/spf13/cobra/...", "sigs.k8s.io/kind/...",
	"os/...", "io/fs", "io/ioutil", "net/...", "time", "syscall", "golang.org/x/sys/...", "math/rand/...",
}

// rules are what every package of the tree is checked against. breaks is what testdata/broken does against
// the rule, so that a rule that can't fail is noticed.
var rules = []struct {
	name   string
	why    string
	check  func(*tree) []string
	breaks []string
}{
	{
		name:   "the model is pure",
		why:    "what it says must depend on its arguments alone, or it can't be held against KubeFed's own code",
		check:  imports(in("pkg/federation/...", "pkg/drift/...", "pkg/diagnosis/..."), effects...),
		breaks: []string{"pkg/drift imports os/exec", "pkg/federation imports k8s.io/client-go/rest", "pkg/federation imports time"},
	},
	{
		name:   "the model leans on nothing of ours",
		why:    "others import pkg/federation to render and lint; drift compares what federation renders",
		check:  both(both(ours("pkg/federation"), ours("pkg/federation/lint", "pkg/federation")), ours("pkg/drift", "pkg/federation")),
		breaks: []string{"pkg/federation imports pkg/drift", "pkg/drift imports pkg/member"},
	},
	{
		name:   "reports are made of values",
		why:    "a report that fetches or runs something can't be pinned by a golden file",
		check:  imports(in("pkg/report/..."), "k8s.io/client-go/...", "github.com/spf13/cobra/...", "os/exec", "net/...", "pkg/member/...", "pkg/kindnode/...", "pkg/kubeconfig/..."),
		breaks: []string{"pkg/report imports k8s.io/client-go/kubernetes"},
	},
	{
		name:   "only pkg/plugin knows the command line",
		why:    "the work below the verbs is callable without one",
		check:  imports(not("pkg/plugin/...", "test/...", "krew/..."), "github.com/spf13/cobra/..."),
		breaks: []string{"pkg/member imports github.com/spf13/cobra"},
	},
	{
		name:   "only pkg/report formats",
		why:    "width, colour and masking of secrets are decided in one place",
		check:  both(imports(except(in("pkg/..."), "pkg/report/..."), "text/tabwriter", "k8s.io/cli-runtime/pkg/printers"), prints),
		breaks: []string{"pkg/plugin/join imports text/tabwriter", "pkg/plugin/join join.go:13: fmt.Fprintln", "pkg/plugin/join join.go:14: fmt.Printf"},
	},
	{
		name:   "data flows one way",
		why:    "a domain package that knows the verbs can't be used without them",
		check:  imports(not("cmd/...", "pkg/plugin/...", "test/...", "krew/..."), "pkg/plugin/..."),
		breaks: []string{"pkg/member imports pkg/plugin/join"},
	},
	{
		name:   "verbs know nothing of each other",
		why:    "what two verbs share belongs below them",
		check:  verbsApart,
		breaks: []string{"pkg/plugin/factory imports pkg/plugin/join", "pkg/plugin/join imports pkg/plugin/diff"},
	},
	{
		name:   "every package says what it is for",
		why:    "the folder list with these sentences is the map of the tree",
		check:  packagesDocumented,
		breaks: []string{"pkg/undocumented"},
	},
	{
		name:   "every exported name has a doc comment",
		why:    "what others may use, they have to understand without its body",
		check:  namesDocumented,
		breaks: []string{"pkg/undocumented undocumented.go:3: Exported", "pkg/undocumented undocumented.go:5: Type", "pkg/undocumented undocumented.go:7: Method", "pkg/undocumented undocumented.go:9: Function"},
	},
}

func TestTreeKeepsRules(t *testing.T) {
	root, err := programs.Root()
	if err != nil {
		t.Fatal(err)
	}
	source := load(t, root)
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, broken := range rule.check(source) {
				t.Errorf("%s\n\t%s: %s", broken, rule.name, rule.why)
			}
		})
	}
}

func TestRulesCanFail(t *testing.T) {
	broken := load(t, filepath.Join("testdata", "broken"))
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			if diff := cmp.Diff(sorted(rule.breaks), sorted(rule.check(broken))); diff != "" {
				t.Errorf("what testdata/broken breaks (-want +got):\n%s", diff)
			}
		})
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// in selects the packages at or below some folders.
func in(folders ...string) func(*pkg) bool {
	return func(p *pkg) bool { return within(p.dir, folders...) }
}

// not selects all other packages.
func not(folders ...string) func(*pkg) bool {
	return func(p *pkg) bool { return !within(p.dir, folders...) }
}

// except narrows a selection to what is outside some folders.
func except(selected func(*pkg) bool, folders ...string) func(*pkg) bool {
	return func(p *pkg) bool { return selected(p) && !within(p.dir, folders...) }
}

// both is a rule of two parts.
func both(first, second func(*tree) []string) func(*tree) []string {
	return func(tr *tree) []string { return append(first(tr), second(tr)...) }
}

// imports is the rule that the selected packages import none of those that match the patterns.
func imports(selected func(*pkg) bool, banned ...string) func(*tree) []string {
	return eachImport(func(p *pkg, imported string) bool { return selected(p) && within(imported, banned...) })
}

// ours is the rule that a package imports nothing of this module but the allowed.
func ours(dir string, allowed ...string) func(*tree) []string {
	return eachImport(func(p *pkg, imported string) bool {
		return p.dir == dir && within(imported, "cmd/...", "krew/...", "pkg/...", "test/...") && !within(imported, allowed...)
	})
}

// verbsApart is the rule that nothing below pkg/plugin imports a verb, other than the verb's own packages.
var verbsApart = eachImport(func(p *pkg, imported string) bool {
	return within(p.dir, "pkg/plugin/...") && p.dir != "pkg/plugin" && verb(imported) != "" && verb(imported) != verb(p.dir)
})

// eachImport is the rule that no import of any package is bad.
func eachImport(bad func(p *pkg, imported string) bool) func(*tree) []string {
	return func(tr *tree) []string {
		var found []string
		for _, p := range tr.packages {
			for _, imported := range p.imports() {
				if bad(p, imported) {
					found = append(found, p.dir+" imports "+imported)
				}
			}
		}
		return found
	}
}

// prints finds what writes text by itself: fmt.Print, fmt.Fprint and their kin.
func prints(tr *tree) []string {
	var found []string
	for _, p := range tr.packages {
		if !within(p.dir, "pkg/...") || within(p.dir, "pkg/report/...") {
			continue
		}
		for _, file := range p.files {
			ast.Inspect(file, func(n ast.Node) bool {
				if name := printer(n); name != "" {
					found = append(found, fmt.Sprintf("%s %s: fmt.%s", p.dir, tr.at(n.Pos()), name))
				}
				return true
			})
		}
	}
	return found
}

// printer is the name of the function of fmt that a node names, if that function prints.
func printer(n ast.Node) string {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	from, ok := selector.X.(*ast.Ident)
	name := selector.Sel.Name
	if ok && from.Name == "fmt" && (strings.HasPrefix(name, "Print") || strings.HasPrefix(name, "Fprint")) {
		return name
	}
	return ""
}
