package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// designRows are the functions of the design. docs/status.md says of each
// whether it works.
var designRows = strings.Fields(`
	M-01 M-02 M-03 M-04 M-05 M-06 M-07 M-08 M-09 M-10 M-11 M-12 M-13 M-14 M-15 M-16 M-17 M-18
	P-01 P-02 P-03 P-04 P-05 P-06 P-07 P-08 P-09 P-10 P-11 P-12 P-13 P-14 P-15 P-16 P-17 P-18
	R-D1 R-D2 R-D3 R-1a R-1a5 R-1b R-2a R-2b R-3a R-3a2 R-3b R-3c R-H R-O R-L R-W R-M R-I R-E
	X-1 X-2 X-3 X-4`)

// TestStatus holds that every row is there, once, in one of three states, and
// that what works or partly works names the command that shows it.
func TestStatus(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "docs", "status.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, "|")
		if len(cells) != 7 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		row, state, shown, missing := cells[1], cells[3], cells[4], cells[5]
		if !slices.Contains(designRows, row) {
			continue
		}
		seen[row]++
		switch state {
		case "works", "partly":
			if !strings.Contains(shown, "`") {
				t.Errorf("%s %s, shown by no command", row, state)
			}
			if (missing == "") != (state == "works") {
				t.Errorf("%s %s, missing: %q", row, state, missing)
			}
		case "not yet":
			if shown != "" {
				t.Errorf("%s is not yet there and shown by %q", row, shown)
			}
		default:
			t.Errorf("%s has state %q", row, state)
		}
	}
	for _, row := range designRows {
		if seen[row] != 1 {
			t.Errorf("%s has %d lines, want 1", row, seen[row])
		}
	}
}
