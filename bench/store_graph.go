package bench

import (
	"context"
	"time"

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
	pivotRows  = 13_000 // cap of a result
	pivotLeast = 9_000  // results smaller than this are counted apart
	pivotSeeds = 300    // large results wanted
	pivotTime  = 20 * time.Second
)

// pivot goes two hops from values that stand in company, and writes all it
// reaches as text. Results are cut at 13,000 rows; the mean is over those of
// at least 9,000, the others are shown by the row.
func (b *storeBench) pivot(ctx context.Context, r Report) error {
	var large, small Latencies
	var largeRows, smallRows, cut int
	var text []byte
	begun := time.Now()
	for _, seed := range b.company() {
		if ctx.Err() != nil || large.Len() == pivotSeeds || time.Since(begun) > pivotTime {
			break
		}
		text = text[:0]
		start := time.Now()
		p := b.half.Pivot([]store.ID{seed}, store.PivotOptions{Hops: 2, MaxValues: pivotRows})
		for _, id := range p.IDs {
			text = b.half.AppendValue(text, id)
		}
		took := time.Since(start)
		if len(p.IDs) < pivotLeast {
			small.Add(took)
			smallRows += len(p.IDs)
			continue
		}
		large.Add(took)
		largeRows += len(p.IDs)
		if p.Cut {
			cut++
		}
	}
	r.Line("two-hop pivot with strings, large results", "mean %s, p99 %s for %.0f rows, %.3f us a row (n=%d, %d cut)",
		short(large.Mean()), short(large.At(.99)), float64(largeRows)/float64(max(large.Len(), 1)),
		micros(large.Sum(), largeRows), large.Len(), cut)
	r.Line("  smaller results", "mean %s for %.0f rows, %.3f us a row (n=%d)",
		short(small.Mean()), float64(smallRows)/float64(max(small.Len(), 1)), micros(small.Sum(), smallRows), small.Len())
	return ctx.Err()
}

// company returns sampled values with neighbours, from the twentieth part of
// the values that come back most.
func (b *storeBench) company() []store.ID {
	var q store.Keys
	storetest.Sample(&q, max(b.values/20, 1), 20_000, b.seed(5))
	var seeds []store.ID
	for _, id := range b.half.Batch(&q, nil) {
		if id == store.NoID {
			continue
		}
		if near, _ := b.half.Neighbours(id, 3); len(near) > 2 {
			seeds = append(seeds, id)
		}
	}
	return seeds
}
