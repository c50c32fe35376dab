package archtest

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// habits lists calls that are not made outside cmd/cure and the packages that
// run processes. The key is "import path.function".
var habits = map[string]string{
	"time.Now":         "the clock is passed in",
	"time.Since":       "the clock is passed in",
	"log/slog.Default": "the logger is passed in",
	"log/slog.Debug":   "the logger is passed in",
	"log/slog.Info":    "the logger is passed in",
	"log/slog.Warn":    "the logger is passed in",
	"log/slog.Error":   "the logger is passed in",
	"fmt.Print":        "only commands write to standard output",
	"fmt.Printf":       "only commands write to standard output",
	"fmt.Println":      "only commands write to standard output",
	"os.Exit":          "only commands end the process",
	"os.Getenv":        "the environment is passed in",
}

// free lists the rooms that are the process itself.
var free = []string{"cmd/cure", "bench", "eval", "internal/losstest", "internal/browsertest", "internal/fault"}

// calls visits the calls "package.Function" of a file by their import path.
func calls(f source, visit func(call *ast.CallExpr, name string)) {
	names := map[string]string{}
	for _, spec := range f.ast.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && names[x.Name] != "" {
				visit(call, names[x.Name]+"."+sel.Sel.Name)
			}
		}
		return true
	})
}

func TestHabits(t *testing.T) {
	for _, f := range load(t) {
		room := roomOf(f.dir)
		if f.test || room < 0 || slices.Contains(free, rooms[room]) || f.support() {
			continue
		}
		calls(f, func(call *ast.CallExpr, name string) {
			if why := habits[name]; why != "" {
				t.Errorf("%s calls %s: %s", fset.Position(call.Pos()), name, why)
			}
		})
	}
}

// inits lists the files that may have an init function, and why.
var inits = map[string]string{
	"internal/api/problem.go": "huma takes the shape of errors from a package variable only",
}

// TestNoInit holds that tables are written where they are read: nothing
// registers itself by being imported.
func TestNoInit(t *testing.T) {
	found := map[string]bool{}
	for _, f := range load(t) {
		for _, decl := range f.ast.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Recv != nil || d.Name.Name != "init" {
				continue
			}
			found[f.name] = true
			if inits[f.name] == "" {
				t.Errorf("%s has an init function", f.name)
			}
		}
	}
	stale(t, inits, found)
}

// TestNoSkip holds that a test runs or is behind a build tag.
func TestNoSkip(t *testing.T) {
	for _, f := range load(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !f.test {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch sel.Sel.Name {
			case "Skip", "Skipf", "SkipNow":
				if x, ok := sel.X.(*ast.Ident); ok && (x.Name == "t" || x.Name == "b" || x.Name == "tb") {
					t.Errorf("%s skips", fset.Position(call.Pos()))
				}
			}
			return true
		})
	}
}
