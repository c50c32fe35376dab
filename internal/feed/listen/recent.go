package listen

import (
	"context"
	"errors"
	"sync"
)

// maxRecent bounds the names of pushes that are remembered.
const maxRecent = 1 << 16

// recent remembers the names of pushes, so that one sent again counts once:
// the newest 65,536, over a restart those still in the spool. Safe for
// concurrent use.
type recent struct {
	mu    sync.Mutex
	known map[string]struct{}
	order []string
	busy  map[string]bool // being kept
}

func newRecent() *recent { return &recent{known: map[string]struct{}{}, busy: map[string]bool{}} }

func (r *recent) has(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.known[key]
	return ok
}

// begin takes a name for a push that is being kept, false when another one is.
func (r *recent) begin(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if key == "" {
		return true
	}
	if r.busy[key] {
		return false
	}
	r.busy[key] = true
	return true
}

// end gives the name back.
func (r *recent) end(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, key)
}

func (r *recent) add(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.known[key]; ok || key == "" {
		return
	}
	if len(r.order) == maxRecent {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
	r.known[key] = struct{}{}
	r.order = append(r.order, key)
}

// recall reads the names that the spool still holds.
func (t *Intake) recall() error {
	last := t.spool.Stats().Last
	if t.spool.Stats().First > last {
		return nil
	}
	all := errors.New("read all")
	err := t.spool.Consume(context.Background(), 0, func(n uint64, data []byte) error {
		if key, _, err := decode(data); err == nil {
			t.keys.add(key)
		}
		if n >= last {
			return all
		}
		return nil
	})
	if errors.Is(err, all) {
		return nil
	}
	return err
}
