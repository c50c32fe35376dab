package bench

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// window asks which values at least three sources saw in the last day of the
// stream, five times. The stream is even in time over thirty days, so a
// thirtieth of it is in the window; the scope hides half of those rows, and
// they count, since they have to be looked at.
func (b *storeBench) window(ctx context.Context, r Report) error {
	inWindow := float64(b.total) / 30
	var each Latencies
	rows := 0
	for range 5 {
		rows = 0
		start := time.Now()
		for range b.half.AtLeast(3, b.last.Time.Add(-24*time.Hour), time.Time{}) {
			rows++
		}
		each.Add(time.Since(start))
	}
	r.Line(">= 3 sources in the last day", "%.1f ns an observation of %.0f in the window; %d rows in p50 %s, max %s (n=%d)",
		float64(each.At(.5))/inWindow, inWindow, rows, short(each.At(.5)), short(each.At(1)), each.Len())
	return ctx.Err()
}

const (
	pivotRows = 13_000 // cap of a result
	pivots    = 200
	maxSeeds  = 2048
)

// pivot goes two hops from values that are seen often and in company, and
// writes all it reaches as text. Results are to have 13,000 rows: it begins
// from as many values at once as that takes in a store of this size, and cuts
// what is larger.
func (b *storeBench) pivot(ctx context.Context, r Report) error {
	seeds := b.company()
	if len(seeds) == 0 {
		return cure.Errorf(cure.Internal, "no value of the store stands in company")
	}
	k := b.groupSize(seeds)
	rng := rand.New(rand.NewPCG(b.o.Seed, 5))
	group := make([]store.ID, k)
	var each Latencies
	var text []byte
	var ends []uint32
	rows, cut := 0, 0
	for each.Len() < pivots && ctx.Err() == nil {
		for i := range group {
			group[i] = seeds[rng.IntN(len(seeds))]
		}
		start := time.Now()
		p := b.half.Pivot(group, store.PivotOptions{Hops: 2, MaxValues: pivotRows})
		text, ends = b.half.AppendValues(text[:0], ends[:0], p.IDs)
		each.Add(time.Since(start))
		rows += len(p.IDs)
		if p.Cut {
			cut++
		}
	}
	r.Line("two-hop pivot with strings", "mean %s, p99 %s for %.0f rows, %.3f us a row (from %d values, n=%d, %d cut)",
		short(each.Mean()), short(each.At(.99)), float64(rows)/float64(max(each.Len(), 1)), micros(each.Sum(), rows), k, each.Len(), cut)
	return ctx.Err()
}

// groupSize returns from how many values a pivot begins to reach 13,000.
func (b *storeBench) groupSize(seeds []store.ID) int {
	k := 1
	for ; 2*k <= min(len(seeds), maxSeeds); k *= 2 {
		if b.half.Pivot(seeds[:k], store.PivotOptions{Hops: 2, MaxValues: pivotRows}).Cut {
			break
		}
	}
	return k
}

// company returns values with neighbours, drawn from the fiftieth part of the
// values that come back most, each once.
func (b *storeBench) company() []store.ID {
	var q store.Keys
	storetest.Sample(&q, max(b.values/50, 1000), 40_000, b.seed(5))
	var seeds []store.ID
	seen := map[store.ID]bool{store.NoID: true}
	for _, id := range b.half.Batch(&q, nil) {
		if seen[id] {
			continue
		}
		seen[id] = true
		if near, _ := b.half.Neighbours(id, 3); len(near) > 2 {
			seeds = append(seeds, id)
		}
	}
	return seeds
}
