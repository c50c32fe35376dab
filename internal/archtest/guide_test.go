package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGuidesAgree: the guide in another language has the same sections, and
// the same commands in them up to remarks, names and reasons.
func TestGuidesAgree(t *testing.T) {
	shape := func(file string) (all []string) {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		sections, code := 0, false
		for line := range strings.Lines(string(text)) {
			switch line = strings.TrimSpace(line); {
			case strings.HasPrefix(line, "```"):
				code = !code
			case strings.HasPrefix(line, "#") && !code:
				sections++
				all = append(all, "section")
			case code && strings.HasPrefix(line, "cure "):
				words := strings.Fields(line)
				all = append(all, strings.Join(words[:min(3, len(words))], " "))
			}
		}
		if sections < 5 {
			t.Fatalf("%s has %d sections", file, sections)
		}
		return all
	}
	en, ja := shape("docs/operate.md"), shape("docs/ja/operate.md")
	for i := range max(len(en), len(ja)) {
		if i >= len(en) || i >= len(ja) || en[i] != ja[i] {
			t.Fatalf("the guides differ from here on:\n%q\n%q", en[min(i, len(en)):], ja[min(i, len(ja)):])
		}
	}
}
