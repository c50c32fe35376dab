package log

import (
	"context"
	"sync"
)

// window bounds the appends in flight of one Appender and hands out their
// results in the order of submission. It has a goroutine only while something
// is in flight.
type window struct {
	life  *life
	slots chan struct{} // one element per append in flight

	mu      sync.Mutex // held from send to queue, so that both have one order
	queue   []flight
	running bool
}

// flight is an append that was sent. wait returns when its fate is known or
// the backend has ended.
type flight struct {
	wait func() (uint64, error)
	done func(uint64, error)
}

func newWindow(l *life) *window {
	return &window{life: l, slots: make(chan struct{}, Window)}
}

// submit waits for a free slot, calls send, and has done called with what the
// function returned by send returns. If submit fails, done is not called.
func (w *window) submit(ctx context.Context, send func() (func() (uint64, error), error), done func(uint64, error)) error {
	if err := ctx.Err(); err != nil {
		return failed("append", err)
	}
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return failed("append", ctx.Err())
	case <-w.life.done:
		return errClosed
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	wait, err := send()
	if err == nil && !w.running {
		if err = w.life.start(w.collect); err == nil {
			w.running = true
		}
	}
	if err != nil {
		<-w.slots
		return err
	}
	w.queue = append(w.queue, flight{wait, done})
	return nil
}

// collect hands out results until nothing is in flight. Each result frees its
// slot after done, so done is part of the back-pressure.
func (w *window) collect() {
	for {
		w.mu.Lock()
		if len(w.queue) == 0 {
			w.queue, w.running = nil, false
			w.mu.Unlock()
			return
		}
		f := w.queue[0]
		w.queue[0] = flight{}
		w.queue = w.queue[1:]
		w.mu.Unlock()
		f.done(f.wait())
		<-w.slots
	}
}
