package store_test

import (
	"context"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// Readers ask everything while the writer applies, deletes, regrades, expires
// and a snapshot is written. On heap arenas, so that the race detector sees
// every access; what they read must be possible, and the end must be that of a
// store that nobody asked.
func TestReadersBesideTheWriter(t *testing.T) {
	const batches = 240
	o := small(true)
	s := open(t, o)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for name, scope := range scopes {
		wg.Go(func() {
			w := storetest.NewWorld(11)
			for ctx.Err() == nil {
				lines := storetest.Interrogate(storetest.Store{R: s.Reader(scope)}, w)
				if len(lines) == 0 {
					t.Errorf("scope %s: no answers", name)
				}
			}
		})
	}
	dir := t.TempDir()
	wg.Go(func() {
		for ctx.Err() == nil {
			if _, err := s.Snapshot(ctx, dir); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	drive(t, s, 11, batches)
	stop()
	wg.Wait()

	alone := open(t, o)
	drive(t, alone, 11, batches)
	all := storetest.All()
	if got, want := s.Reader(all).Digest(), alone.Reader(all).Digest(); got != want {
		t.Errorf("digest %x, want %x", got, want)
	}
}

// drive applies the batches of a world, with expiry between them.
func drive(t *testing.T, s *store.Store, seed uint64, batches int) {
	t.Helper()
	w := storetest.NewWorld(seed)
	for i := range batches {
		at, b := w.Batch()
		if _, err := s.Apply(at, b, nil); err != nil {
			t.Fatal(err)
		}
		if i%50 == 49 {
			cut := w.Arrival().Add(-120 * time.Hour)
			s.Expire(cut, cut)
		}
		if i%70 == 69 {
			s.SetDefault(w.Sources[i%len(w.Sources)], cure.Marking{TLP: cure.TLPGreen})
		}
	}
}

// A stream with many new values: tables grow, runs are merged behind the
// readers' backs, old memory is given back while they are inside.
func TestReadersBesideMerges(t *testing.T) {
	rows := 40_000
	s := open(t, store.Options{Heap: true, SegmentRows: 20_000})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			r := s.Reader(storetest.Half())
			var q store.Keys
			storetest.Sample(&q, rows/2, 500, 3)
			for ctx.Err() == nil {
				seen := 0
				for range r.In(netip.MustParsePrefix("0.0.0.0/0")) {
					seen++
				}
				for range r.Under("com", cure.KindNone) {
					seen++
				}
				for range r.AtLeast(2, time.Time{}, time.Time{}) {
					seen++
				}
				for _, id := range r.Batch(&q, nil) {
					if id != store.NoID && len(r.Sights(id, nil)) == 0 {
						t.Error("found a value that no visible cell knows")
					}
				}
				r.Pivot(r.Top(cure.KindIP, 3), store.PivotOptions{Hops: 2, MaxFanout: 100})
			}
		})
	}
	stream := storetest.NewStream(rows, 4)
	for at, b := stream.Next(); b != nil; at, b = stream.Next() {
		if _, err := s.Apply(at, b, nil); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	wg.Wait()
}
