package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// small makes segments turn over within a few dozen batches.
func small(heap bool) store.Options {
	return store.Options{Seed: [16]byte{7}, Heap: heap, SegmentRows: 48, SegmentAge: 60 * time.Hour}
}

func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// scopes are what the model test looks through: everything, half of the
// cells, one organisation, and nothing.
var scopes = map[string]cure.Scope{
	"all": storetest.All(),
	"half": storetest.See(func(src cure.Source, m cure.Marking) bool {
		return m.TLP <= cure.TLPAmber && src != "feeds/other"
	}),
	"released": storetest.See(func(_ cure.Source, m cure.Marking) bool { return m.Orgs == "aoba" }),
	"none":     {},
}

func TestStoreIsTheModel(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			followModel(t, seed, 150)
		})
	}
}

func followModel(t *testing.T, seed uint64, steps int) {
	w := storetest.NewWorld(seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	o := small(seed%2 == 0)
	s, m := open(t, o), storetest.NewModel(o)
	for step := range steps {
		switch k := rnd.IntN(40); {
		case k == 0:
			src, mk := w.Sources[rnd.IntN(len(w.Sources))], w.Markings[rnd.IntN(len(w.Markings))]
			s.SetDefault(src, mk)
			m.SetDefault(src, mk)
		case k == 1:
			segments := w.Arrival().Add(-time.Duration(rnd.IntN(200)) * time.Hour)
			pairs := segments.Add(-time.Duration(rnd.IntN(100)-20) * time.Hour)
			if got, want := s.Expire(segments, pairs), m.Expire(segments, pairs); got != want {
				t.Fatalf("step %d: expired %d observations, want %d", step, got, want)
			}
		case k == 2:
			s = reopen(t, s, o)
		default:
			at, b := w.Batch()
			got, err := s.Apply(at, b, nil)
			if want := m.Apply(at, b); got != want || err != nil {
				t.Fatalf("step %d: applied %v, %v, want %v", step, got, err, want)
			}
			if rnd.IntN(20) == 0 {
				if again, err := s.Apply(at, b, nil); again || err != nil {
					t.Fatalf("step %d: applied twice: %v, %v", step, again, err)
				}
			}
		}
		if step%15 == 14 {
			compare(t, fmt.Sprint("step ", step), s, m, w)
		}
	}
}

// reopen writes a snapshot and goes on with what is restored from it.
func reopen(t *testing.T, s *store.Store, o store.Options) *store.Store {
	t.Helper()
	dir := t.TempDir()
	seq, err := s.Snapshot(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	r, done, err := store.Restore(dir, o)
	if err != nil || len(done.Refused) > 0 || done.Seq != seq || r.Applied() != seq {
		t.Fatalf("restored %+v, %v, want sequence %d", done, err, seq)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func compare(t *testing.T, when string, s *store.Store, m *storetest.Model, w *storetest.World) {
	t.Helper()
	for name, scope := range scopes {
		got := storetest.Interrogate(storetest.Store{R: s.Reader(scope)}, w)
		want := storetest.Interrogate(storetest.View{M: m, Scope: scope}, w)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%s, scope %s (-model +store):\n%s", when, name, d)
		}
	}
}
