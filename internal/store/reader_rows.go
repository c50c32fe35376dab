package store

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/opencure/cure"
)

// chain walks the rows of one value in one of its two chains, newest first.
// Rows that are not published yet are passed over.
type chain struct {
	s   *Store
	at  pos
	age uint32 // distance to a place ahead of all rows; grows along the chain
	ref uint32

	here pos // where it stands
	seg  *segment
	no   uint32
	row  *row
}

// ahead is a place newer than any row that can be seen from now on in a call.
func (s *Store) ahead() uint32 { return s.head.Load() + 4*segmentRows }

// next moves to the next row; false at the end.
func (c *chain) next(value uint32) bool {
	for c.at != 0 {
		age := c.ref - uint32(c.at)
		seg := c.s.segments[c.at.segment()].Load()
		if seg == nil || age <= c.age {
			break // dropped, or its number is in use again
		}
		c.age = age
		r := seg.row(c.at.row())
		here := c.at
		if here.row() >= seg.n.Load() {
			// Seen through the value's head before its batch is published: the
			// row is complete, but its batch is not.
			c.at = r.prev
			continue
		}
		if r.value != value {
			break
		}
		c.here, c.seg, c.no, c.row, c.at = here, seg, here.row(), r, r.prev
		return true
	}
	c.at = 0
	return false
}

// window turns event times into the store's clock; a zero to means no end.
func window(from, to time.Time) (lo, hi uint32) {
	if to.IsZero() {
		return seconds(from), math.MaxUint32
	}
	return seconds(from), seconds(to)
}

// Timeline yields the visible observations of a value, newest arrival first,
// whose event time touches [from, to]; a zero time is no bound. One cache miss
// a row, those outside the window included.
func (r *Reader) Timeline(id ID, from, to time.Time) iter.Seq[Sighting] {
	lo, hi := window(from, to)
	return func(yield func(Sighting) bool) {
		defer r.s.epochs.enter().exit()
		v := r.view()
		rec, ok := v.see(id)
		if !ok {
			return
		}
		alone, company := rec.heads()
		ref := r.s.ahead()
		i := indexOf(id)
		a := chain{s: r.s, at: pos(alone), ref: ref}
		b := chain{s: r.s, at: pos(company), ref: ref}
		moreA, moreB := a.next(i), b.next(i)
		for moreA || moreB {
			c, more := &a, &moreA
			if !moreA || moreB && b.age < a.age {
				c, more = &b, &moreB
			}
			if sg, ok := v.sighting(c.seg, c.no, lo, hi); ok && !yield(sg) {
				return
			}
			*more = c.next(i)
		}
	}
}

// sighting reads a row; false when it is dead, not visible or outside [lo, hi].
func (v *view) sighting(g *segment, i, lo, hi uint32) (Sighting, bool) {
	r := g.row(i)
	where, what := r.load()
	if what&rowDead != 0 || !v.sees(CellID(where)) {
		return Sighting{}, false
	}
	first, last, count := g.span(i, r, what)
	if first > hi || last < lo {
		return Sighting{}, false
	}
	return Sighting{
		Cell: CellID(where), Role: cure.Role(what >> 4 & 15), State: cure.State(what >> 2 & 3),
		First: first, Last: last, Count: count,
		Loc: Locator{Seq: g.batchOf(i).seq, Record: uint16(where >> 16)},
	}, true
}

// Record returns where the visible parts of a record are written, in stream
// order. It goes by 42 bits of the ID's hash, so once in a long while there is a
// place too many: who opens the record compares the whole ID. One or two cache
// misses a segment.
func (r *Reader) Record(id cure.ID) []Locator {
	defer r.s.epochs.enter().exit()
	if id.IsZero() {
		return nil
	}
	v := r.view()
	key := recordHash(&r.s.options.Seed, &id)
	var locs []Locator
	var found []uint32
	for _, g := range *r.s.live.Load() {
		found = g.records.find(key, found[:0])
		for _, e := range found {
			if loc, ok := v.part(g, e); ok {
				locs = append(locs, loc)
			}
		}
	}
	slices.SortFunc(locs, func(a, b Locator) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Record, b.Record))
	})
	return slices.Compact(locs)
}

// Part appends what is visible of the part of a record that is written at a
// place: its observations, or NoID with its cell when it has none.
func (r *Reader) Part(id cure.ID, at Locator, dst []PartRow) []PartRow {
	defer r.s.epochs.enter().exit()
	v := r.view()
	key := recordHash(&r.s.options.Seed, &id)
	var found []uint32
	for _, g := range slices.Backward(*r.s.live.Load()) {
		if g.batches.len() == 0 || g.batches.at(0).seq > at.Seq {
			continue
		}
		found = g.records.find(key, nil)
		for _, e := range found {
			dst = v.rowsOf(g, e, at, dst)
		}
		break // a batch lies in one segment
	}
	return dst
}

