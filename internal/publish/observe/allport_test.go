package observe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestAllportGolden(t *testing.T) { golden(t, "allport", observe.Allport(), "allport/tokyo1", nil) }

func TestAllportBroken(t *testing.T) {
	golden(t, "allport-broken", observe.Allport(), "allport/tokyo1", nil)
}

func FuzzAllport(f *testing.F) {
	fuzzDecoder(f, observe.Allport(), publish.Options{Source: "allport/a"}, "allport.in", "allport-broken.in")
}

// A port is new once, also when the publisher was restarted in between, and
// however many ports there are.
func TestAllportKnowsItsPorts(t *testing.T) {
	for name, ports := range map[string]int{"few": 3, "many": 4000} {
		t.Run(name, func(t *testing.T) {
			h := &publishtest.Hub{}
			for round := range 2 {
				var log strings.Builder
				for n := range ports {
					fmt.Fprintf(&log, `{"allport":1,"time":"2026-11-18T21:10:0%dZ","src_ip":"198.51.100.9","dst_ip":"192.0.2.10","dst_port":%d,"transport":"udp"}`+"\n", round, 60000-7*n)
				}
				in := filepath.Join(t.TempDir(), "allport.json")
				if err := os.WriteFile(in, []byte(log.String()), 0o600); err != nil {
					t.Fatal(err)
				}
				before := len(h.Records)
				runInto(t, h, observe.Allport(), "allport/a", nil, in)
				fresh := 0
				for _, r := range h.Records[before:] {
					for _, a := range r.Attrs {
						if a.Name == "first_seen_port" {
							fresh++
						}
					}
				}
				if want := ports * (1 - round); fresh != want {
					t.Errorf("round %d: %d ports are new, want %d", round, fresh, want)
				}
			}
		})
	}
}

// Bots that differ in what they must differ in have one template.
func TestAllportTemplates(t *testing.T) {
	payload := func(host, path string) string {
		return fmt.Sprintf(`{"type":"H0neytr4p","@timestamp":"2026-11-18T21:10:00Z","src_ip":"198.51.100.9","dest_port":80,"payload":"GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: x\r\n\r\n"}`, path, host)
	}
	template := func(line string) string {
		events := decode(t, observe.Allport(), publish.Options{Source: "allport/a"}, []byte(line))
		for _, o := range events[0].Observations {
			if strings.HasPrefix(o.Observable.Value, "template:") {
				return o.Observable.Value
			}
		}
		t.Fatal("no template")
		return ""
	}
	a, b := template(payload("192.0.2.1", "/?id=12345")), template(payload("hub.example:8080", "/?id=9"))
	if a != b {
		t.Errorf("%s and %s: host and number make a difference", a, b)
	}
	if c := template(payload("192.0.2.1", "/other?id=9")); c == a {
		t.Error("another path has the same template")
	}
}
