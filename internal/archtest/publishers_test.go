package archtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish/table"
)

var update = flag.Bool("update", false, "rewrite the generated part of docs/publishers.md")

// TestPublishersDocument holds docs/publishers.md true: what each publisher
// reads, how it marks, and what it does with personal data.
func TestPublishersDocument(t *testing.T) {
	const begin, end = "<!-- begin -->\n", "<!-- end -->\n"
	name := filepath.Join(root, "docs", "publishers.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between %q and %q", name, begin, end)
	}
	want := publishersText()
	if *update {
		if err := os.WriteFile(name, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/publishers.md is stale; run with -update (-want +got)\n%s", diff)
	}
}

func publishersText() string {
	var b strings.Builder
	for _, p := range table.Publishers() {
		topics := make([]string, len(p.Topics))
		for i, topic := range p.Topics {
			topics[i] = string(topic)
		}
		fmt.Fprintf(&b, "\n## %s\n\nLayer %s; topics %s. Reads:\n\n", p.Name, p.Layer, strings.Join(topics, ", "))
		for _, f := range p.Formats {
			fmt.Fprintf(&b, "- %s\n", f)
		}
		fmt.Fprintf(&b, "\nNew sources are marked `%s`: %s.\n", p.Marking, strings.TrimSuffix(p.Why, "."))
		b.WriteString("\n| what | role |\n|---|---|\n")
		for _, r := range p.Roles {
			fmt.Fprintf(&b, "| %s | %s |\n", r.What, r.Role)
		}
		b.WriteString("\n| field | mask | why it is kept | how long |\n|---|---|---|---|\n")
		for _, d := range p.Personal {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", d.Field, d.Mask, d.Purpose, d.Retention)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// TestPublishersAreComplete holds that each publisher says all that an
// operator must know before using it.
func TestPublishersAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range table.Publishers() {
		if seen[p.Name] {
			t.Errorf("%s stands twice in the table", p.Name)
		}
		seen[p.Name] = true
		if p.Role == "" || p.Layer == "" || len(p.Topics) == 0 || len(p.Formats) == 0 || p.New == nil {
			t.Errorf("%s does not say what it is and reads", p.Name)
		}
		if p.Why == "" || p.Marking.Check() != nil || p.Marking.TLP == 0 || p.Marking.PAP == 0 || p.Marking.Licence == 0 {
			t.Errorf("%s leaves its default marking open: %v", p.Name, p.Marking)
		}
		if len(p.Roles) == 0 {
			t.Errorf("%s does not say what roles it gives", p.Name)
		}
		if len(p.Personal) == 0 {
			t.Errorf("%s says nothing about personal data", p.Name)
		}
	}
}
