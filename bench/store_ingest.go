package bench

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/opencure/cure/internal/store/storetest"
)

// memorySteps is how often the memory is read during the ingest.
const memorySteps = 50

// ingest fills the store with N observations from one goroutine, with links
// noticed and a pass of expiry running beside the second half. The memory is
// what /proc says of this process, less what it was before.
func (b *storeBench) ingest(ctx context.Context, r Report) error {
	perRow := generatorCost(b.o)
	debug.FreeOSMemory()
	before, err := Self()
	if err != nil {
		return err
	}
	b.before = before.Resident
	var each Latencies
	var worst float64 // bytes an observation, from a tenth of the stream on
	expired := make(chan struct{})
	page := PageCost()
	start, cpu, system := time.Now(), SelfCPU(), SystemCPU()
	for i := range memorySteps {
		if i == memorySteps/2 {
			go func() { b.s.Expire(storetest.Unix(0), storetest.Unix(0)); close(expired) }()
		}
		n := b.o.N*(i+1)/memorySteps - b.rows
		if _, err := b.write(ctx, n, &each, always); err != nil {
			if i >= memorySteps/2 {
				<-expired
			}
			return err
		}
		u, err := Self()
		if i*10 >= memorySteps && err == nil {
			worst = max(worst, float64(u.Resident-before.Resident)/float64(b.rows))
		}
	}
	<-expired
	wall, used, system := time.Since(start), SelfCPU()-cpu, SystemCPU()-system
	b.values = b.stream.Values()
	made := time.Duration(float64(b.rows) * perRow)
	n := float64(b.rows)
	r.Line("ingest", "%.2f M/s a CPU second, %.2f M/s inside Apply", n/(used-made).Seconds()/1e6, n/each.Sum().Seconds()/1e6)
	r.Line("  processor, wall", "%s (less %s for making the stream), %s", short(used-made), short(made), short(wall))
	r.Line("  of the processor the system's", "%s; without it %.2f M/s (a huge page costs %s when it is first touched)",
		short(system), n/(used-made-system).Seconds()/1e6, short(page))
	r.Line("  writer stall, a batch of 500", "%v", &each)
	return errors.Join(b.settle(ctx, r), b.memory(r, before, worst))
}

// memory prints what an observation occupies.
func (b *storeBench) memory(r Report, before Usage, worst float64) error {
	end, err := Self()
	if err != nil {
		return err
	}
	debug.FreeOSMemory()
	freed, err := Self()
	if err != nil {
		return err
	}
	n := float64(b.rows)
	r.Line("resident bytes an observation", "end %.1f, peak %.1f, worst on the way %.1f", float64(end.Resident-before.Resident)/n,
		float64(end.Peak-before.Resident)/n, worst)
	r.Line("  with the free heap given back", "%.1f (arenas %.1f); %.1f a value", float64(freed.Resident-before.Resident)/n,
		float64(b.s.Bytes())/n, float64(freed.Resident-before.Resident)/float64(b.values))
	all, half := b.s.Reader(storetest.All()).Stats(), b.half.Stats()
	r.Line("  values, pairs, links, segments", "%d, %d, %d, %d", b.values, all.Pairs, b.noted.linked, all.Segments)
	r.Line("  seen by the scope of the questions", "%.0f %% of the observations", 100*float64(half.Observations)/float64(all.Observations))
	return nil
}

// settle waits for the work that the store does behind the writer and prints
// what it cost.
func (b *storeBench) settle(ctx context.Context, r Report) error {
	const tick = 100 * time.Millisecond
	first := SelfCPU()
	for range 300 {
		before := SelfCPU()
		if err := wait(ctx, tick); err != nil {
			return err
		}
		if SelfCPU()-before < tick/20 {
			break
		}
	}
	r.Line("  processor after the last batch", "%s (merges behind the writer)", short(SelfCPU()-first))
	return nil
}

// generatorCost returns the nanoseconds that a row of the stream takes.
func generatorCost(o StoreOptions) float64 {
	n := min(o.N, 2_000_000)
	s := storetest.NewStream(n, o.Seed)
	start := SelfCPU()
	for {
		if _, b := s.Next(); b == nil {
			return float64(SelfCPU()-start) / float64(n)
		}
	}
}

// wait sleeps, shorter when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
