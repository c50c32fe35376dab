package observe_test

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
	"github.com/opencure/cure/internal/scenario"
)

func TestAmppotGolden(t *testing.T) { golden(t, "amppot", observe.Amppot(), "amppot/a", nil) }

func TestAmppotBroken(t *testing.T) { golden(t, "amppot-broken", observe.Amppot(), "amppot/a", nil) }

func FuzzAmppot(f *testing.F) {
	f.Add([]byte(`{"sqlite":"ddospot dns","rowid":1,"src_id":3325256904,"start":"2026-11-20 10:12:00.25","count":3000,"domain_id":{"rowid":1,"domain_name":"any.example"}}`))
	fuzzDecoder(f, observe.Amppot(), publish.Options{Source: "amppot/a"}, "amppot.in", "amppot-broken.in")
}

// TestAmppotCapture reads requests from a capture: a flood, and one that asks
// twice; and goes on after a crash at any batch with the same counts.
func TestAmppotCapture(t *testing.T) {
	var c scenario.Capture
	at := time.Date(2026, 11, 20, 0, 31, 0, 0, time.UTC)
	question := append(make([]byte, 5), 1, 0, 0, 0, 0, 0, 0, 3, 'A', 'n', 'y', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 255, 0, 1)
	for n := range 3000 {
		c.UDP(at.Add(time.Duration(n)*100*time.Millisecond), netip.MustParseAddrPort("198.51.100.200:80"), netip.MustParseAddrPort("192.0.2.10:53"), 60, question)
	}
	for n := range 2 {
		c.UDP(at.Add(time.Duration(n)*time.Second), netip.MustParseAddrPort("198.51.100.7:5000"), netip.MustParseAddrPort("192.0.2.11:123"), 60, []byte{0x17, 0, 3, 42})
	}
	path := filepath.Join(t.TempDir(), "decoy.pcap")
	write(t, path, c.Bytes())
	type seen struct {
		Who, Role, Query string
		Count            uint32
	}
	look := func(h *publishtest.Hub) (got []seen) {
		for _, r := range h.Records {
			s := seen{Who: r.Observations[0].Observable.Value, Role: r.Observations[0].Role.String(), Count: r.Observations[0].Count}
			for _, a := range r.Attrs {
				if a.Name == "query" {
					s.Query = a.Value
				}
			}
			got = append(got, s)
		}
		return got
	}
	want := []seen{{"198.51.100.7", "scanner", "", 2}, {"198.51.100.200", "victim", "any.example", 3000}}
	cfg := publish.Config{Source: "amppot/a", Publisher: observe.Amppot(), Now: now, Checkpoint: 1}
	publishtest.KillEach(t, cfg, nil, func(kill uint64, h *publishtest.Hub) {
		if diff := cmp.Diff(want, look(h)); diff != "" {
			t.Errorf("killed at batch %d (-want +got)\n%s", kill, diff)
		}
	}, path)
}

// FuzzAmppotState holds that a state from the log does no harm.
func FuzzAmppotState(f *testing.F) {
	fuzzState(f, observe.Amppot(), "amppot/a", `{"amppot":1,"time":"2026-11-20T00:31:00Z","sensor":"rf","src_ip":"198.51.100.7","service":"dns","query":"a.example"}`)
}

// TestAmppotDatabase reads what DDoSPot has put together: few requests are no
// attack, and the second time nothing is new.
func TestAmppotDatabase(t *testing.T) {
	h := &publishtest.Hub{}
	cfg := publish.Config{Source: "amppot/a", Publisher: observe.Amppot(), Sink: h, Now: now, Zone: time.FixedZone("JST", 9*60*60)}
	in := copied(t, "ddospot.sqlite")
	res, err := publish.Run(t.Context(), cfg, in)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "amppot-database", show(t, h, res))
	if res, err = publish.Run(t.Context(), cfg, in); err != nil || res.Records != 0 {
		t.Errorf("read again: %+v, %v", res, err)
	}
}

// TestAmppotSettings: what makes a flood is for the configuration, and stands
// in the record.
func TestAmppotSettings(t *testing.T) {
	var lines bytes.Buffer
	for n := range 30 {
		at := time.Date(2026, 11, 20, 0, 31, 0, 0, time.UTC).Add(time.Duration(n) * 2 * time.Second)
		lines.WriteString(`{"amppot":1,"time":"` + at.Format(time.RFC3339) + `","sensor":"rf-tokyo-1","src_ip":"198.51.100.7","service":"dns"}` + "\n")
	}
	in := filepath.Join(t.TempDir(), "amppot.jsonl")
	write(t, in, lines.Bytes())
	for name, tt := range map[string]struct {
		set  publish.Flood
		want string
	}{
		"as they are":    {publish.Flood{}, "requests unknown 30 100 60"},
		"fewer packets":  {publish.Flood{Packets: 30}, "attack victim 30 30 60"},
		"a shorter gap":  {publish.Flood{Packets: 30, Gap: time.Second}, "scan scanner 1 30 1"},
		"two are enough": {publish.Flood{Packets: 2}, "attack victim 30 2 60"},
	} {
		h := &publishtest.Hub{}
		if _, err := publish.Run(t.Context(), publish.Config{Source: "amppot/a", Publisher: observe.Amppot(), Sink: h, Now: now, Flood: tt.set}, in); err != nil {
			t.Fatal(err)
		}
		a := map[string]string{}
		for _, v := range h.Records[0].Attrs {
			a[v.Name] = v.Value
		}
		got := a["kind"] + " " + h.Records[0].Observations[0].Role.String() + " " + a["packets"] + " " + a["flood_from_packets"] + " " + a["flood_gap_seconds"]
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
