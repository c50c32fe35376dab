package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// A long chain is walked in many segments at once, and nobody sees that: the
// neighbours come newest first and each of them once, from segments that know
// where chains go on and from the one that does not yet; after a restart, and
// when the oldest are gone.
func TestLongChains(t *testing.T) {
	for _, heap := range []bool{true, false} {
		t.Run(fmt.Sprintf("heap %t", heap), func(t *testing.T) {
			o := small(heap)
			o.SegmentRows = 512
			s := open(t, o)
			want, end := company(t, s)
			s.Settle()
			checkCompany(t, s, want, 1)

			dir := t.TempDir()
			snapshot(t, s, dir)
			again, _, err := store.Restore(dir, o)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { again.Close() })
			checkCompany(t, again, want, 1)
			if again.Expire(storetest.Unix(end/2), storetest.Unix(0)) == 0 {
				t.Fatal("nothing expired")
			}
			checkCompany(t, again, want, 3)
		})
	}
}

// company fills a store with records of two values, one of which is in most of
// them and one in few, and returns their neighbours in the order of arrival
// and the time of the last.
func company(t *testing.T, s *store.Store) (beside map[cure.Observable][]string, end int64) {
	t.Helper()
	beside = map[cure.Observable][]string{}
	rng := rand.New(rand.NewPCG(1, 2))
	var d storetest.Builder
	for seq := range uint64(200) {
		d.Begin("cowrie/a", 1, seq+1)
		for range 20 {
			end++
			other := ip(fmt.Sprintf("198.51.%d.%d", 100+end/250, end%250))
			d.Record(cure.NewID(other.Value), cure.Marking{})
			d.Observe(seen(other, end))
			with := ip("192.0.2.1")
			if rng.IntN(40) == 0 {
				with = ip("192.0.2.2") // missing in some segments
			}
			if rng.IntN(8) > 0 {
				d.Observe(seen(with, end))
				beside[with] = append(beside[with], other.Value)
			}
		}
		if _, err := s.Apply(store.Arrival{Seq: seq + 1, Time: storetest.Unix(end)}, d.Batch(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return beside, end
}

// checkCompany wants the newest neighbours of each value, at least one in so
// many of all.
func checkCompany(t *testing.T, s *store.Store, beside map[cure.Observable][]string, share int) {
	t.Helper()
	r := s.Reader(storetest.All())
	for o, all := range beside {
		id, ok := r.Exact(o.Kind, o.AppendKey(nil))
		if !ok {
			t.Fatalf("%v is not there", o)
		}
		want := slices.Clone(all)
		slices.Reverse(want)
		ids, _ := r.Neighbours(id, 0)
		var got []string
		for _, n := range ids {
			got = append(got, string(r.AppendValue(nil, n)))
		}
		if len(got) < len(want)/share || len(got) > len(want) {
			t.Fatalf("%v has %d neighbours of %d", o, len(got), len(want))
		}
		if diff := cmp.Diff(want[:len(got)], got); diff != "" {
			t.Errorf("neighbours of %v (-want +got):\n%s", o, diff)
		}
	}
}
