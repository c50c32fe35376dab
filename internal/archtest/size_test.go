package archtest

import (
	"go/ast"
	"testing"
)

// Budgets. They keep a reader's unit small; models to write by are half of it.
const (
	maxFileLines    = 500
	maxFuncLines    = 80
	maxPackageFiles = 25
)

// Exceptions to the budgets: name -> why.
var (
	longFiles     = map[string]string{}
	longFuncs     = map[string]string{}
	largePackages = map[string]string{
		"cmd/cure":                 "one file per subcommand",
		"client":                   "one file per resource",
		"internal/api":             "one file per resource",
		"internal/hub":             "one file per question that can be asked",
		"internal/analyse/darknet": "one file per engine, and what they share",
		"internal/store":           "one data structure in many parts; to split it would export its layout",
		"internal/publish/observe": "one file per publisher",
		"internal/publish/mean":    "one file per publisher",
	}
)

func TestFileBudget(t *testing.T) {
	over := map[string]bool{}
	for _, f := range load(t) {
		if f.generated() || f.lines <= maxFileLines {
			continue
		}
		over[f.name] = true
		if longFiles[f.name] == "" {
			t.Errorf("%s has %d lines, budget %d", f.name, f.lines, maxFileLines)
		}
	}
	stale(t, longFiles, over)
}

// TestFunctionBudget counts the lines from "func" to the closing brace. Tables
// of test cases are data, so tests are not counted.
func TestFunctionBudget(t *testing.T) {
	over := map[string]bool{}
	for _, f := range load(t) {
		if f.test || f.generated() {
			continue
		}
		for _, decl := range f.ast.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := fset.Position(d.End()).Line - fset.Position(d.Pos()).Line + 1
			if n <= maxFuncLines {
				continue
			}
			name := f.name + ":" + d.Name.Name
			over[name] = true
			if longFuncs[name] == "" {
				t.Errorf("%s has %d lines, budget %d", name, n, maxFuncLines)
			}
		}
	}
	stale(t, longFuncs, over)
}

func TestPackageBudget(t *testing.T) {
	files := map[string]int{}
	for _, f := range load(t) {
		if !f.test && !f.generated() {
			files[f.dir]++
		}
	}
	for dir, n := range files {
		if n > maxPackageFiles && largePackages[dir] == "" {
			t.Errorf("package %s has %d files, budget %d", show(dir), n, maxPackageFiles)
		}
	}
}

// stale fails for exceptions that are not needed any more.
func stale(t *testing.T, exceptions map[string]string, needed map[string]bool) {
	t.Helper()
	for name := range exceptions {
		if !needed[name] {
			t.Errorf("exception for %s is not needed any more", name)
		}
	}
}
