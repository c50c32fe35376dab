package publish

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
)

const twoFeeds = `# comment
- name: one
  format: lines
  kind: ip
  role: c2
  tlp: CLEAR
  licence: public
  half_life: 168h
- name: two
  format: csv
  columns: [{attr: first_seen}, {kind: domain}]
  tlp: GREEN
  licence: members
`

func TestReadDefinitions(t *testing.T) {
	all, err := ReadDefinitions("feeds.yaml", []byte(twoFeeds))
	if err != nil || len(all) != 2 {
		t.Fatalf("%d definitions, %v", len(all), err)
	}
	if d := all[0]; d.Kind != cure.KindIP || d.Role != cure.RoleC2 || d.HalfLife != 168*time.Hour || d.TLP != cure.TLPClear {
		t.Errorf("first: %+v", d)
	}
	if d := all[1]; d.Format != FormatCSV || len(d.Columns) != 2 || d.Columns[1].Kind != cure.KindDomain || d.Licence != cure.LicenceMembers {
		t.Errorf("second: %+v", d)
	}
	if all, err := ReadDefinitions("empty", nil); len(all) != 0 || err != nil {
		t.Errorf("empty file: %v, %v", all, err)
	}
}

func TestReadDefinitionsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key":   strings.Replace(twoFeeds, "role: c2", "rolle: c2", 1),
		"unknown role":  strings.Replace(twoFeeds, "role: c2", "role: boss", 1),
		"no licence":    strings.Replace(twoFeeds, "  licence: public\n", "", 1),
		"twice":         strings.Replace(twoFeeds, "name: two", "name: one", 1),
		"not a list":    "name: one",
		"not YAML":      "\x00{",
		"alias bomb":    "- &a [x]\n- [*a, *a]",
		"wrong command": "- name: one\n  format: exec\n",
	} {
		if _, err := ReadDefinitions("f.yaml", []byte(text)); cure.KindOf(err) != cure.Invalid || !strings.Contains(err.Error(), "f.yaml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadDefinitionsFromFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(twoFeeds), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no YAML: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := LoadDefinitions(dir); err != nil || len(all) != 2 {
		t.Errorf("%d definitions, %v", len(all), err)
	}
	if _, err := LoadDefinitions(filepath.Join(dir, "none")); cure.KindOf(err) != cure.Invalid {
		t.Errorf("missing folder: %v", err)
	}
}

func FuzzReadDefinitions(f *testing.F) {
	f.Add([]byte(twoFeeds))
	f.Add([]byte("- &a {name: *a}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ReadDefinitions("f", data)
		if err != nil {
			return
		}
		for _, d := range all {
			if err := d.Check(); err != nil {
				t.Errorf("a definition that fails its check was read: %v", err)
			}
		}
	})
}
