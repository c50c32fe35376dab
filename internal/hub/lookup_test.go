package hub

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

func TestLookupGivesARowASource(t *testing.T) {
	r := newRig(t)
	red := record("red", "198.51.100.1")
	red.Marking = cure.Marking{TLP: cure.TLPRed}
	r.publisher("feeds/b").send(record("a", "198.51.100.1", "198.51.100.2"))
	r.publisher("cowrie/a").send(record("b", "198.51.100.1"), red)
	var q Keys
	for _, v := range []string{"198.51.100.1", "203.0.113.9", "198.51.100.2"} {
		q.Add(ip(v))
	}
	at := uint32(start.Unix())
	unknown := uint16(1) << cure.RoleUnknown
	for _, tt := range []struct {
		name string
		sc   cure.Scope
		both uint32
	}{{"all", all, 2}, {"public", public, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			var h Hits
			if err := r.Lookup(tt.sc, &q, &h); err != nil {
				t.Fatal(err)
			}
			name := func(i int) cure.Source { return h.Sources[h.Rows[i].Source] }
			if diff := cmp.Diff([]uint32{2, 2, 3}, h.Ends); diff != "" {
				t.Fatalf("ends (-want +got):\n%s", diff)
			}
			if name(0) != "cowrie/a" || name(1) != "feeds/b" || name(2) != "feeds/b" {
				t.Errorf("rows of %s, %s, %s", name(0), name(1), name(2))
			}
			if diff := cmp.Diff(Hit{Source: h.Rows[0].Source, Roles: unknown, First: at, Last: at, Count: tt.both}, h.Rows[0]); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
			if n := testing.AllocsPerRun(50, func() {
				if err := r.Lookup(tt.sc, &q, &h); err != nil {
					t.Fatal(err)
				}
			}); n > 1 {
				t.Errorf("%v allocations a batch, want at most 1", n)
			}
		})
	}
}

func TestWeightsFall(t *testing.T) {
	last := 2.0
	for _, tt := range []struct{ sources, stands int }{{2, 0}, {2, 10}, {2, 100}, {3, 100}, {10, 100}, {10, 500}, {10, 1000}} {
		w := weigh(tt.sources, tt.stands)
		if w.weight >= last || w.weight <= 0 {
			t.Errorf("%d sources, %d values: weight %v is not below %v", tt.sources, tt.stands, w.weight, last)
		}
		last = w.weight
	}
	if w := weigh(2, 0); w.weight != 1 || w.common {
		t.Errorf("a value of two sources alone: %+v, want 1", w)
	}
	for _, w := range []worth{weigh(commonSources+1, 0), weigh(2, commonStands+1)} {
		if !w.common || w.weight > commonWeight {
			t.Errorf("over-common value: %+v", w)
		}
	}
	two := weigh(2, 0)
	if in, out := two.inside("feeds/a", "feeds/b"), two.inside("feeds/a", "cowrie/b"); in.weight != insideFactor || out.weight != 1 {
		t.Errorf("inside one publisher %v, between two %v", in.weight, out.weight)
	}
}
