package observe_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// TestTimesWithoutZone: a time without a zone is one of the zone that the
// source was given; where it was given none, UTC is assumed and that is told.
// A time that says its zone is neither.
func TestTimesWithoutZone(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*60*60)
	tests := map[string]struct {
		p         publish.Publisher
		line      string
		zoneless  bool
		hour, utc int // with the zone of Tokyo, and with none
	}{
		"cowrie":       {observe.Cowrie(), `{"eventid":"cowrie.session.connect","src_ip":"198.51.100.7","session":"a","timestamp":"2026-11-18T10:00:00"}`, true, 1, 10},
		"cowrie, said": {observe.Cowrie(), `{"eventid":"cowrie.session.connect","src_ip":"198.51.100.7","session":"a","timestamp":"2026-11-18T10:00:00Z"}`, false, 10, 10},
		"sessions":     {observe.Cowrie(), `id1,2026-11-18 10:00:00,NULL,1,198.51.100.7,NULL,NULL`, true, 1, 10},
		"dionaea, UTC": {observe.Dionaea(), `{"connection":{"protocol":"smbd","transport":"tcp","type":"accept"},"dst_ip":"192.0.2.9","dst_port":445,"src_ip":"198.51.100.7","src_port":1,"timestamp":"2026-11-18T10:00:00.5"}`, false, 1, 10},
		"glastopf":     {observe.Glastopf(), `{"time":"2026-11-18 10:00:00","source":["198.51.100.7",40000],"request_url":"/","request_raw":"GET / HTTP/1.1","pattern":"unknown","sensorid":"a"}`, true, 1, 10},
		"darknet":      {observe.Darknet(), `2026-11-18 10:00:00,pot,3325256711,TCP,,40000,23`, true, 1, 10},
		"malsites":     {observe.Malsites(), `"1","2026-11-18 10:00:00","http://198.51.100.7/x","online","","malware_download","elf","https://list.example/1","a"`, true, 1, 10},
		"CEF":          {observe.Alerts(), `CEF:0|a|b|1|2|rule|5|src=198.51.100.7 dst=203.0.113.5 rt=Nov 18 2026 10:00:00`, true, 1, 10},
		"CEF, said":    {observe.Alerts(), `CEF:0|a|b|1|2|rule|5|src=198.51.100.7 dst=203.0.113.5 rt=Nov 18 2026 10:00:00 UTC`, false, 10, 10},
		"Snort":        {observe.Alerts(), `26/11/18-10:00:00.5 [**] [1:2000:3] rule [**] [Priority: 1] {TCP} 198.51.100.7:1 -> 203.0.113.5:80`, true, 1, 10},
		"Exim":         {observe.Spamdb(), `2026-11-18 10:00:00 1tDabc-0001Ab-Cd <= forged@third.example H=(x) [198.51.100.72] P=esmtp S=900 T="x"`, true, 1, 10},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, zone := range []*time.Location{nil, tokyo} {
				hour, assumed := tt.utc, int64(0)
				if zone != nil {
					hour = tt.hour
				} else if tt.zoneless {
					assumed = 1
				}
				var heard time.Time
				p := tt.p
				make := p.New
				p.New = func(o publish.Options) (publish.Decoder, publish.Fold, error) {
					dec, fold, err := make(o)
					return hearing{dec, &heard}, fold, err
				}
				cfg := publish.Config{
					Source: "a/a", Publisher: p, Sink: &publishtest.Hub{Own: ownSide}, Now: now, Zone: zone,
				}
				in := filepath.Join(t.TempDir(), "log")
				if err := os.WriteFile(in, []byte(tt.line+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				res, err := publish.Run(t.Context(), cfg, in)
				if err != nil || res.Quarantined > 0 {
					t.Fatalf("%v, refused: %v", err, res.Reasons)
				}
				if heard.UTC().Hour() != hour || res.Assumed != assumed {
					t.Errorf("zone %v: %v, %d zones assumed; want hour %d, %d", zone, heard, res.Assumed, hour, assumed)
				}
			}
		})
	}
}

// hearing is a decoder that notes the time of the last event.
type hearing struct {
	publish.Decoder
	at *time.Time
}

// Decode implements publish.Decoder.
func (h hearing) Decode(raw []byte, emit func(*publish.Event)) error {
	return h.Decoder.Decode(raw, func(ev *publish.Event) { *h.at = ev.Time; emit(ev) })
}
