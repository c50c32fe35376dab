package store

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// epochs tells when memory taken out of sight can be given back: two epochs
// after no reader that could have seen it is left (Fraser, "Practical
// lock-freedom", 2004). A reader enters and leaves with one atomic add each,
// on one of several counters chosen by its stack, and never waits.
type epochs struct {
	now     atomic.Uint64
	stripes [64]struct {
		in [2]atomic.Int64 // readers inside, by parity of their epoch
		_  [48]byte
	}
	mu      sync.Mutex
	retired []retirement
	waiting atomic.Bool
}

type retirement struct {
	epoch  uint64
	free   func()
	writer bool // only the writer may run it
}

// guard is what a reader holds between enter and exit.
type guard struct{ in *atomic.Int64 }

func (e *epochs) enter() guard {
	var here byte
	// Stacks are apart, so neighbours rarely share a counter.
	s := uintptr(unsafe.Pointer(&here)) >> 11 % uintptr(len(e.stripes))
	in := &e.stripes[s].in[e.now.Load()&1]
	in.Add(1)
	return guard{in}
}

func (g guard) exit() { g.in.Add(-1) }

// retire calls free, on the janitor's goroutine, when no reader can hold what was just
// unlinked; recycle does so on the writer's goroutine.
func (e *epochs) retire(free func())  { e.add(retirement{free: free}) }
func (e *epochs) recycle(free func()) { e.add(retirement{free: free, writer: true}) }

func (e *epochs) add(r retirement) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.epoch = e.now.Load()
	e.retired = append(e.retired, r)
	e.waiting.Store(true)
}

// collect moves the epoch on if it can, and frees what has become free: for
// the writer what recycle brought, for others what retire did, which may take
// milliseconds. It reports whether something is still waiting.
func (e *epochs) collect(writer bool) (more bool) {
	if !e.waiting.Load() {
		return false
	}
	e.mu.Lock()
	now := e.now.Load()
	if e.quiet((now + 1) & 1) {
		now = e.now.Add(1)
	}
	var due []retirement
	keep := e.retired[:0]
	for _, r := range e.retired {
		if r.epoch+2 <= now && writer == r.writer {
			due = append(due, r)
		} else {
			keep = append(keep, r)
		}
	}
	clear(e.retired[len(keep):])
	e.retired = keep
	e.waiting.Store(len(keep) > 0)
	e.mu.Unlock()
	for _, r := range due {
		r.free()
	}
	return len(keep) > 0
}

// quiet reports whether no reader of that parity is inside.
func (e *epochs) quiet(parity uint64) bool {
	for i := range e.stripes {
		if e.stripes[i].in[parity].Load() != 0 {
			return false
		}
	}
	return true
}
