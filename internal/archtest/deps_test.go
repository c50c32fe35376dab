package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// modules is the allow list: each module that a file of ours imports, and what
// for. docs/adr/0001-dependencies.md carries a line for each.
var modules = map[string]string{
	"github.com/alecthomas/kong":           "command line",
	"github.com/chromedp/cdproto":          "the browser's protocol, for tests of the pages",
	"github.com/chromedp/chromedp":         "a real browser in tests of the pages",
	"github.com/danielgtaylor/huma/v2":     "OpenAPI from the handlers themselves",
	"github.com/emersion/go-message":       "parts and transfer encodings of mails",
	"github.com/gaissmai/bart":             "prefix tries for warning lists and watch lists",
	"github.com/go-json-experiment/json":   "JSON of sensors, token by token",
	"github.com/goccy/go-yaml":             "configuration with line and column in errors",
	"github.com/google/go-cmp":             "differences in tests",
	"github.com/google/osv-scalibr":        "order of versions in each ecosystem",
	"github.com/klauspost/compress":        "zstd for batches, fast gzip for input files",
	"github.com/mmcdole/gofeed":            "RSS, Atom and JSON Feed",
	"github.com/ledongthuc/pdf":            "text of PDF reports, in a process of its own",
	"github.com/leodido/go-syslog/v4":      "heads of syslog messages",
	"github.com/nats-io/nats-server/v2":    "embedded durable log",
	"github.com/nats-io/jsm.go":            "backup and restore of streams",
	"github.com/nats-io/nats.go":           "client of the log, embedded or cluster",
	"github.com/package-url/packageurl-go": "names of packages in inventories",
	"github.com/pandatix/go-cvss":          "CVSS vectors and scores of all versions",
	"github.com/prometheus/client_golang":  "metrics in the format operators scrape",
	"github.com/rogpeppe/go-internal":      "scripted tests of the command line",
	"github.com/ulikunitz/xz":              "LZMA of packed programs",
	"golang.org/x/crypto":                  "key derivation and SSH decoy",
	"golang.org/x/net":                     "public suffix list, IDNA, HTML",
	"golang.org/x/sync":                    "errgroup",
	"golang.org/x/sys":                     "huge pages, file identity, disk space",
	"golang.org/x/text":                    "normalisation and encodings",
	"golang.org/x/time":                    "rate limits per key",
	"pgregory.net/rapid":                   "model-based tests",
}

const adr = "docs/adr/0001-dependencies.md"

func TestImportedModulesAreAllowed(t *testing.T) {
	for _, f := range load(t) {
		for _, p := range f.imports() {
			if _, ours := local(p); ours || standard(p) || p == "C" {
				continue
			}
			if moduleOf(p) == "" {
				t.Errorf("%s imports %s, which is not on the allow list", f.name, p)
			}
		}
	}
}

// moduleOf returns the allowed module that holds a package, "" for none.
func moduleOf(importPath string) string {
	for m := range modules {
		if importPath == m || strings.HasPrefix(importPath, m+"/") {
			return m
		}
	}
	return ""
}

// TestRequiredModules compares go.mod with the allow list in both directions.
func TestRequiredModules(t *testing.T) {
	direct, all := requires(t)
	for m := range direct {
		if modules[m] == "" {
			t.Errorf("go.mod requires %s, which is not on the allow list", m)
		}
	}
	for m := range modules {
		if !all[m] {
			t.Errorf("the allow list names %s, which go.mod does not require", m)
		}
	}
}

func TestModulesHaveAnADRLine(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(adr)))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 {
			continue
		}
		name := strings.Trim(cells[1], " `")
		rows[name] = true
		for i, cell := range cells[1:6] {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("%s: %s has an empty cell %d", adr, name, i+1)
			}
		}
		if strings.Contains(name, ".") && modules[name] == "" {
			t.Errorf("%s names %s, which is not on the allow list", adr, name)
		}
	}
	for m := range modules {
		if !rows[m] {
			t.Errorf("%s has no line for %s", adr, m)
		}
	}
}

// requires reads the modules that go.mod requires, directly and in all.
func requires(t *testing.T) (direct, all map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	direct, all = map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) < 2 || !strings.Contains(fields[0], ".") || !strings.HasPrefix(fields[1], "v") {
			continue
		}
		all[fields[0]] = true
		if !strings.HasSuffix(strings.TrimSpace(line), "// indirect") {
			direct[fields[0]] = true
		}
	}
	return direct, all
}
