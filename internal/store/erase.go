package store

import (
	"math"
	"sync/atomic"
)

// eraser takes things back: rows, annotations, notes, pairs. It notes which
// pairs lost how much and puts them right in settle.
type eraser struct {
	s    *Store
	lost map[knot]uint64
}

// knot names a pair.
type knot struct {
	value uint32
	cell  CellID
}

func (e *eraser) lose(value uint32, cell CellID, count uint64) {
	if e.lost == nil {
		e.lost = map[knot]uint64{}
	}
	e.lost[knot{value, cell}] += count
}

// row marks a row dead.
func (e *eraser) row(g *segment, i uint32) {
	r := g.mut(i)
	where, what := r.load()
	_, _, count := g.span(i, r, what)
	atomic.StoreUint32(&r.what, what|rowDead)
	e.s.cells.table.Load().tallies[CellID(where)].rows.Add(^uint64(0))
	e.lose(r.value, CellID(where), uint64(count))
}

// annotation marks an annotation dead.
func (e *eraser) annotation(i uint32) {
	a := e.s.tags.mut(i)
	_, cell, _, _ := a.load()
	atomic.StoreUint64(&a.seen, a.seen|1)
	e.s.cells.table.Load().tallies[cell].tags.Add(^uint64(0))
	e.lose(a.subject(), cell, 1)
	e.lose(a.tag(), cell, 1)
}

// unsay marks dead all annotations of a cell with the value as subject or tag.
func (e *eraser) unsay(value uint32, cell CellID) {
	e.s.eachSaid(value, func(i uint32, a *annotation) {
		if _, c, _, dead := a.load(); !dead && c == cell {
			e.annotation(i)
		}
	})
}

// eachSaid visits the annotations with the value as subject, then as tag.
func (s *Store) eachSaid(value uint32, visit func(i uint32, a *annotation)) {
	for i := s.values.at(value).annotations(); i != 0; {
		a := s.tags.at(i)
		next := a.next()
		visit(i, a)
		i = next
	}
	sc := s.tags.postings.scan(join(value, 0), join(value, math.MaxUint32))
	var buf [groupSize]uint64
	for n := sc.fill(buf[:]); n > 0; n = sc.fill(buf[:]) {
		for _, entry := range buf[:n] {
			for i := s.values.at(uint32(entry)).annotations(); i != 0; i = s.tags.at(i).next() {
				if a := s.tags.at(i); a.tag() == value {
					visit(i, a)
				}
			}
		}
	}
}

// remove takes the pair of a value and a cell away, whatever it counts.
func (e *eraser) remove(value uint32, cell CellID) {
	e.s.unlink(value, cell)
	delete(e.lost, knot{value, cell})
}

// settle puts the pairs right that lost something.
func (e *eraser) settle() {
	for k, n := range e.lost {
		e.s.settle(k, n)
	}
	clear(e.lost)
}

// maxSettle bounds the things that are looked at to narrow a pair's bounds. A
// pair that counts more keeps bounds and roles, and loses the count only.
const maxSettle = 1 << 16

// settle takes a count from a pair. If what is left is all still held, its
// bounds, roles and validity are worked out anew from that; if a part was in
// segments dropped since, they stay. A pair that counts nothing goes.
func (s *Store) settle(k knot, lost uint64) {
	p := s.pairOf(k)
	if p == 0 {
		return
	}
	pr := s.pairs.at(p)
	had := uint64(pr.count())
	left := had - min(lost, had)
	if left == 0 {
		s.unlink(k.value, k.cell)
		return
	}
	pr = s.pairs.mut(p)
	if held := s.held(k); had <= maxSettle && uint64(held.count) == left {
		atomic.StoreUint64(&pr.span, join(held.first, held.last))
		atomic.StoreUint64(&pr.what, left<<32|uint64(held.roles)<<16|uint64(held.flags))
		return
	}
	atomic.StoreUint64(&pr.what, left<<32|pr.what&math.MaxUint32)
}

// held folds all that is still held of a pair.
func (s *Store) held(k knot) fact {
	f := fact{first: math.MaxUint32}
	newest := uint32(math.MaxUint32)
	s.eachRow(k.value, func(c *chain) {
		where, what := c.row.load()
		if what&rowDead != 0 || CellID(where) != k.cell {
			return
		}
		first, last, count := c.seg.span(c.no, c.row, what)
		f.first, f.last, f.count = min(f.first, first), max(f.last, last), f.count+count
		f.roles |= 1 << (what >> 4 & 15)
		if flags := stateFlags[what>>2&3]; flags != 0 && c.age < newest {
			f.flags, newest = flags, c.age
		}
	})
	s.eachSaid(k.value, func(_ uint32, a *annotation) {
		if time, cell, _, dead := a.load(); !dead && cell == k.cell {
			f.first, f.last, f.count = min(f.first, time), max(f.last, time), f.count+1
		}
	})
	return f
}

// eachRow visits the rows of a value in both chains.
func (s *Store) eachRow(value uint32, visit func(c *chain)) {
	alone, company := s.values.at(value).heads()
	ref := s.ahead()
	for _, head := range [2]uint32{alone, company} {
		for c := (chain{s: s, at: pos(head), ref: ref}); c.next(value); {
			visit(&c)
		}
	}
}

// pairOf returns the place of a pair, 0 when there is none.
func (s *Store) pairOf(k knot) uint32 {
	if p := s.pairs.recall(k); p != 0 {
		return p
	}
	p := s.values.at(k.value).firstPair()
	steps := 0
	for p != 0 && s.pairs.at(p).cell() != k.cell {
		p = s.pairs.at(p).next()
		steps++
	}
	if p != 0 && steps >= farPair {
		s.pairs.remember(k, p)
	}
	return p
}

// unlink takes a pair out of its value's chain and set.
func (s *Store) unlink(value uint32, cell CellID) {
	v := s.values.at(value)
	prev, p := uint32(0), v.firstPair()
	for p != 0 && s.pairs.at(p).cell() != cell {
		prev, p = p, s.pairs.at(p).next()
	}
	if p == 0 {
		return
	}
	s.pairs.forget()
	next := s.pairs.at(p).next()
	t := s.cells.table.Load()
	from := v.set()
	to := s.sets.without(from, cell)
	s.sets.move(from, to)
	head := v.firstPair()
	if prev == 0 {
		head = next
	} else {
		pr := s.pairs.mut(prev)
		atomic.StoreUint64(&pr.link, uint64(next)<<32|pr.link&math.MaxUint32)
	}
	atomic.StoreUint64(&s.values.mut(value).pairs, join(head, uint32(to)))
	if tally := t.tallies[cell]; tally.pairs.Add(^uint64(0)) == 0 {
		tally.span.Store(noSpan)
	}
	s.pairs.live--
	s.epochs.recycle(func() {
		s.pairs.mut(p).link = freePair
		s.pairs.free = append(s.pairs.free, p)
	})
}
