package bench

import (
	"context"
	"time"

	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

const (
	exactSamples = 60_000
	batchSize    = 1_000
	batches      = 60 // of each kind
)

// exact asks for one value after the other. A hit includes what each visible
// cell knows (sources, first, last, count); hidden values exist, but not for
// the scope.
func (b *storeBench) exact(_ context.Context, r Report) error {
	var absent store.Keys // numbers far behind the last value: nearly all miss
	storetest.Sample(&absent, b.values*1000, exactSamples, b.seed(2))
	var hit, hidden, miss, rest Latencies
	b.ask(b.sample(exactSamples, 1), &hit, &hidden)
	b.ask(&absent, &rest, &miss)
	r.Line("exact, in process: hit with its sights", "%v", &hit)
	r.Line("  hidden by the scope", "%v", &hidden)
	r.Line("  miss", "%v", &miss)
	r.Line("  of which the clock", "%v a question", clockCost())
	return nil
}

func (b *storeBench) ask(q *store.Keys, hit, miss *Latencies) {
	var sights []store.Sight
	for i := range q.Kinds {
		kind, key := keyOf(q, i)
		start := time.Now()
		id, ok := b.half.Exact(kind, key)
		if ok {
			sights = b.half.Sights(id, sights[:0])
			hit.Add(time.Since(start))
		} else {
			miss.Add(time.Since(start))
		}
	}
}

// batch asks for a thousand values at once: which are known, and then also
// what is known of them.
func (b *storeBench) batch(_ context.Context, r Report) error {
	var ids []store.ID
	var sights []store.Sight
	var plain, full Latencies
	hits := 0
	for i := range batches {
		q := b.sample(batchSize, 100+uint64(i))
		start := time.Now()
		ids = b.half.Batch(q, ids[:0])
		plain.Add(time.Since(start))

		q = b.sample(batchSize, 200+uint64(i))
		start = time.Now()
		ids = b.half.Batch(q, ids[:0])
		for _, id := range ids {
			if id != store.NoID {
				sights = b.half.Sights(id, sights[:0])
				hits++
			}
		}
		full.Add(time.Since(start))
	}
	r.Line("exact, batch of 1,000: ids", "p50 %.3f us a value, p99 %.3f (n=%d)",
		micros(plain.At(.5), batchSize), micros(plain.At(.99), batchSize), plain.Len())
	r.Line("  with the sights of each hit", "p50 %.3f us a value, p99 %.3f (%.0f %% hits)",
		micros(full.At(.5), batchSize), micros(full.At(.99), batchSize), 100*float64(hits)/batches/batchSize)
	return nil
}
