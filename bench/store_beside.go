package bench

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/opencure/cure/internal/store"
)

// beside measures one reader in a closed loop (19 of 20 questions are exact
// with sights, one is a CIDR /16) while the writer writes as fast as it can,
// and how much slower that makes the writer: it writes alone before and after.
func (b *storeBench) beside(ctx context.Context, r Report) error {
	n := b.o.N / besideShare
	q, nets := b.sample(min(b.values, 1_000_000), 6), b.prefixes()
	var alone, with Latencies
	rate := func(each *Latencies) (float64, error) {
		start := time.Now()
		rows, err := b.write(ctx, n, each, always)
		return float64(rows) / time.Since(start).Seconds(), err
	}
	before, err := rate(&alone)
	if err != nil {
		return err
	}
	var stop atomic.Bool
	var reads readers
	ended := make(chan struct{})
	go func() { defer close(ended); reads.run(b.half, q, nets, &stop) }()
	during, err := rate(&with)
	stop.Store(true)
	<-ended
	if err != nil {
		return err
	}
	after, err := rate(&alone)
	if err != nil {
		return err
	}
	r.Line("reads beside the writer", "%.0f k/s", float64(reads.exact.Len()+reads.cidr.Len())/reads.took.Seconds()/1e3)
	r.Line("  exact", "%v", &reads.exact)
	r.Line("  CIDR /16", "%v", &reads.cidr)
	r.Line("  writer beside the reader", "%.2f M/s, %+.0f %% (alone %.2f before, %.2f after)",
		during/1e6, 100*(2*during/(before+after)-1), before/1e6, after/1e6)
	r.Line("  writer stall beside the reader", "%v", &with)
	return nil
}

// readers counts what a reader in a closed loop gets.
type readers struct {
	exact, cidr Latencies
	took        time.Duration
}

// run asks until it is stopped. The end of a question is the beginning of the
// next, so the clock is read once each.
func (c *readers) run(reader *store.Reader, q *store.Keys, nets []netip.Prefix, stop *atomic.Bool) {
	var sights []store.Sight
	begun := time.Now()
	last := begun
	for n := 0; !stop.Load(); n++ {
		if n%20 == 19 {
			for range reader.In(nets[n/20%len(nets)]) {
			}
			now := time.Now()
			c.cidr.Add(now.Sub(last))
			last = now
			continue
		}
		kind, key := keyOf(q, n%len(q.Kinds))
		if id, ok := reader.Exact(kind, key); ok {
			sights = reader.Sights(id, sights[:0])
		}
		now := time.Now()
		c.exact.Add(now.Sub(last))
		last = now
	}
	c.took = last.Sub(begun)
}
