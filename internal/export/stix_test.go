package export_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/export"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

var (
	begin = time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	green = cure.Marking{TLP: cure.TLPGreen}
	amber = cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers}
)

func known(kind cure.Kind, value string, m cure.Marking, roles ...cure.Role) access.Answer {
	o := cure.Observable{Kind: kind, Value: value}
	a := access.Answer{Known: true, Sights: []access.SourceSight{{Source: "cowrie/tokyo1", First: begin, Last: begin, Count: 3, Marking: m}}}
	a.Summary = access.Summary{Observable: o, Sources: []cure.Source{"cowrie/tokyo1"}, First: begin, Last: begin.Add(time.Hour), Count: 3, Roles: roles}
	return a
}

func tie(a access.Answer, m cure.Marking, kind cure.Kind, tag string) access.Answer {
	a.Tied = append(a.Tied, access.Tag{Tag: cure.Observable{Kind: kind, Value: tag}, Marking: m, Confidence: 70})
	return a
}

// sheet holds a value of each kind.
func sheet() export.Sheet {
	bot := tie(tie(known(cure.KindIP, "198.51.100.7", green, cure.RoleInfected), amber, cure.KindTag, "malware:kagerou"), green, cure.KindTag, "attack:t1110")
	file := tie(known(cure.KindHash, strings.Repeat("ab", 32), green, cure.RoleTool), green, cure.KindCVE, "CVE-2026-1234")
	mild := known(cure.KindDomain, "www.example.org", green, cure.RoleScanner)
	harmless := known(cure.KindIP, "192.0.2.53", green, cure.RoleC2)
	harmless.Overrides = []cure.Override{{Kind: cure.OverrideVerdict, Value: "benign"}}
	return export.Sheet{
		Producer: "Example CERT", Now: begin.Add(24 * time.Hour), Title: "Kagerou", Key: "case 1", Marking: green, Cut: 2,
		Answers: []access.Answer{
			bot, file, mild, harmless,
			known(cure.KindCIDR, "203.0.113.0/24", green, cure.RoleSender), known(cure.KindIP, "2001:db8::1", green, cure.RoleLoader),
			known(cure.KindURL, `http://c2.example/it's`, green, cure.RoleLoader), known(cure.KindEmail, "a@example.net", green, cure.RoleSender),
			known(cure.KindPort, "tcp/23", green),
			{Miss: &access.Miss{}},
		},
	}
}

func bundle(t *testing.T, s export.Sheet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.STIX(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSTIXComesBack publishes a bundle of ours through our own reader of STIX
// feeds: the same values, names and grades come out.
func TestSTIXComesBack(t *testing.T) {
	in := filepath.Join(t.TempDir(), "bundle.json")
	if err := os.WriteFile(in, bundle(t, sheet()), 0o600); err != nil {
		t.Fatal(err)
	}
	defs, err := publish.ReadDefinitions("test", []byte(`- {name: t, format: stix, role: c2, tlp: AMBER+STRICT, licence: public}`))
	if err != nil {
		t.Fatal(err)
	}
	h := &publishtest.Hub{}
	res, err := publish.Run(t.Context(), publish.Config{
		Source: "feeds/t", Publisher: observe.Feeds(), Feed: &defs[0], Sink: h, Now: func() time.Time { return begin.Add(48 * time.Hour) }, Wait: true,
	}, in)
	if err != nil || len(res.Problems) > 0 || len(h.Bad) > 0 {
		t.Fatalf("%v, problems %v, refused %v", err, res.Problems, h.Bad)
	}
	accused, seen, tags := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range h.Records {
		for _, o := range r.Observations {
			seen[o.Observable.Value] = true
			if o.Role == cure.RoleC2 {
				accused[o.Observable.Value] = true
			}
		}
		for _, a := range r.Annotations {
			tags[a.Subject.Value+" "+a.Tag.Value] = true
		}
	}
	url, sum := `http://c2.example/it's`, strings.Repeat("ab", 32)
	if d := cmp.Diff(map[string]bool{"198.51.100.7": true, sum: true, "203.0.113.0/24": true, "2001:db8::1": true, url: true, "a@example.net": true}, accused); d != "" {
		t.Errorf("indicators (-want +got):\n%s", d)
	}
	for _, v := range []string{"198.51.100.7", "www.example.org", "192.0.2.53", "203.0.113.0/24", "a@example.net"} {
		if !seen[v] {
			t.Errorf("%s did not come back", v)
		}
	}
	for _, tied := range []string{"198.51.100.7 malware:kagerou", "198.51.100.7 attack:t1110", sum + " CVE-2026-1234"} {
		if !tags[tied] {
			t.Errorf("%q did not come back: %v", tied, tags)
		}
	}
}

// TestSTIXMarks holds that everything carries a marking, the strictest of what
// it is made from.
func TestSTIXMarks(t *testing.T) {
	var b struct {
		Objects []struct {
			Type, ID, Name string
			Source         string   `json:"source_ref"`
			Target         string   `json:"target_ref"`
			Refs           []string `json:"object_refs"`
			Markings       []string `json:"object_marking_refs"`
			Definition     struct{ Statement string }
		}
	}
	if err := json.Unmarshal(bundle(t, sheet()), &b); err != nil {
		t.Fatal(err)
	}
	ids, statements := map[string]bool{}, map[string]string{}
	for _, o := range b.Objects {
		ids[o.ID] = true
		statements[o.ID] = o.Definition.Statement
	}
	const tlpGreen, tlpAmber = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	for _, o := range b.Objects {
		for _, ref := range append(append(o.Refs, o.Markings...), o.Source, o.Target) {
			if ref != "" && !ids[ref] {
				t.Errorf("%s refers to %s, which is not in the bundle", o.ID, ref)
			}
		}
		want := tlpGreen
		switch {
		case o.Type == "marking-definition" || o.Type == "identity":
			continue
		case o.Name == "kagerou" || o.Type == "grouping" || o.Type == "note" || strings.HasPrefix(o.Target, "malware--"):
			want = tlpAmber
		}
		if !slices.Contains(o.Markings, want) {
			t.Errorf("%s %s carries %v, want %s", o.Type, o.Name, o.Markings, want)
		}
		if want == tlpAmber && statements[o.Markings[len(o.Markings)-1]] != "PAP:AMBER licence:members" {
			t.Errorf("%s %s states %q", o.Type, o.Name, statements[o.Markings[len(o.Markings)-1]])
		}
	}
	if d := cmp.Diff(string(bundle(t, sheet())), string(bundle(t, sheet()))); d != "" {
		t.Errorf("the same twice differs:\n%s", d)
	}
}
