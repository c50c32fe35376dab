package observe_test

import (
	"bytes"
	"errors"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
	"github.com/opencure/cure/internal/scenario"
)

func TestAmppotGolden(t *testing.T) { golden(t, "amppot", observe.Amppot(), "amppot/a", nil) }

func TestAmppotBroken(t *testing.T) { golden(t, "amppot-broken", observe.Amppot(), "amppot/a", nil) }

func FuzzAmppot(f *testing.F) {
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
	h, _ := run(t, observe.Amppot(), "amppot/a", nil, path)
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
	if diff := cmp.Diff(want, look(h)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for kill := uint64(1); kill <= h.Seq(); kill++ {
		k := &publishtest.Hub{KillAt: kill}
		cfg := publish.Config{Source: "amppot/a", Publisher: observe.Amppot(), Sink: k, Now: now, Checkpoint: 1}
		if _, err := publish.Run(t.Context(), cfg, path); !errors.Is(err, publishtest.ErrKilled) {
			t.Fatalf("batch %d: %v", kill, err)
		}
		k.KillAt = 0
		if _, err := publish.Run(t.Context(), cfg, path); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, look(k)); diff != "" {
			t.Errorf("killed at batch %d (-want +got)\n%s", kill, diff)
		}
	}
}

// FuzzAmppotState holds that a state from the log does no harm.
func FuzzAmppotState(f *testing.F) {
	dec, fold, err := observe.Amppot().New(publish.Options{Source: "amppot/a", Names: publish.NewPseudonyms([32]byte{9})})
	if err != nil {
		f.Fatal(err)
	}
	line := []byte(`{"amppot":1,"time":"2026-11-20T00:31:00Z","sensor":"rf","src_ip":"198.51.100.7","service":"dns","query":"a.example"}`)
	if err := dec.Decode(line, func(ev *publish.Event) { fold.Add(ev, func(*cure.Record) {}) }); err != nil {
		f.Fatal(err)
	}
	f.Add(fold.AppendState(nil))
	f.Fuzz(func(t *testing.T, state []byte) {
		_, fold, _ := observe.Amppot().New(publish.Options{Source: "amppot/a"})
		if fold.Restore(state) != nil {
			return
		}
		again := fold.AppendState(nil)
		if err := fold.Restore(again); err != nil || !bytes.Equal(again, fold.AppendState(nil)) {
			t.Errorf("a state that was read is written otherwise: %v", err)
		}
		_ = fold.End(true, func(r *cure.Record) {
			for _, o := range r.Observations {
				if err := o.Observable.Check(); err != nil {
					t.Error(err)
				}
			}
		})
	})
}
