package archtest

import (
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms lists the rooms of the house in the order in which data flows through
// them (ARCHITECTURE.md, "Rooms"). A package imports only its own room and
// rooms above it. Packages below a directory belong to its room.
var rooms = []string{
	"", // the root: the vocabulary
	"internal/fault",
	"internal/dirlock",
	"client",
	"internal/text",
	"internal/ioc",
	"internal/num",
	"internal/scenario",
	"internal/wire",
	"internal/feed",
	"internal/publish",
	"internal/log",
	"internal/store",
	"internal/hub",
	"internal/enrich",
	"internal/analyse",
	"internal/sensor",
	"internal/access",
	"internal/notify",
	"internal/export",
	"internal/api",
	"web",
	"internal/config",
	"internal/ops",
	"bench",
	"cmd/cure",
	"eval",
	"internal/losstest",
	"internal/browsertest",
	"internal/archtest",
}

// upward lists imports against the order: from -> to -> why.
var upward = map[string]map[string]string{}

// strangers lists imports that the order would allow: room -> the rooms it
// must not know -> why.
var strangers = []struct{ room, other, why string }{
	{"internal/notify", "internal/hub", "what leaves the hub leaves through access.View"},
	{"internal/notify", "internal/store", "what leaves the hub leaves through access.View"},
	{"internal/export", "internal/hub", "what leaves the hub leaves through access.View"},
	{"internal/export", "internal/store", "what leaves the hub leaves through access.View"},
	{"internal/api", "internal/hub", "what leaves the hub leaves through access.View"},
	{"internal/api", "internal/store", "what leaves the hub leaves through access.View"},
	{"web", "internal/hub", "what leaves the hub leaves through access.View"},
	{"web", "internal/store", "what leaves the hub leaves through access.View"},
	{"internal/notify", "client", "the server does not call itself"},
	{"internal/export", "client", "the server does not call itself"},
	{"web", "client", "the server does not call itself"},
	{"internal/analyse", "internal/enrich", "enrichers and analysers meet in the hub only"},
	{"internal/store", "internal/log", "the store is rebuilt by the hub; it knows no log"},
	{"internal/store", "internal/publish", "the store knows batches, not publishers"},
}

// roomOf returns the index of a directory's room, -1 where it has none.
func roomOf(dir string) int {
	best := -1
	for i, room := range rooms {
		in := dir == room || room != "" && strings.HasPrefix(dir, room+"/")
		if in && (best < 0 || len(room) > len(rooms[best])) {
			best = i
		}
	}
	return best
}

func TestEachPackageHasARoom(t *testing.T) {
	for _, f := range load(t) {
		if roomOf(f.dir) < 0 {
			t.Errorf("%s: %q is in no room: give it one in rooms and in ARCHITECTURE.md", f.name, f.dir)
		}
	}
}

// TestArchitectureNamesEachRoom holds the document true as far as that goes.
func TestArchitectureNamesEachRoom(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range load(t) {
		room := roomOf(f.dir)
		if room <= 0 || seen[rooms[room]] {
			continue
		}
		seen[rooms[room]] = true
		if !strings.Contains(string(text), "`"+rooms[room]+"`") {
			t.Errorf("ARCHITECTURE.md does not name the room %s", rooms[room])
		}
	}
}

// TestImportDirection holds the rule for what ships. Tests may look around.
func TestImportDirection(t *testing.T) {
	used := map[string]bool{}
	for _, f := range load(t) {
		if f.test {
			continue
		}
		from := roomOf(f.dir)
		for _, p := range f.imports() {
			dir, ok := local(p)
			if !ok || from < 0 {
				continue
			}
			to := roomOf(dir)
			if to < 0 || to > from {
				if _, ok := upward[rooms[from]][dir]; ok {
					used[rooms[from]+" "+dir] = true
					continue
				}
				t.Errorf("%s imports %s, a room below its own", f.name, p)
			}
			for _, s := range strangers {
				if rooms[from] == s.room && to >= 0 && rooms[to] == s.other {
					t.Errorf("%s imports %s: %s", f.name, p, s.why)
				}
			}
		}
	}
	for from, tos := range upward {
		for to := range tos {
			exists := slices.ContainsFunc(load(t), func(f source) bool { return f.dir == to })
			if exists && !used[from+" "+to] {
				t.Errorf("exception %s -> %s is not needed any more", from, to)
			}
		}
	}
}

func TestRootImportsStandardLibraryOnly(t *testing.T) {
	for _, f := range load(t) {
		if f.dir != "" || f.test {
			continue
		}
		for _, p := range f.imports() {
			if !standard(p) {
				t.Errorf("%s imports %s; the vocabulary uses the standard library only", f.name, p)
			}
		}
	}
}

// forbidden lists packages of the standard library that nobody may import.
var forbidden = map[string]string{
	"C":            "the product builds without cgo",
	"encoding/gob": "formats are versioned and described",
	"io/ioutil":    "replaced by io and os",
	"log":          "log/slog, passed explicitly",
	"math/rand":    "math/rand/v2, seeded and passed explicitly",
}

func TestForbiddenImports(t *testing.T) {
	for _, f := range load(t) {
		for _, p := range f.imports() {
			if why := forbidden[p]; why != "" {
				t.Errorf("%s imports %s: %s", f.name, p, why)
			}
			if p == "testing" && !f.test && !f.support() {
				t.Errorf("%s imports testing outside tests and <pkg>test packages", f.name)
			}
		}
		for _, spec := range f.ast.Imports {
			if spec.Name != nil && spec.Name.Name == "." {
				t.Errorf("%s imports %s with a dot", f.name, spec.Path.Value)
			}
		}
	}
}

// TestOnlyAccessMakesScopes holds that nobody can read store or hub but by
// a scope that the policy made.
func TestOnlyAccessMakesScopes(t *testing.T) {
	for _, f := range load(t) {
		if f.test || f.support() || f.dir == "internal/access" || strings.HasPrefix(f.dir, "internal/access/") {
			continue
		}
		name := rootName(f)
		if name == "" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "NewScope" {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == name {
				t.Errorf("%s: only internal/access makes scopes", fset.Position(sel.Pos()))
			}
			return true
		})
	}
}

// rootName returns the name under which a file knows the root package.
func rootName(f source) string {
	for _, spec := range f.ast.Imports {
		if spec.Path.Value != `"`+module+`"` {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return "cure"
	}
	return ""
}
