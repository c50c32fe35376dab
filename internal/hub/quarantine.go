package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// The limits of the quarantine. What is longer is cut: a bad record is kept to
// be looked at, not to be read again.
const (
	MaxBadRaw    = 4 << 10
	maxBadText   = 1 << 10
	maxBadID     = 64
	maxBadBatch  = 64   // records of one message
	maxBadListed = 4096 // messages of one source that can be listed
)

// ward counts and lists what is in the quarantine.
type ward struct {
	write sync.Mutex // held while records go to the quarantine, so that none goes twice
	at    *progress  // how far it was read
	mu    sync.RWMutex
	known map[badKey]struct{} // of the newest records with an ID
	order []badKey            // a ring of them, once it is full
	next  int
	count map[cure.Source]uint64
	seqs  map[cure.Source][]uint64 // newest last
}

// badKey names a record of the quarantine.
type badKey struct {
	source cure.Source
	id     string
}

// maxBadKnown bounds the IDs that are remembered, about 150 bytes each. A
// publisher sends again what it sent since its last batch, a few hundred.
const maxBadKnown = 1 << 16

func newWard() *ward {
	return &ward{at: newProgress(0), known: map[badKey]struct{}{}, count: map[cure.Source]uint64{}, seqs: map[cure.Source][]uint64{}}
}

// Quarantine keeps raw records that could not be read, those with an ID once.
// The oldest go when the quarantine is full or they are old.
func (h *Hub) Quarantine(ctx context.Context, src cure.Source, bad []BadRecord) error {
	if err := src.Check(); err != nil {
		return err
	}
	h.ward.write.Lock()
	defer h.ward.write.Unlock()
	bad, err := h.unknown(ctx, src, bad)
	if err != nil {
		return fmt.Errorf("quarantine records: %w", err)
	}
	for len(bad) > 0 {
		part := append([]BadRecord(nil), bad[:min(len(bad), maxBadBatch)]...)
		bad = bad[len(part):]
		for i := range part {
			b := &part[i]
			if err := b.Marking.Check(); err != nil {
				return err
			}
			b.Source, b.Marking = src, h.opts.Policy.lifted(src, b.Marking)
			b.Place, b.Reason = cut(b.Place, maxBadText), cut(b.Reason, maxBadText)
			b.Raw = b.Raw[:min(len(b.Raw), MaxBadRaw)]
			if b.Time.IsZero() {
				b.Time = h.opts.Now().UTC()
			}
		}
		text, err := json.Marshal(part)
		if err != nil {
			return fmt.Errorf("quarantine records: %w", err)
		}
		if _, err := h.bad.Append(ctx, "quarantine."+strings.TrimPrefix(src.Subject(), "obs."), "", text); err != nil {
			return fmt.Errorf("quarantine records: %w", err)
		}
	}
	return h.trimQuarantine(ctx)
}

// unknown returns the records that are not in the quarantine, so far as they
// have IDs. It waits until all that is in it was read: a hub that was started
// anew knows nothing before.
func (h *Hub) unknown(ctx context.Context, src cure.Source, bad []BadRecord) (fresh []BadRecord, err error) {
	info, err := h.bad.Info(ctx)
	if err == nil && info.First <= info.Last {
		err = h.ward.at.wait(ctx, info.Last)
	}
	if err != nil {
		return nil, err
	}
	h.ward.mu.RLock()
	defer h.ward.mu.RUnlock()
	here := map[string]bool{}
	for i := range bad {
		id := cut(bad[i].ID, maxBadID)
		if _, ok := h.ward.known[badKey{src, id}]; id != "" && (ok || here[id]) {
			continue
		}
		here[id] = true
		b := bad[i]
		b.ID = id
		fresh = append(fresh, b)
	}
	return fresh, nil
}

func (p *Policy) lifted(src cure.Source, m cure.Marking) cure.Marking {
	if p.Floor == nil {
		return m
	}
	return lift(m, p.Floor(src))
}

// trimQuarantine drops the oldest quarter when there is too much.
func (h *Hub) trimQuarantine(ctx context.Context) error {
	info, err := h.bad.Info(ctx)
	if err != nil || info.Bytes <= uint64(h.opts.QuarantineMax) {
		return err
	}
	return h.bad.TruncateBefore(ctx, info.First+(info.Last-info.First)/4+1)
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// follow counts what comes into the quarantine until ctx ends.
func (w *ward) follow(ctx context.Context, s log.Stream) error {
	return s.Consume(ctx, 1, func(m log.Message) error {
		defer w.at.step(m.Seq)
		src, err := cure.SourceOfSubject("obs." + strings.TrimPrefix(m.Subject, "quarantine."))
		if err != nil {
			return nil
		}
		var bad []struct {
			ID string `json:"id"`
		}
		if json.Unmarshal(m.Data, &bad) != nil {
			return nil
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.count[src] += uint64(len(bad))
		for i := range bad {
			w.learn(badKey{src, bad[i].ID})
		}
		seqs := append(w.seqs[src], m.Seq)
		w.seqs[src] = seqs[max(0, len(seqs)-maxBadListed):]
		return nil
	})
}

// learn remembers a record; the lock is held.
func (w *ward) learn(k badKey) {
	if _, ok := w.known[k]; ok || k.id == "" {
		return
	}
	if len(w.order) < maxBadKnown {
		w.order = append(w.order, k)
	} else {
		delete(w.known, w.order[w.next])
		w.order[w.next] = k
		w.next = (w.next + 1) % maxBadKnown
	}
	w.known[k] = struct{}{}
}

func (w *ward) of(src cure.Source) uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.count[src]
}

// list returns the messages of a source, of all for "", oldest first.
func (w *ward) list(src cure.Source) []uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if src != "" {
		return append([]uint64(nil), w.seqs[src]...)
	}
	var all []uint64
	for _, seqs := range w.seqs {
		all = append(all, seqs...)
	}
	slices.Sort(all)
	return all
}

// Quarantined returns the bad records of a source ("": of all) that the scope
// sees, newest first.
func (h *Hub) Quarantined(ctx context.Context, sc cure.Scope, src cure.Source, c Cursor) ([]BadRecord, error) {
	c = c.clip()
	seqs := h.ward.list(src)
	var all []BadRecord
	for i := len(seqs) - 1; i >= 0 && len(all) < c.Limit+c.Skip; i-- {
		m, err := h.bad.Read(ctx, seqs[i])
		if cure.KindOf(err) == cure.NotFound {
			break // expired
		}
		var bad []BadRecord
		if err == nil {
			err = json.Unmarshal(m.Data, &bad)
		}
		if err != nil {
			return nil, fmt.Errorf("read quarantine: %w", err)
		}
		for j := len(bad) - 1; j >= 0; j-- {
			b := bad[j]
			b.Marking = b.Marking.Or(h.store.Default(b.Source)).Or(Strict)
			if sc.Sees(b.Source, b.Marking) {
				all = append(all, b)
			}
		}
	}
	all = all[min(c.Skip, len(all)):]
	return all[:min(c.Limit, len(all))], nil
}
