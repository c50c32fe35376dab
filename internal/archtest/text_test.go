package archtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxTracked is the size in bytes over which a file does not belong into the
// repository.
const maxTracked = 1 << 20

// large lists files over that size, with their own limit and a reason.
var large = map[string]struct {
	size int
	why  string
}{
	"internal/analyse/vuln/default.cvm": {15 << 20, "the trained model in the binary: made from data that are not part of the repository"},
}

// unwanted lists what no tracked text file may hold, and why.
var unwanted = []struct {
	name, why string
	re        *regexp.Regexp
}{
	{
		"machine path", "paths of one machine mean nothing elsewhere",
		regexp.MustCompile(`(?m)(^|[^\w./-])/(work/\w|root/go\b|home/\w+/(go|src|work)\b|Users/\w)`),
	},
	{
		"registry host", "where modules come from is the builder's choice",
		regexp.MustCompile(`\b(proxy\.golang\.org|sum\.golang\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|files\.pythonhosted\.org|static\.crates\.io)\b`),
	},
	{
		"open end", "what is missing is written in docs/status.md or in an issue",
		regexp.MustCompile(`\b(TODO|FIXME|XXX:)|(?i:\bnot implemented\b)`),
	},
	{
		"conflict mark", "an unfinished merge",
		regexp.MustCompile(`(?m)^(<{7} |>{7} )`),
	},
}

// speaksOfRules lists files that must name what they forbid.
var speaksOfRules = map[string]bool{"internal/archtest/text_test.go": true}

func TestTrackedText(t *testing.T) {
	for _, name := range tracked(t) {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > max(maxTracked, large[name].size) {
			t.Errorf("%s has %d bytes, limit %d", name, len(data), max(maxTracked, large[name].size))
		}
		if speaksOfRules[name] || bytes.IndexByte(data, 0) >= 0 {
			continue
		}
		for _, u := range unwanted {
			if at := u.re.FindIndex(data); at != nil {
				line := 1 + bytes.Count(data[:at[0]+1], []byte("\n"))
				t.Errorf("%s:%d: %s %q: %s", name, line, u.name, strings.TrimSpace(string(data[at[0]:at[1]])), u.why)
			}
		}
	}
}

// TestUnwanted shows that the patterns find what they are for, and no more.
func TestUnwanted(t *testing.T) {
	tests := []struct {
		text string
		hit  bool
	}{
		{"see /wo" + "rk/main/x.go", true},
		{"/wo" + "rk/x", true},
		{"https://example.org/work/x", false},
		{"GOPROXY=https://proxy." + "golang.org", true},
		{"// TODO: later", true},
		{"returns Not Implemented", true},
		{"mastodon", false},
		{"cat /root/.ssh/authorized_keys", false},
		{"<<<<<<< HEAD", true},
	}
	for _, tt := range tests {
		hit := false
		for _, u := range unwanted {
			hit = hit || u.re.MatchString(tt.text)
		}
		if hit != tt.hit {
			t.Errorf("%q: hit %v, want %v", tt.text, hit, tt.hit)
		}
	}
}

// tracked lists the files of the repository: git's where there is git, else
// every file of an unpacked archive.
func tracked(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	if out, err := cmd.Output(); err == nil && len(out) > 0 {
		return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	}
	var names []string
	if err := walk(func(name string) error { names = append(names, name); return nil }); err != nil {
		t.Fatal(err)
	}
	return names
}
