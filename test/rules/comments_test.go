package rules

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// packagesDocumented finds the packages that no file has a package comment for. That of a test counts where
// there is nothing but tests.
func packagesDocumented(tr *tree) []string {
	var found []string
	for _, p := range tr.packages {
		files := p.files
		if len(files) == 0 {
			files = p.tests
		}
		if !slices.ContainsFunc(files, func(f *ast.File) bool { return f.Doc != nil }) {
			found = append(found, p.dir)
		}
	}
	return found
}

// namesDocumented finds the exported names of pkg/ that have no comment: functions, methods, types,
// constants and variables. A comment on a group of constants or variables stands for all in it.
func namesDocumented(tr *tree) []string {
	var found []string
	for _, p := range tr.packages {
		if !within(p.dir, "pkg/...") {
			continue
		}
		for _, file := range p.files {
			for _, name := range bare(file) {
				found = append(found, fmt.Sprintf("%s %s: %s", p.dir, tr.at(name.Pos()), name.Name))
			}
		}
	}
	return found
}

// bare are the exported names that a file declares without a comment.
func bare(file *ast.File) []*ast.Ident {
	var names []*ast.Ident
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && receiverExported(d) {
				names = append(names, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				names = append(names, bareInGroup(d, spec)...)
			}
		}
	}
	return names
}

func bareInGroup(group *ast.GenDecl, spec ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	commented := group.Doc != nil && (group.Tok != token.TYPE || !group.Lparen.IsValid())
	switch s := spec.(type) {
	case *ast.TypeSpec:
		commented = commented || s.Doc != nil || s.Comment != nil
		names = []*ast.Ident{s.Name}
	case *ast.ValueSpec:
		commented = commented || s.Doc != nil || s.Comment != nil
		names = slices.Clone(s.Names)
	}
	if commented {
		return nil
	}
	return slices.DeleteFunc(names, func(name *ast.Ident) bool { return !name.IsExported() })
}

// receiverExported tells whether a function is one, or a method of an exported type. A method that only
// makes a type fit an interface of the standard library says nothing new in a comment.
func receiverExported(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	if slices.Contains([]string{"Error", "Unwrap", "Is", "String", "Len", "Less", "Swap"}, f.Name.Name) {
		return false
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}