// rowsOf appends what is visible of a part if it is the one at that place.
func (v *view) rowsOf(g *segment, entry uint32, at Locator, dst []PartRow) []PartRow {
	if loc, ok := v.part(g, entry); !ok || loc != at {
		return dst
	}
	if entry&isBare != 0 {
		where := atomic.LoadUint32(&g.bares.at(int(entry &^ isBare)).where)
		return append(dst, PartRow{NoID, CellID(where)})
	}
	from, to := g.record(entry)
	for i := from; i < to; i++ {
		if where, what := g.row(i).load(); what&rowDead == 0 && v.sees(CellID(where)) {
			dst = append(dst, PartRow{idOf(g.row(i).value), CellID(where)})
		}
	}
	return dst
}

// Oldest returns the stream sequence from which on single observations are
// kept; 0: none are. It depends on no scope: it counts batches of all.
func (s *Store) Oldest() uint64 {
	defer s.epochs.enter().exit()
	for _, g := range *s.live.Load() {
		if g.batches.len() > 0 {
			return g.batches.at(0).seq
		}
	}
	return 0
}

// part returns the place of a record by its index entry, if any of it is seen.
func (v *view) part(g *segment, entry uint32) (Locator, bool) {
	if entry&isBare != 0 {
		b := g.bares.at(int(entry &^ isBare))
		where := atomic.LoadUint32(&b.where)
		return Locator{g.batches.at(int(b.batch)).seq, uint16(where >> 16)},
			atomic.LoadUint32(&b.dead) == 0 && v.sees(CellID(where))
	}
	from, to := g.record(entry)
	for i := from; i < to; i++ {
		if where, what := g.row(i).load(); what&rowDead == 0 && v.sees(CellID(where)) {
			return Locator{g.batchOf(i).seq, uint16(where >> 16)}, true
		}
	}
	return Locator{}, false
}

// maxWalk bounds the rows that are looked at for the neighbours of one value.
const maxWalk = 1 << 20

// Neighbours returns the visible values that stand in one record with id,
// each once, those of the newest record first, and how many were left out
// beyond max (0: no bound). It looks at up to a million records of the value.
func (r *Reader) Neighbours(id ID, max int) (ids []ID, cut int) {
	defer r.s.epochs.enter().exit()
	v := r.view()
	if _, ok := v.see(id); !ok {
		return nil, 0
	}
	var seen idSet
	r.company(v, indexOf(id), maxWalk, func(n uint32) bool {
		if seen.add(n) {
			if max <= 0 || len(ids) < max {
				ids = append(ids, idOf(n))
			} else {
				cut++
			}
		}
		return true
	})
	return ids, cut
}

// Degree counts the visible values that stand in one record with id, each
// once. It looks at the newest records of the value, at most so many, and
// stops at max: enough to tell the rare from the common at a bounded cost.
func (r *Reader) Degree(id ID, max, records int) int {
	defer r.s.epochs.enter().exit()
	v := r.view()
	if _, ok := v.see(id); !ok {
		return 0
	}
	var seen idSet
	r.company(v, indexOf(id), records, func(n uint32) bool {
		seen.add(n)
		return len(seen.list) < max
	})
	return len(seen.list)
}

// company visits the values in one record with value i, with doubles, in its
// newest records; visit ends it by returning false.
func (r *Reader) company(v *view, i uint32, records int, visit func(n uint32) bool) {
	_, head := r.s.values.at(i).heads()
	c := chain{s: r.s, at: pos(head), ref: r.s.ahead()}
	c.visit(i, func(g *segment, no uint32) bool {
		records--
		return records >= 0 && v.beside(g, no, i, visit)
	})
}

// beside visits the values in the record of a row of value i, if that row and
// they are visible; false when visit ended it.
func (v *view) beside(g *segment, no, i uint32, visit func(n uint32) bool) bool {
	if where, what := g.row(no).load(); what&rowDead != 0 || !v.sees(CellID(where)) {
		return true
	}
	from, to := g.record(no)
	for k := from; k < to; k++ {
		n := g.row(k)
		if where, what := n.load(); n.value != i && what&rowDead == 0 && v.sees(CellID(where)) && !visit(n.value) {
			return false
		}
	}
	return true
}

// idSet is a set of places, quick to fill and to empty. The zero set is empty.
type idSet struct {
	slots []uint32
	list  []uint32 // members in the order they came
}

// add reports whether n is new.
func (s *idSet) add(n uint32) bool {
	if 2*len(s.list) >= len(s.slots) {
		s.grow()
	}
	i := s.home(n)
	for s.slots[i] != 0 {
		if s.slots[i] == n {
			return false
		}
		i = (i + 1) & uint32(len(s.slots)-1)
	}
	s.slots[i] = n
	s.list = append(s.list, n)
	return true
}

func (s *idSet) home(n uint32) uint32 { return n * 0x9e3779b1 >> 7 & uint32(len(s.slots)-1) }

func (s *idSet) grow() {
	list := s.list
	s.slots = make([]uint32, max(64, 2*len(s.slots)))
	s.list = make([]uint32, 0, len(s.slots)/2)
	for _, n := range list {
		s.add(n)
	}
}

// reset empties the set at the cost of its members, not its size.
func (s *idSet) reset() {
	if len(s.list)*8 > len(s.slots) {
		clear(s.slots)
	} else {
		for _, n := range s.list {
			i := s.home(n)
			for s.slots[i] != n {
				i = (i + 1) & uint32(len(s.slots)-1)
			}
			s.slots[i] = 0
		}
	}
	s.list = s.list[:0]
}
