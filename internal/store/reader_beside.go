package store

import (
	"time"

	"github.com/opencure/cure"
)

// Companion is a value that stands in one record with another, in its role
// there.
type Companion struct {
	ID   ID
	Role cure.Role
}

// Beside visits the visible observations of a value that share a record with
// others, newest arrival first, as far as their event time touches [from, to]
// (a zero to: no end), each with the others, which belong to the visit. visit
// ends it by returning false. cut: more than a million rows were there. One or
// two cache misses a row.
func (r *Reader) Beside(id ID, from, to time.Time, visit func(s Sighting, others []Companion) bool) (cut bool) {
	defer r.s.epochs.enter().exit()
	lo, hi := window(from, to)
	v := r.view()
	rec, ok := v.see(id)
	if !ok {
		return false
	}
	_, head := rec.heads()
	i := indexOf(id)
	c := chain{s: r.s, at: pos(head), ref: r.s.ahead()}
	var others []Companion
	for walked := 0; c.next(i); walked++ {
		if walked == maxWalk {
			return true
		}
		s, ok := v.sighting(c.seg, c.no, lo, hi)
		if !ok {
			continue
		}
		others = others[:0]
		start, end := c.seg.record(c.no)
		for k := start; k < end; k++ {
			n := c.seg.row(k)
			if where, what := n.load(); n.value != i && what&rowDead == 0 && v.sees(CellID(where)) {
				others = append(others, Companion{idOf(n.value), cure.Role(what >> 4 & 15)})
			}
		}
		if !visit(s, others) {
			return false
		}
	}
	return false
}
