package bench

import (
	"context"
	"sync"
	"time"
)

// latencyBatch is the number of observations of a generated batch.
const latencyBatch = 500

// Latency sends records at a steady rate to a hub in a process of its own and
// measures how long after its acknowledgement a batch can be found. Batches
// leave on schedule, whatever became of those before, so a hub that stalls
// does not slow its own measurement down.
func Latency(ctx context.Context, r Report, parent string, rate, seconds int, seed uint64) error {
	r.Head("acknowledged to searchable at %d observations a second for %d s, seed %d", rate, seconds, seed)
	s, stop, err := startUnlimited(ctx, parent)
	if err != nil {
		return err
	}
	defer stop()
	load := newLoader(s.Client, rate*seconds, seed)
	p := pace{l: load, interval: time.Second * latencyBatch / time.Duration(max(rate, 1))}
	if err := p.prepare(ctx); err != nil {
		_ = load.close()
		return err
	}
	before := s.usage().CPU
	if err := p.run(ctx); err != nil {
		return err
	}
	r.Line("sent", "%.0f observations a second, %.0f records a second, %d batches, latest %s behind schedule",
		float64(p.rows)/p.took.Seconds(), float64(p.records)/p.took.Seconds(), len(p.batches), short(p.late))
	r.Line("due to acknowledged (fsync)", "%v", &p.durable)
	r.Line("acknowledged to searchable", "%v", &p.found)
	r.Line("due to searchable", "%v", &p.whole)
	r.Line("processor of the hub", "%.0f %% of one", 100*(s.usage().CPU-before).Seconds()/p.took.Seconds())
	return nil
}

// pace sends encoded batches on schedule.
type pace struct {
	l             *loader
	interval      time.Duration
	batches       []paced
	rows, records int

	mu                    sync.Mutex
	durable, found, whole Latencies
	err                   error
	late, took            time.Duration
}

type paced struct {
	ln      *loadLane
	payload []byte
}

// prepare encodes everything before the clock starts.
func (p *pace) prepare(ctx context.Context) error {
	for {
		ln, payload, records, rows, err := p.l.next(ctx)
		if err != nil || payload == nil {
			return err
		}
		p.batches = append(p.batches, paced{ln, payload})
		p.records, p.rows = p.records+records, p.rows+rows
	}
}

// run sends and waits until all is applied.
func (p *pace) run(ctx context.Context) error {
	var waiting sync.WaitGroup
	start := time.Now()
	for i, b := range p.batches {
		due := start.Add(time.Duration(i) * p.interval)
		if wait(ctx, time.Until(due)) != nil {
			break
		}
		p.late = max(p.late, time.Since(due))
		waiting.Add(1)
		err := b.ln.sender.Send(ctx, b.payload, func(seq uint64, err error) {
			acked := time.Now()
			p.l.acknowledged(seq, err)
			go func() { defer waiting.Done(); p.applied(ctx, due, acked, seq, err) }()
		})
		if err != nil {
			waiting.Done()
			break
		}
	}
	p.took = time.Since(start)
	err := p.l.close()
	waiting.Wait()
	if err == nil {
		err = p.err
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// applied waits until an acknowledged batch can be found.
func (p *pace) applied(ctx context.Context, due, acked time.Time, seq uint64, err error) {
	if err == nil {
		err = p.l.c.Applied(ctx, seq)
	}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.err = err
		return
	}
	p.durable.Add(acked.Sub(due))
	p.found.Add(now.Sub(acked))
	p.whole.Add(now.Sub(due))
}
