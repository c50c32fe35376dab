package hub

import (
	"context"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// PortRecords opens the records of a publisher that hold a port in [From, To],
// as far as the scope sees them, until each returns false: newest arrival
// first, at most Most of them. cut is true where there were more. It is for
// pictures of what one port saw. Cost: a walk of the port's rows in the time,
// and the decoding of each batch with one of them, once.
func (h *Hub) PortRecords(ctx context.Context, sc cure.Scope, q PortQuery, each func(*Opened) bool) (cut bool, err error) {
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	l := h.look(sc)
	defer l.done(ctx, "records of "+q.Port.Value)
	id, ok := l.find(q.Port)
	if !ok {
		return false, nil
	}
	var locs []store.Locator
	for s := range l.r.PortTime(id, q.From, q.To) {
		if isOf(l.cell(s.Cell).Source, q.Publisher) {
			if len(locs) == q.Most {
				cut = true
				break
			}
			locs = append(locs, s.Loc)
		}
	}
	e := every{ctx: ctx}
	chunks := map[uint64]*chunk{} // of the batches, those used last
	for _, loc := range locs {
		if err := e.err(); err != nil {
			return cut, err
		}
		c := chunks[loc.Seq]
		if c == nil {
			if c, _, err = h.past(ctx, loc.Seq); err != nil {
				return cut, err
			}
			if len(chunks) >= oldChunks {
				clear(chunks)
			}
			chunks[loc.Seq] = c
		}
		if c == nil || int(loc.Record) >= len(c.open(h.opener)) {
			continue
		}
		if o, ok := l.opened(c, int(loc.Record), false); ok && !each(&o) {
			return cut, nil
		}
	}
	return cut, nil
}

// PortQuery says which records of a port are wanted.
type PortQuery struct {
	Port      cure.Observable
	Publisher string
	From, To  time.Time
	Most      int
}
