package observe_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

// described returns a feed of the one definition in a YAML list.
func described(t testing.TB, text string) *publish.Definition {
	t.Helper()
	all, err := publish.ReadDefinitions("test", []byte(text))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d definitions, %v", len(all), err)
	}
	return &all[0]
}

const marks = ", role: c2, tlp: CLEAR, licence: public}"

// The definitions of the formats, as docs/feeds.md shows them.
var formats = map[string]string{
	"json": `- {name: t, format: json, records: "data[*]", each: "hosts[*]", columns: [
		{path: value, any: true}, {path: kind, attr: kind, roles: {payload_delivery: loader}, only: [botnet_cc, payload_delivery]},
		{path: /family, tag: true, prefix: "malware:"}, {path: /seen, time: true}, {path: /confidence, attr: confidence}]` + marks,
	"hosts": `- {name: t, format: hosts, kind: domain` + marks,
	"split": `- {name: t, format: split, separator: ";", columns: [{any: true}, {attr: comment}]` + marks,
	"text":  `- {name: t, format: text, defanged: true` + marks,
	"rss":   `- {name: t, format: rss, defanged: true, rolling: true` + marks,
	"misp":  `- {name: t, format: misp` + marks,
	"stix":  `- {name: t, format: stix` + marks,
}

func TestFormatsGolden(t *testing.T) {
	for name, text := range formats {
		t.Run(name, func(t *testing.T) {
			golden(t, "feeds-"+name, observe.Feeds(), "feeds/t", described(t, text))
		})
	}
	t.Run("threatfox", func(t *testing.T) {
		golden(t, "feeds-threatfox", observe.Feeds(), "feeds/threatfox-csv", small(t, "threatfox-csv"))
	})
	t.Run("posts", func(t *testing.T) {
		golden(t, "feeds-lines-json", observe.Feeds(), "feeds/tweetfeed-posts", small(t, "tweetfeed-posts"))
	})
}

// TestFormatsRefuse holds what a feed that is broken as a whole leads to:
// nothing published, and a reason.
func TestFormatsRefuse(t *testing.T) {
	page := "<!DOCTYPE html>\n<html><head><title>503</title></head><body>192.0.2.1</body></html>\n"
	deep := strings.Repeat("<a>", 1000)
	tests := []struct{ format, in, problem string }{
		{"json", page, "web page"},
		{"json", `{"data":[{"hosts":[{"value":"192.0.2.1","kind":"botnet_cc"}`, "unexpected EOF"},
		{"json", `{"data":` + strings.Repeat("[", 2000), "unexpected EOF"},
		{"json", `{"more":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `, "data":` + strings.Repeat(`{"a":`, 600), "nested too deeply"},
		{"hosts", page, "web page"},
		{"split", page, "web page"},
		{"text", page, "web page"},
		{"rss", page, "web page"},
		{"rss", "<rss>" + deep, "more than half"},
		{"rss", "no feed", "more than half"},
		{"misp", page, "web page"},
		{"misp", `{"Event": 3}`, "more than half"},
		{"stix", page, "web page"},
		{"stix", `{"objects": [1, 2, {}]}`, "more than half"},
	}
	for _, tt := range tests {
		t.Run(tt.format+" "+tt.problem, func(t *testing.T) {
			in := filepath.Join(t.TempDir(), "copy")
			if err := os.WriteFile(in, []byte(tt.in), 0o600); err != nil {
				t.Fatal(err)
			}
			h, res := run(t, observe.Feeds(), "feeds/t", described(t, formats[tt.format]), in)
			if len(h.Records) > 0 || len(res.Problems) == 0 || !strings.Contains(res.Problems[0].Error(), tt.problem) {
				t.Errorf("%d records, problems %v, want %q", len(h.Records), res.Problems, tt.problem)
			}
		})
	}
}

// TestSTIXCycle holds that relationships that go round end, and that a name
// with very many aliases is cut.
func TestSTIXCycle(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"objects":[{"type":"indicator","id":"indicator--a","pattern":"[url:value = 'http://c2.example.org/']","created":"2026-11-19T00:00:00Z"},`)
	b.WriteString(`{"type":"malware","id":"m","name":"Kagerou","aliases":["x"` + strings.Repeat(`,"y"`, 100_000) + `]},`)
	for _, pair := range [][2]string{{"indicator--a", "m"}, {"m", "n"}, {"n", "m"}, {"n", "indicator--a"}, {"m", "m"}} {
		b.WriteString(`{"type":"relationship","id":"r","relationship_type":"uses","source_ref":"` + pair[0] + `","target_ref":"` + pair[1] + `"},`)
	}
	b.WriteString(`{"type":"tool","id":"n","name":"N"}]}`)
	in := filepath.Join(t.TempDir(), "bundle.json")
	if err := os.WriteFile(in, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	h, res := run(t, observe.Feeds(), "feeds/t", described(t, formats["stix"]), in)
	if len(h.Records) != 1 || len(res.Problems) > 0 {
		t.Fatalf("%d records, %v", len(h.Records), res.Problems)
	}
	var tags []string
	for _, a := range h.Records[0].Annotations {
		tags = append(tags, a.Tag.Value)
	}
	if got := strings.Join(tags, " "); !strings.HasPrefix(got, "malware:kagerou") || !strings.HasSuffix(got, "tool:n") || len(tags) > 10 {
		t.Errorf("tags %s", got)
	}
}

func FuzzFeedsJSON(f *testing.F) { fuzzFormat(f, "json", "feeds-json.in", "feeds-lines-json.in") }
func FuzzFeedsRSS(f *testing.F)  { fuzzFormat(f, "rss", "feeds-rss.in") }
func FuzzFeedsMISP(f *testing.F) { fuzzFormat(f, "misp", "feeds-misp.in") }
func FuzzFeedsSTIX(f *testing.F) { fuzzFormat(f, "stix", "feeds-stix.in") }
func FuzzFeedsText(f *testing.F) { fuzzFormat(f, "text", "feeds-text.in", "feeds-hosts.in") }

// fuzzFormat fuzzes the decoder of a format with whole documents and their
// lines.
func fuzzFormat(f *testing.F, format string, seeds ...string) {
	f.Add([]byte(nil))
	for _, name := range seeds {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	fuzzDecoder(f, observe.Feeds(), publish.Options{Source: cure.Source("feeds/t"), Feed: described(f, formats[format])}, seeds...)
}

// TestDocumentedDefinitions holds that the examples of docs/feeds.md can be
// used.
func TestDocumentedDefinitions(t *testing.T) {
	data, err := os.ReadFile(filepath.FromSlash("../../../docs/feeds.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[publish.Format]bool{}
	parts := strings.Split(string(data), "```yaml\n")
	for _, part := range parts[1:] {
		text, _, _ := strings.Cut(part, "```")
		all, err := publish.ReadDefinitions("docs/feeds.md", []byte(text))
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
		for _, d := range all {
			seen[d.Format] = true
		}
	}
	for name := range formats {
		if !seen[publish.Format(name)] {
			t.Errorf("docs/feeds.md has no example of %s", name)
		}
	}
}
