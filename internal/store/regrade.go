package store

import (
	"math"
	"sync/atomic"
)

// regrade moves what matches to another cell of the same source.
func (m *match) regrade(to CellID) {
	s := m.s
	e := eraser{s: s}
	gained := map[uint32]bool{}
	m.rows(func(g *segment, i uint32) {
		where, what := g.row(i).load()
		if CellID(where) == to {
			return
		}
		r := g.mut(i)
		first, last, count := g.span(i, r, what)
		s.gain(r.value, to, fact{
			first: first, last: last, count: count, roles: 1 << (what >> 4 & 15),
			flags: stateFlags[what>>2&3], day: uint16(min(g.batchOf(i).arrival/86400, math.MaxUint16)),
		})
		atomic.StoreUint32(&r.where, where&^0xffff|uint32(to))
		t := s.cells.table.Load()
		t.tallies[CellID(where)].rows.Add(^uint64(0))
		t.tallies[to].saw(1, 0, first, last)
		e.lose(r.value, CellID(where), uint64(count))
		gained[r.value] = true
	})
	m.said(func(i uint32, a *annotation) {
		if _, cell, _, _ := a.load(); cell != to {
			m.regradeSaid(&e, i, to)
			gained[a.subject()], gained[a.tag()] = true, true
		}
	})
	m.noted(func(i uint32, n *note) {
		p, _, version := n.author()
		atomic.StoreUint64(&s.notes.mut(i).by, byOf(p, to, version))
	})
	m.bares(func(_ *segment, b *bare) {
		atomic.StoreUint32(&b.where, b.where&^0xffff|uint32(to))
	})
	e.settle()
	if m.value != 0 && !m.byRecord && m.before == math.MaxUint32 {
		m.regradeRest(to)
		gained[m.value] = true
	}
	for v := range gained {
		s.settle(knot{v, to}, 0)
	}
}

// gain folds a fact into a pair, making it if need be, without telling anyone.
func (s *Store) gain(value uint32, cell CellID, f fact) {
	if p := s.pairOf(knot{value, cell}); p != 0 {
		s.pairs.mut(p).fold(f)
		return
	}
	s.link(value, cell, f)
}

// regradeSaid moves an annotation. One that says the same under the new
// marking already keeps the newer of the two.
func (m *match) regradeSaid(e *eraser, i uint32, to CellID) {
	s := m.s
	a := s.tags.at(i)
	time, cell, confidence, _ := a.load()
	day := uint16(0)
	if p := s.pairOf(knot{a.subject(), cell}); p != 0 {
		day = s.pairs.at(p).day()
	}
	seen, loc := seenOf(time, to, confidence, a.relation()), a.loc
	e.annotation(i)
	h := tripleHash(a.subject(), a.tag(), to)
	if k := s.tags.find(h, a.subject(), a.tag(), to); k != 0 && s.tags.at(k).seen&1 == 0 && s.tags.at(k).loc >= loc {
		return
	}
	fresh, ok := s.tag(a.subject(), a.tag(), to, seen, loc, a.arrival())
	if !ok {
		return
	}
	f := fact{first: time, last: time, day: day}
	if fresh {
		f.count = 1
		s.cells.table.Load().tallies[to].saw(0, 1, time, time)
	}
	s.gain(a.subject(), to, f)
	s.gain(a.tag(), to, f)
}

// regradeRest moves what pairs know from segments dropped since, so that
// nothing of the value stays under the old marking.
func (m *match) regradeRest(to CellID) {
	s := m.s
	for _, c := range s.cells.table.Load().ofSource(m.source, nil) {
		p := s.pairOf(knot{m.value, c})
		if p == 0 || c == to {
			continue
		}
		pr := s.pairs.at(p)
		sight := pr.sight()
		f := fact{first: sight.First, last: sight.Last, count: sight.Count, roles: sight.Roles, flags: uint8(pr.what), day: pr.day()}
		s.unlink(m.value, c)
		s.gain(m.value, to, f)
		s.cells.table.Load().tallies[to].saw(0, 0, f.first, f.last)
	}
}

// deleteBefore forgets all that the source said before a time of arrival.
func (a *application) deleteBefore(before uint32) {
	s := a.s
	m := match{s: s, source: a.source, before: before}
	e := eraser{s: s}
	for _, g := range *s.live.Load() {
		for k := range g.batches.len() {
			b := g.batches.at(k)
			if b.source != a.source || b.arrival >= before {
				continue
			}
			end := g.n.Load()
			if k+1 < g.batches.len() {
				end = g.batches.at(k + 1).first
			}
			for i := b.first; i < end; i++ {
				if g.row(i).what&rowDead == 0 {
					e.row(g, i)
				}
			}
			e.settle()
		}
		for k := range g.bares.len() {
			b := g.bares.at(k)
			if in := g.batches.at(int(b.batch)); in.source == a.source && in.arrival < before {
				atomic.StoreUint32(&b.dead, 1)
			}
		}
	}
	for i := uint32(1); i < s.tags.n; i++ {
		if _, cell, _, dead := s.tags.at(i).load(); !dead && m.ours(cell) && s.tags.at(i).arrival() < before {
			e.annotation(i)
		}
	}
	for i := uint32(1); i < s.notes.n; i++ {
		n := s.notes.at(i)
		if _, cell, _ := n.author(); !n.dead() && m.ours(cell) && uint32(n.arrival) < before {
			s.notes.kill(i)
		}
	}
	e.settle()
	if live := *s.live.Load(); len(live) == 0 || live[0].minArr < before {
		a.deleteRest()
	}
}

// deleteRest takes from the source's pairs what they know from segments
// dropped since.
func (a *application) deleteRest() {
	s := a.s
	cells := s.cells.table.Load().ofSource(a.source, nil)
	for i := uint32(1); i <= s.values.count.Load(); i++ {
		for _, c := range cells {
			if p := s.pairOf(knot{i, c}); p != 0 {
				k := knot{i, c}
				s.settle(k, uint64(s.pairs.at(p).count())-min(uint64(s.held(k).count), uint64(s.pairs.at(p).count())))
			}
		}
	}
}
