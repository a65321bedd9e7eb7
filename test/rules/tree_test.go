package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of the repository's root.
const module = "github.com/kubectl-fed/kubectl-fed"

// tree is the source of a module, or of a folder that is laid out like one.
type tree struct {
	files     *token.FileSet
	packages  []*pkg // sorted by folder
	positions string // folder that positions are told from
}

// pkg is the source of one folder.
type pkg struct {
	dir   string // from the root, with slashes
	files []*ast.File
	tests []*ast.File
}

// load reads all Go files below root, nested modules and testdata left out.
func load(t *testing.T, root string) *tree {
	t.Helper()
	tr := &tree{files: token.NewFileSet(), positions: root}
	found := map[string]*pkg{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || file == root {
			return err
		}
		if entry.IsDir() {
			return skipDir(file)
		}
		if filepath.Ext(file) != ".go" {
			return nil
		}
		return tr.add(found, file)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(tr.packages, func(a, b *pkg) int { return strings.Compare(a.dir, b.dir) })
	return tr
}

// skipDir tells WalkDir to leave out what the go command leaves out of "./...".
func skipDir(dir string) error {
	name := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	if err == nil || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return fs.SkipDir
	}
	return nil
}

func (tr *tree) add(found map[string]*pkg, file string) error {
	parsed, err := parser.ParseFile(tr.files, file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(tr.positions, filepath.Dir(file))
	if err != nil {
		return err
	}
	dir := filepath.ToSlash(relative)
	p, known := found[dir]
	if !known {
		p = &pkg{dir: dir}
		found[dir] = p
		tr.packages = append(tr.packages, p)
	}
	if strings.HasSuffix(file, "_test.go") {
		p.tests = append(p.tests, parsed)
	} else {
		p.files = append(p.files, parsed)
	}
	return nil
}

// at names a place in a file: file name and line, without the folder.
func (tr *tree) at(pos token.Pos) string {
	p := tr.files.Position(pos)
	return filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line)
}

// imports are the paths that the package's own files import, tests left out. Packages of this module are
// named by their folder.
func (p *pkg) imports() []string {
	var all []string
	for _, file := range p.files {
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // the parser has accepted it
			}
			all = append(all, local(name))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// local is the folder of a package of this module, and any other import path as it is.
func local(importPath string) string {
	return strings.TrimPrefix(importPath, module+"/")
}

// within tells whether a package or folder matches one of the patterns: a path, or a path and "/..." for
// all that is at it or below.
func within(name string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		base, below := strings.CutSuffix(pattern, "/...")
		return name == base || below && strings.HasPrefix(name, base+"/")
	})
}

// verb is the folder of the verb's package that a folder belongs to, or "".
func verb(dir string) string {
	rest, inside := strings.CutPrefix(dir, "pkg/plugin/")
	name, _, _ := strings.Cut(rest, "/")
	if !inside || within(name, sharedByVerbs...) {
		return ""
	}
	return path.Join("pkg/plugin", name)
}
