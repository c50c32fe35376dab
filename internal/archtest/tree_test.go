package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the import path of the product's module.
const module = "github.com/opencure/cure"

// source is one parsed Go file of the product.
type source struct {
	name  string // slash-separated, relative to the root of the tree
	dir   string // "" for the root package
	test  bool
	lines int
	ast   *ast.File
}

// imports returns the import paths of the file.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.ast.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

// support reports whether the file belongs to tests of other packages: a
// package named after what it tests, with "test" behind it.
func (s source) support() bool { return strings.HasSuffix(s.dir, "test") }

// generated reports whether a tool wrote the file.
func (s source) generated() bool { return ast.IsGenerated(s.ast) }

var fset = token.NewFileSet()

// tree parses every Go file of the product's module, once. Nested modules
// (tools, bench) and testdata are not part of the product.
var tree = sync.OnceValues(func() ([]source, error) {
	var files []source
	err := walk(func(name string) error {
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(fset, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if dir == "." {
			dir = ""
		}
		files = append(files, source{
			name: name, dir: dir, ast: f,
			test:  strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(string(data), "\n"),
		})
		return nil
	})
	return files, err
})

// root is the top of the tree as seen from this package.
var root = filepath.Join("..", "..")

// walk calls visit for each file of the product's module, in lexical order.
func walk(visit func(name string) error) error {
	return filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		base := d.Name()
		if !d.IsDir() {
			return visit(filepath.ToSlash(rel))
		}
		if rel == "." {
			return nil
		}
		if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
			return filepath.SkipDir
		}
		if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil {
			return filepath.SkipDir
		}
		return nil
	})
}

// load returns the parsed tree or ends the test.
func load(t *testing.T) []source {
	t.Helper()
	files, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go file found: the tree moved")
	}
	return files
}

// local returns the directory of an import of ours, and whether it is one.
func local(importPath string) (dir string, ok bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// standard reports whether an import path belongs to the standard library.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && importPath != "C"
}
