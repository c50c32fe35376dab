package table

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// TestPublishersAreComplete holds what every publisher has to have: golden and
// broken input, a fuzz target, and its place in the documentation.
func TestPublishersAreComplete(t *testing.T) {
	doc := read(t, "../../../docs/publishers.md")
	tests := sources(t, "../observe")
	seen := map[string]bool{}
	for _, p := range Publishers() {
		t.Run(p.Name, func(t *testing.T) {
			if cure.Source(p.Name+"/a").Check() != nil || seen[p.Name] {
				t.Errorf("name %q is not one of a source, or is there twice", p.Name)
			}
			seen[p.Name] = true
			for _, file := range []string{".in", ".golden", "-broken.in", "-broken.golden"} {
				if len(read(t, "../observe/testdata/"+p.Name+file)) == 0 {
					t.Errorf("testdata/%s%s is empty", p.Name, file)
				}
			}
			if want := "func Fuzz" + strings.ToUpper(p.Name[:1]) + p.Name[1:] + "("; !strings.Contains(tests, want) {
				t.Errorf("no %s…)", want)
			}
			checkData(t, p)
			checkDoc(t, p, doc)
		})
	}
}

func checkData(t *testing.T, p publish.Publisher) {
	t.Helper()
	m := p.Marking
	if m.TLP == cure.TLPDefault || m.PAP == cure.PAPDefault || m.Licence == cure.LicenceDefault || m.Check() != nil {
		t.Errorf("default marking %q leaves something open", m)
	}
	if p.Role == "" || p.Why == "" || len(p.Topics) == 0 || len(p.Formats) == 0 || len(p.Personal) == 0 || p.New == nil {
		t.Error("role, reason, topics, formats, personal data or constructor are missing")
	}
	if p.Layer != publish.Observations && p.Layer != publish.Meanings {
		t.Errorf("layer %q", p.Layer)
	}
	for _, row := range p.Personal {
		if row.Field == "" || row.Mask == "" || row.Purpose == "" || row.Retention == "" {
			t.Errorf("row of personal data with a gap: %+v", row)
		}
	}
}

// checkDoc wants a section of the publisher with its marking, formats and the
// table of personal data as it is in the code.
func checkDoc(t *testing.T, p publish.Publisher, doc string) {
	t.Helper()
	_, section, ok := strings.Cut(doc, "\n## "+p.Name+"\n")
	if !ok {
		t.Fatalf("docs/publishers.md has no section %q", p.Name)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	want := append([]string{"`" + p.Marking.String() + "`"}, p.Formats...)
	for _, row := range p.Personal {
		want = append(want, "| "+strings.Join([]string{row.Field, row.Mask, row.Purpose, row.Retention}, " | ")+" |")
	}
	for _, w := range want {
		if !strings.Contains(section, w) {
			t.Errorf("docs/publishers.md, section %s, lacks %q", p.Name, w)
		}
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
