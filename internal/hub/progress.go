package hub

import (
	"context"
	"sync"
)

// progress is how far the log is applied, and who waits for it.
type progress struct {
	mu     sync.Mutex
	seq    uint64
	goal   uint64        // ready once seq gets there
	open   bool          // goal is known
	moved  chan struct{} // closed at the next step, nil when nobody waits
	failed error         // Run ended: nothing will move any more
}

func newProgress(seq uint64) *progress { return &progress{seq: seq} }

func (p *progress) at() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seq
}

func (p *progress) ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.isReady()
}

func (p *progress) isReady() bool { return p.open && p.seq >= p.goal }

// start says where the log ended when reading began.
func (p *progress) start(goal uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.goal, p.open, p.failed = goal, true, nil
	p.wake()
}

// step moves to seq.
func (p *progress) step(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seq = max(p.seq, seq)
	p.wake()
}

// end fails all waits, with why.
func (p *progress) end(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = why
	p.wake()
}

func (p *progress) wake() {
	if p.moved != nil {
		close(p.moved)
		p.moved = nil
	}
}

// wait returns when seq is applied.
func (p *progress) wait(ctx context.Context, seq uint64) error {
	return p.until(ctx, func() bool { return p.seq >= seq })
}

// waitReady returns when the hub has caught up.
func (p *progress) waitReady(ctx context.Context) error { return p.until(ctx, p.isReady) }

func (p *progress) until(ctx context.Context, done func() bool) error {
	for {
		p.mu.Lock()
		ok, failed := done(), p.failed
		if p.moved == nil {
			p.moved = make(chan struct{})
		}
		moved := p.moved
		p.mu.Unlock()
		if ok {
			return nil
		}
		if failed != nil {
			return failed
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
