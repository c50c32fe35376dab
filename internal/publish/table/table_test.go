package table

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// TestPublishersAreTested holds what every publisher has to have: golden and
// broken input and a fuzz target.
func TestPublishersAreTested(t *testing.T) {
	folders := map[publish.Layer]string{publish.Observations: "../observe", publish.Meanings: "../mean"}
	seen := map[string]bool{}
	for _, p := range Publishers() {
		t.Run(p.Name, func(t *testing.T) {
			if cure.Source(p.Name+"/a").Check() != nil || seen[p.Name] {
				t.Errorf("name %q is not one of a source, or is there twice", p.Name)
			}
			seen[p.Name] = true
			if len(p.Shapes) == 0 {
				t.Error("no shapes: what is given to it by mistake would be refused without saying what it looks like")
			}
			folder := folders[p.Layer]
			tests := sources(t, folder)
			for _, file := range []string{".in", ".golden", "-broken.in", "-broken.golden"} {
				if len(read(t, folder+"/testdata/"+p.Name+file)) == 0 {
					t.Errorf("testdata/%s%s is empty", p.Name, file)
				}
			}
			if want := "func Fuzz" + strings.ToUpper(p.Name[:1]) + p.Name[1:] + "("; !strings.Contains(tests, want) {
				t.Errorf("no %s…)", want)
			}
		})
	}
}

func TestLookup(t *testing.T) {
	if p, err := Lookup("cowrie"); err != nil || p.Name != "cowrie" {
		t.Errorf("got %q, %v", p.Name, err)
	}
	if _, err := Lookup("nothing"); cure.KindOf(err) != cure.NotFound {
		t.Errorf("got %v, want not found", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sources returns the text of all tests of a package.
func sources(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("tests in %s: %v", dir, err)
	}
	var b strings.Builder
	for _, f := range files {
		b.WriteString(read(t, f))
	}
	return b.String()
}
