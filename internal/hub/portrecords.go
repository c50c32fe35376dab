package hub

import (
	"context"
	"slices"
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
	return cut, l.openEach(ctx, locs, each)
}

// openEach opens the records at some places, as far as the scope sees them,
// until each returns false.
func (l *look) openEach(ctx context.Context, locs []store.Locator, each func(*Opened) bool) error {
	e := every{ctx: ctx}
	chunks := map[uint64]*chunk{} // of the batches, those used last
	for _, loc := range locs {
		if err := e.err(); err != nil {
			return err
		}
		c := chunks[loc.Seq]
		if c == nil {
			var err error
			if c, _, err = l.hub.past(ctx, loc.Seq); err != nil {
				return err
			}
			if len(chunks) >= oldChunks {
				clear(chunks)
			}
			chunks[loc.Seq] = c
		}
		if c == nil || int(loc.Record) >= len(c.open(l.hub.opener)) {
			continue
		}
		if o, ok := l.opened(c, int(loc.Record), false); ok && !each(&o) {
			return nil
		}
	}
	return nil
}

// ValueRecords opens the records of a publisher that hold a value, as far as
// the scope sees them, until each returns false: newest arrival first, at most
// so many. cut is true where there were more. A record that came in parts is
// given in parts. Cost: a walk of the value's rows, and the decoding of each
// batch with one of them, once.
func (h *Hub) ValueRecords(ctx context.Context, sc cure.Scope, o cure.Observable, publisher string, most int, each func(*Opened) bool) (cut bool, err error) {
	l := h.look(sc)
	defer l.done(ctx, "records of "+o.Value)
	id, ok := l.find(o)
	if !ok {
		return false, nil
	}
	var locs []store.Locator
	e := every{ctx: ctx}
	for s := range l.r.Timeline(id, time.Time{}, maxTime) {
		if err := e.err(); err != nil {
			return cut, err
		}
		if l.cell(s.Cell).Source.Publisher() != publisher || slices.Contains(locs, s.Loc) {
			continue
		}
		if cut = len(locs) == most; cut {
			break
		}
		locs = append(locs, s.Loc)
	}
	return cut, l.openEach(ctx, locs, each)
}

// PortQuery says which records of a port are wanted.
type PortQuery struct {
	Port      cure.Observable
	Publisher string
	From, To  time.Time
	Most      int
}
