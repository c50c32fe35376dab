package archtest

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// minComment is the length in bytes under which a package comment cannot say
// what goes in, what comes out, and where the package stops.
const minComment = 80

func TestPackageComments(t *testing.T) {
	best := map[string]string{}
	where := map[string]string{}
	for _, f := range load(t) {
		if f.test {
			continue
		}
		if where[f.dir] == "" {
			where[f.dir] = f.name
		}
		if text := f.ast.Doc.Text(); len(text) > len(best[f.dir]) {
			best[f.dir] = text
		}
	}
	for dir, file := range where {
		switch text := best[dir]; {
		case text == "":
			t.Errorf("package %s (%s) has no package comment", show(dir), file)
		case len(text) < minComment:
			t.Errorf("package %s: a comment of %d bytes does not say what goes in and out", show(dir), len(text))
		case !strings.HasPrefix(text, "Package ") && !strings.HasPrefix(text, "Command "):
			t.Errorf("package %s: the comment begins with %.20q", show(dir), text)
		}
	}
}

func show(dir string) string {
	if dir == "" {
		return "cure (root)"
	}
	return dir
}

// TestExportedNamesAreDocumented wants a comment on each exported function,
// type, constant, variable and method. One comment serves a group of constants
// or variables, and that of the type serves the methods of a test's stand-in.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, f := range load(t) {
		if f.test || f.generated() || f.ast.Name.Name == "main" {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil && f.support() {
					continue
				}
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc.Text() == "" {
					t.Errorf("%s: %s has no comment", fset.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(t, d)
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

func undocumented(t *testing.T, d *ast.GenDecl) {
	t.Helper()
	if d.Tok == token.IMPORT || d.Doc.Text() != "" {
		return
	}
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc.Text() == "" {
				t.Errorf("%s: type %s has no comment", fset.Position(s.Pos()), s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() && s.Doc.Text() == "" && s.Comment.Text() == "" {
					t.Errorf("%s: %s has no comment", fset.Position(name.Pos()), name.Name)
				}
			}
		}
	}
}
