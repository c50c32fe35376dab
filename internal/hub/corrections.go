package hub

import (
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// corrections tell who keeps something of its own about a source that what the
// source said was changed: deleted, or put under another marking. They are
// numbered since the hub began, in the order in which they were applied. The
// zero value is none.
type corrections struct {
	mu   sync.RWMutex
	last uint64
	of   map[cure.Source]uint64 // number of a source's last one
}

// note counts the corrections of a batch; writer only.
func (c *corrections) note(b *wire.Batch) {
	for i := range b.Controls {
		if op := b.Controls[i].Item.Op; op != cure.OpDelete && op != cure.OpRegrade {
			continue
		}
		c.mu.Lock()
		if c.of == nil {
			c.of = map[cure.Source]uint64{}
		}
		c.last++
		c.of[b.Source] = c.last
		c.mu.Unlock()
	}
}

// Corrected returns the number of the last correction of a source, 0 for none
// since the hub began. Whoever read the source when [Bench.Corrections] had
// reached that number knows of it.
func (h *Hub) Corrected(src cure.Source) uint64 {
	h.corrected.mu.RLock()
	defer h.corrected.mu.RUnlock()
	return h.corrected.of[src]
}

// Corrections returns how many corrections were applied since the hub began.
func (b *Bench) Corrections() uint64 {
	c := &b.hub.corrected
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.last
}

// Corrected returns the number of the last correction of a source.
func (b *Bench) Corrected(src cure.Source) uint64 { return b.hub.Corrected(src) }
