package hub

import (
	"context"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"
)

// How often the hub looks after itself.
const (
	memoryEvery = 5 * time.Second
	expireEvery = time.Hour
)

// The parts of the memory budget at which something happens.
const (
	warnAt = 0.80 // said in log and status
	shedAt = 0.90 // the oldest observations go, segment by segment …
	shedTo = 0.85 // … until this much is used
)

// upkeep is what housekeeping has done.
type upkeep struct {
	turn     sync.Mutex   // held while a snapshot is written
	backup   sync.Mutex   // held while a backup is written
	memory   atomic.Value // string: "ok", "warn", "shedding", "over"
	shed     atomic.Uint64
	expired  atomic.Uint64
	snapshot atomic.Int64 // Unix nanoseconds of the last one
	snapSeq  atomic.Uint64
}

// keepHouse expires, sheds and writes snapshots until ctx ends. A failed
// snapshot is logged and tried again at the next turn: the log is the truth.
func (h *Hub) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(memoryEvery)
	defer tick.Stop()
	lastExpiry, lastSnapshot := time.Time{}, h.opts.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := h.opts.Now()
		h.watchMemory()
		if now.Sub(lastExpiry) >= expireEvery && h.Ready() {
			lastExpiry = now
			h.expireAt(now)
			h.Tidy(ctx)
		}
		if h.opts.Dir != "" && now.Sub(lastSnapshot) >= h.opts.SnapshotEvery && h.Ready() {
			lastSnapshot = now
			if h.Sequence() == h.upkeep.snapSeq.Load() {
				continue
			}
			if _, err := h.Snapshot(ctx); err != nil && ctx.Err() == nil {
				h.log.Error("snapshot failed", "err", err)
			}
		}
	}
}

// Expire drops what is older than it is kept. Run does it every hour.
func (h *Hub) Expire() { h.expireAt(h.opts.Now()) }

func (h *Hub) expireAt(now time.Time) {
	h.write.Lock()
	n := h.store.Expire(now.Add(-h.opts.KeepSegments), now.Add(-h.opts.KeepPairs))
	h.write.Unlock()
	if n > 0 {
		h.upkeep.expired.Add(uint64(n))
		h.log.Info("expired", "n", n)
	}
}

// watchMemory compares what is used with the budget. What goes first is
// declared: single observations, the oldest arrivals first. What a source
// knows of a value (first, last, count) stays.
func (h *Hub) watchMemory() {
	if h.opts.Memory <= 0 {
		return
	}
	budget := float64(h.opts.Memory)
	heap := float64(h.heap())
	used := heap + float64(h.store.Bytes())
	was, _ := h.upkeep.memory.Load().(string)
	state := "ok"
	switch {
	case used >= shedAt*budget:
		state = "shedding"
		h.write.Lock()
		n := h.store.Shed(max(shedTo-heap/budget, 0))
		h.write.Unlock()
		h.upkeep.shed.Add(uint64(n))
		if n > 0 {
			h.log.Warn("memory near its budget: oldest observations dropped", "n", n, "used", int64(used), "budget", h.opts.Memory)
			break
		}
		// The newest segment, and what sources know of values, are never
		// dropped: that much memory the hub needs.
		if state = "over"; was != state {
			h.log.Warn("memory over its budget and nothing left that may be dropped: raise memory.budget or shorten retention",
				"used", int64(used), "budget", h.opts.Memory)
		}
	case used >= warnAt*budget:
		state = "warn"
		if was != state {
			h.log.Warn("memory at 80 percent of its budget", "used", int64(used), "budget", h.opts.Memory)
		}
	}
	h.upkeep.memory.Store(state)
}

// heap returns the bytes of live objects on the Go heap. A store on the heap
// counts itself.
func (h *Hub) heap() uint64 {
	if h.opts.Heap {
		return 0
	}
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
