package store_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
	"github.com/opencure/cure/internal/wire"
)

func ip(s string) cure.Observable { return cure.Observable{Kind: cure.KindIP, Value: s} }

func seen(o cure.Observable, sec int64) cure.Observation {
	return cure.Observation{Observable: o, First: storetest.Unix(sec), Last: storetest.Unix(sec)}
}

// heard writes down what Apply notices.
type heard struct{ lines []string }

func (h *heard) Linked(_ store.ID, kind cure.Kind, key []byte, cell store.CellID) {
	h.lines = append(h.lines, fmt.Sprint("linked ", kind, ":", cure.KeyValue(kind, key), " by ", cell))
}

func (h *heard) New(_ store.ID, kind cure.Kind, key []byte, cell store.CellID) {
	h.lines = append(h.lines, fmt.Sprint("new ", kind, ":", cure.KeyValue(kind, key), " by ", cell))
}

func TestSinkHearsNewAndLinked(t *testing.T) {
	s := open(t, small(true))
	var d storetest.Builder
	var h heard
	steps := []struct {
		src     cure.Source
		marking cure.Marking
		value   string
	}{
		{"cowrie/a", cure.Marking{}, "192.0.2.1"},
		{"cowrie/a", cure.Marking{}, "192.0.2.1"},                 // known: nothing
		{"cowrie/a", cure.Marking{TLP: cure.TLPRed}, "192.0.2.1"}, // another cell of the source
		{"feeds/b", cure.Marking{}, "192.0.2.1"},
		{"feeds/b", cure.Marking{}, "192.0.2.2"},
	}
	for i, st := range steps {
		d.Begin(st.src, 1, uint64(i+1))
		d.Record(cure.ID{}, st.marking)
		d.Observe(seen(ip(st.value), 100))
		if _, err := s.Apply(store.Arrival{Seq: uint64(i + 1)}, d.Batch(), &h); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"new ip:192.0.2.1 by 0", "linked ip:192.0.2.1 by 1", "linked ip:192.0.2.1 by 2", "new ip:192.0.2.2 by 2"}
	if diff := cmp.Diff(want, h.lines); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestImpossibleRowsAreCounted(t *testing.T) {
	s := open(t, small(true))
	var d storetest.Builder
	d.Begin("cowrie/a", 1, 1)
	d.Record(cure.NewID("r"), cure.Marking{})
	off, n := d.Key([]byte{192, 0, 2, 1})
	good := wire.Row{KeyOff: off, KeyLen: n, Kind: cure.KindIP, Count: 1}
	for _, change := range []func(*wire.Row){
		func(r *wire.Row) { r.Kind = 0 },
		func(r *wire.Row) { r.Kind = 200 },
		func(r *wire.Row) { r.Role = 100 },
		func(r *wire.Row) { r.State = 3 },
		func(r *wire.Row) { r.KeyLen = 0 },
		func(r *wire.Row) { r.KeyOff = 1 << 31 },
		func(r *wire.Row) { r.KeyOff, r.KeyLen = 1, 4 },
	} {
		r := good
		change(&r)
		d.Row(r)
	}
	d.Row(good)
	b := d.Batch()
	b.Rows = append(b.Rows, good)
	b.Rows[len(b.Rows)-1].Record = 9 // no such record
	b.Annotations = []wire.AnnotationRow{{SubjectKind: cure.KindIP, SubjectLen: 4, TagKind: cure.KindTag, TagOff: 99, TagLen: 5}}
	b.Enrichments = []wire.Of[cure.Enrichment]{{Item: cure.Enrichment{Subject: ip("not an address"), Enricher: "x"}}}
	b.Controls = []wire.Of[cure.Control]{{Item: cure.Control{Op: cure.OpDelete}}, {Item: cure.Control{Op: 99}}}
	if _, err := s.Apply(store.Arrival{Seq: 1}, b, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.Refused(); got != 12 {
		t.Errorf("refused %d items, want 12", got)
	}
	if got := s.Reader(storetest.All()).Stats().Observations; got != 1 {
		t.Errorf("%d observations, want the one good", got)
	}
}

// A batch without records, markings or place is no reason to fail.
func TestOddBatches(t *testing.T) {
	s := open(t, small(true))
	if _, err := s.Apply(store.Arrival{}, &wire.Batch{}, nil); cure.KindOf(err) != cure.Invalid {
		t.Errorf("batch without a sequence: %v, want invalid", err)
	}
	if ok, err := s.Apply(store.Arrival{Seq: 1}, &wire.Batch{Header: wire.Header{Source: "a/b", Epoch: 1, Seq: 1}}, nil); !ok || err != nil {
		t.Errorf("empty batch: %v, %v, want applied", ok, err)
	}
	b := &wire.Batch{
		Header: wire.Header{Source: "a/b", Epoch: 1, Seq: 2}, Envelopes: []wire.Envelope{{Marking: 0}, {Marking: 7}},
		Keys: []byte{192, 0, 2, 1}, Rows: []wire.Row{{KeyLen: 4, Kind: cure.KindIP}, {KeyLen: 4, Kind: cure.KindIP, Record: 1}},
	}
	if ok, err := s.Apply(store.Arrival{Seq: 2}, b, nil); !ok || err != nil || s.Refused() != 1 {
		t.Errorf("batch without markings: %v, %v, refused %d, want applied and 1", ok, err, s.Refused())
	}
}

// Nothing that a scope of CLEAR records sees depends on others. That an
// enricher has a new version is no secret, so all have one here.
func TestRedChangesNothingForClear(t *testing.T) {
	clear := storetest.See(func(_ cure.Source, m cure.Marking) bool { return m.TLP == cure.TLPClear })
	for seed := range uint64(6) {
		var views [2][]string
		for with := range views {
			s, w := open(t, small(true)), storetest.NewWorld(seed)
			for range 120 {
				at, b := w.Batch()
				b.Controls = nil
				for i := range b.Enrichments {
					b.Enrichments[i].Item.Version = 1
				}
				if with == 0 {
					dropUnlessClear(b)
				}
				if _, err := s.Apply(at, b, nil); err != nil {
					t.Fatal(err)
				}
			}
			views[with] = storetest.Interrogate(storetest.Store{R: s.Reader(clear)}, w)
		}
		if d := cmp.Diff(views[0], views[1]); d != "" {
			t.Fatalf("seed %d (-without +with other records):\n%s", seed, d)
		}
	}
}

// dropUnlessClear takes out what stands in records that are not CLEAR.
func dropUnlessClear(b *wire.Batch) {
	hidden := func(record uint16) bool {
		return b.Markings[b.Envelopes[record].Marking].TLP != cure.TLPClear
	}
	b.Rows = slices.DeleteFunc(b.Rows, func(r wire.Row) bool { return hidden(r.Record) })
	b.Annotations = slices.DeleteFunc(b.Annotations, func(a wire.AnnotationRow) bool { return hidden(a.Record) })
	b.Enrichments = slices.DeleteFunc(b.Enrichments, func(e wire.Of[cure.Enrichment]) bool { return hidden(e.Record) })
}

// The stream is large enough for tables to grow and runs to be merged; both
// kinds of arena hold the same.
func TestStreamAgainstModel(t *testing.T) {
	const rows = 8000
	o := store.Options{SegmentRows: 3000, SegmentAge: 400 * time.Hour}
	m := storetest.NewModel(o)
	mapped := open(t, o)
	o.Heap = true
	heap := open(t, o)
	stream := storetest.NewStream(rows, 1)
	for at, b := stream.Next(); b != nil; at, b = stream.Next() {
		for _, s := range []*store.Store{mapped, heap} {
			if _, err := s.Apply(at, b, nil); err != nil {
				t.Fatal(err)
			}
		}
		m.Apply(at, b)
	}
	if mapped.Reader(storetest.All()).Digest() != heap.Reader(storetest.All()).Digest() {
		t.Error("the digest depends on the arena")
	}
	for name, scope := range map[string]cure.Scope{"all": storetest.All(), "half": storetest.Half()} {
		got, want := storetest.Store{R: mapped.Reader(scope)}, storetest.View{M: m, Scope: scope}
		check := func(what string, got, want any) {
			t.Helper()
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("scope %s, %s (-model +store):\n%s", name, what, d)
			}
		}
		everything := netip.MustParsePrefix("0.0.0.0/0")
		check("in", got.In(everything), want.In(everything))
		six := netip.MustParsePrefix("2001:db8::/32")
		check("in", got.In(six), want.In(six))
		check("under", got.Under("com", cure.KindNone), want.Under("com", cure.KindNone))
		check("at least", got.AtLeast(3, time.Time{}, time.Time{}), want.AtLeast(3, time.Time{}, time.Time{}))
		check("matrix", got.Matrix(cure.Source.Publisher), want.Matrix(cure.Source.Publisher))
		check("stats", got.Stats(), want.Stats())
	}
}

func TestShedKeepsTheBudget(t *testing.T) {
	s := open(t, store.Options{Heap: true, SegmentRows: 1000, Budget: 3 << 20})
	stream := storetest.NewStream(30_000, 1)
	for at, b := stream.Next(); b != nil; at, b = stream.Next() {
		if _, err := s.Apply(at, b, nil); err != nil {
			t.Fatal(err)
		}
	}
	r := s.Reader(storetest.All())
	before := r.Stats()
	if n := s.Shed(1000); n != 0 {
		t.Errorf("shed %d observations under a budget far away", n)
	}
	n := s.Shed(0.001)
	after := r.Stats()
	if after.Segments != 1 || before.Observations != after.Observations+uint64(n) || after.Pairs != before.Pairs {
		t.Errorf("shed %d: %d of %d observations in %d segments, pairs %d of %d; want one segment, all pairs",
			n, after.Observations, before.Observations, after.Segments, after.Pairs, before.Pairs)
	}
}

func TestBatchAgreesWithExact(t *testing.T) {
	s, w := worldStore(t, small(true), 9, 80)
	for name, scope := range scopes {
		r := s.Reader(scope)
		var q store.Keys
		for range 3 {
			for _, o := range w.Values {
				q.Add(o)
			}
			q.Add(ip("203.0.113.9")) // never seen
		}
		ids := r.Batch(&q, nil)
		for i, o := range append(slices.Clone(w.Values), ip("203.0.113.9")) {
			id, _ := r.Exact(o.Kind, o.AppendKey(nil))
			if ids[i] != id {
				t.Fatalf("scope %s: batch finds %d for %v, exact %d", name, ids[i], o, id)
			}
			if id != store.NoID && (r.Kind(id) != o.Kind || string(r.AppendValue(nil, id)) != o.Value || r.Observable(id) != o) {
				t.Fatalf("scope %s: %v reads as %v", name, o, r.Observable(id))
			}
		}
		text, ends := r.AppendValues(nil, nil, ids)
		for i, id := range ids {
			start := uint32(0)
			if i > 0 {
				start = ends[i-1]
			}
			if got := string(text[start:ends[i]]); got != r.Observable(id).Value {
				t.Fatalf("scope %s: id %d among others reads as %q, want %q", name, id, got, r.Observable(id).Value)
			}
		}
		q.Reset()
		if got := r.Batch(&q, ids[:0]); len(got) != 0 {
			t.Errorf("no keys give %d ids", len(got))
		}
	}
}

// What the scope does not see cannot be read by guessing its ID.
func TestGuessedIDs(t *testing.T) {
	s, _ := worldStore(t, small(true), 9, 80)
	r := s.Reader(cure.Scope{})
	for id := range store.ID(200) {
		near, cut := r.Neighbours(id, 0)
		rows := 0
		for range r.Timeline(id, time.Time{}, time.Time{}) {
			rows++
		}
		for range r.Tagged(id) {
			rows++
		}
		if r.Observable(id) != (cure.Observable{}) || len(r.AppendValue(nil, id)) > 0 || r.Kind(id) != cure.KindNone ||
			len(r.Sights(id, nil)) > 0 || len(r.Tags(id, nil)) > 0 || len(r.Notes(id, nil)) > 0 || len(near)+cut+rows > 0 {
			t.Fatalf("id %d can be read", id)
		}
	}
	if (r.Cell(0) != store.Cell{}) || (r.Cell(60000) != store.Cell{}) {
		t.Error("a cell can be read")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []store.Options{{SegmentRows: -1}, {SegmentRows: 1 << 21}, {SegmentAge: -1}, {Budget: -1}} {
		if _, err := store.New(o); cure.KindOf(err) != cure.Invalid || err == nil {
			t.Errorf("New(%+v): %v, want invalid", o, err)
		}
	}
}
