package observe_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// TestNothingNamesTheSensor writes a sensor-side address and name into each
// string of each record, nested ones and names of files included, and looks
// for them in all that was sent: records, batches, checkpoints, quarantine.
func TestNothingNamesTheSensor(t *testing.T) {
	tests := map[string]struct {
		p        publish.Publisher
		src      cure.Source
		in       []string
		canaries []string // sensor-side values and secrets that must not leave
	}{
		"cowrie": {
			observe.Cowrie(), "cowrie/a",
			[]string{"cowrie.in", "cowrie-broken.in"},
			[]string{"192.0.2.10", "192.0.2.77", "hp-tokyo-1", "HP-TOKYO-1", "Geheim-0815", "hanako"},
		},
		"alerts": {
			observe.Alerts(), "alerts/a",
			[]string{"alerts.in", "alerts-broken.in", "alerts-products.in", "alerts-walls.in"},
			[]string{"ids-tokyo-1", "IDS-TOKYO-1", "zeek-tokyo-1", "wazuh-tokyo-1", "fw-tokyo-1", "hanako", "private words"},
		},
		"allport": {
			observe.Allport(), "allport/a",
			[]string{"allport.in", "allport-broken.in"}, // some records name the sensor by address only
			[]string{"192.0.2.10", "Geheim-0815", "hanako"},
		},
		"amppot": {
			observe.Amppot(), "amppot/a",
			[]string{"amppot.in", "amppot-broken.in"},
			[]string{"192.0.2.10", "rf-tokyo-1", "rf-osaka-1", "rf-nagoya-1"},
		},
		"darknet": {
			observe.Darknet(), "darknet/a",
			[]string{"darknet.in", "darknet-broken.in"},
			[]string{"192.0.2.11", "192.0.2.12", "hp-tokyo-1", "hp-osaka-1", "HP-TOKYO-1"},
		},
		"glastopf": {
			observe.Glastopf(), "glastopf/a",
			[]string{"glastopf.in", "glastopf-broken.in"},
			[]string{"192.0.2.10", "hp-tokyo-1", "HP-TOKYO-1", "Geheim-0815", "Z2VoZWlt"},
		},
		"malmail": {
			observe.Malmail(), "malmail/a",
			[]string{"malmail.in", "malmail-broken.in"},
			[]string{"mx1.hinata.example", "hanako", "taro@", "至急", "4711", "aGFuYWtv"},
		},
		"malmail, CEF": {
			observe.Malmail(), "malmail/a",
			[]string{"malmail-cef.in"},
			[]string{"hanako", "taro@", "至急", "4711"},
		},
		"spamdb": {
			observe.Spamdb(), "spamdb/a",
			[]string{"spamdb.in", "spamdb-broken.in"},
			[]string{"mx1.hinata.example", "Rechnung", "private words"},
		},
		"decoynet": {
			observe.Decoynet(), "decoynet/a",
			[]string{"decoynet.in", "decoynet-broken.in"},
			[]string{"decoy-7", "decoy-9", "203.0.113.200", "hanako"},
		},
		"dionaea": { // its records name the sensor by address only
			observe.Dionaea(), "dionaea/a",
			[]string{"dionaea.in", "dionaea-broken.in"},
			[]string{"192.0.2.10", "2001:db8::10", "Geheim-0815", "hanako"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var data []byte
			for _, in := range tt.in {
				b, err := os.ReadFile(filepath.Join("testdata", in))
				if err != nil {
					t.Fatal(err)
				}
				data = append(data, b...)
			}
			for _, text := range [][]byte{data, poison(data)} {
				in := filepath.Join(t.TempDir(), "log-192.0.2.10.json")
				if err := os.WriteFile(in, text, 0o600); err != nil {
					t.Fatal(err)
				}
				h, res := run(t, tt.p, tt.src, nil, in)
				if res.Published == 0 || len(h.Bad) == 0 {
					t.Fatalf("published %d, quarantined %d: nothing to look at", res.Published, len(h.Bad))
				}
				all := everything(t, h)
				for _, c := range tt.canaries {
					if i := strings.Index(all, c); i >= 0 {
						t.Errorf("%s left: …%q…", c, all[max(0, i-120):min(len(all), i+60)])
					}
				}
				if !strings.Contains(all, "sensor-") {
					t.Error("no pseudonym")
				}
			}
		})
	}
}

var stringValue = regexp.MustCompile(`"(message|input|arch|filename|destfile|error|url|name|value|version|surprise|src_hostname|protocol|genre|detail)": ?"([^"\\]*)"`)

// poison adds the canaries to every free text.
func poison(data []byte) []byte {
	return stringValue.ReplaceAll(data, []byte(`"$1":"$2 http://192.0.2.10/hp-tokyo-1 ::ffff:192.0.2.10,HP-TOKYO-1"`))
}

// TestConfiguredNamesAreMasked: what the hub knows of the own side is masked
// in the first record, before any field has named it.
func TestConfiguredNamesAreMasked(t *testing.T) {
	in := filepath.Join(t.TempDir(), "cowrie.json")
	line := []byte(`{"eventid":"cowrie.command.input","input":"ssh 203.0.113.20; ping db.hinata.example 203.0.113.200",` +
		`"src_ip":"203.0.113.31","timestamp":"2026-11-18T21:10:00Z","session":"a"}` + "\n")
	if err := os.WriteFile(in, line, 0o600); err != nil {
		t.Fatal(err)
	}
	h := &publishtest.Hub{Own: []string{"203.0.113.0/26", "hinata.example"}}
	runInto(t, h, observe.Cowrie(), "cowrie/a", nil, in)
	all := everything(t, h)
	for _, c := range []string{"203.0.113.20;", "hinata"} {
		if strings.Contains(all, c) {
			t.Errorf("%s left", c)
		}
	}
	if !strings.Contains(all, "203.0.113.200") {
		t.Error("an address outside the own networks was masked")
	}
	want := cure.Observable{Kind: cure.KindIP, Value: "203.0.113.31"}
	if o := h.Records[0].Observations[0].Observable; o != want {
		t.Errorf("actor %v, want the own host that attacks: %v", o, want)
	}
	if !bytes.Contains(h.Records[0].Raw, []byte(want.Value)) {
		t.Error("the raw text hides the own host that attacks")
	}
}
