package storetest

import (
	"slices"
	"time"

	"github.com/opencure/cure"
)

// control is the store's: what it takes from a pair is counted, and the pair
// put right afterwards.
func (m *Model) control(src cure.Source, c *cure.Control) {
	switch {
	case c.Op == cure.OpRetract:
		p := producer{src, c.Producer}
		m.floors[p] = max(m.floors[p], uint64(c.Version)+1)
	case c.Op == cure.OpDelete && c.Observable.IsZero() && c.Record.IsZero():
		m.delete(src, c)
		if len(m.segments) == 0 || m.segments[0].minArr < seconds(c.Before) {
			m.dropCarried(src)
		}
	case c.Op == cure.OpDelete:
		m.delete(src, c)
		if c.Record.IsZero() && c.Before.IsZero() {
			for _, cl := range m.cells {
				if cl.Source == src {
					m.drop(pairKey{c.Observable, cl})
				}
			}
		}
	case c.Op == cure.OpRegrade && c.Observable.IsZero() && c.Record.IsZero():
		m.defaults[src] = c.Marking
	case c.Op == cure.OpRegrade:
		m.regrade(src, c)
	}
}

// matches reports whether a row or record is what a control is about.
func (m *Model) matches(src cure.Source, c *cure.Control, r *row) bool {
	return !r.dead && r.cell.Source == src &&
		(c.Observable.IsZero() || r.Observable == c.Observable) &&
		(c.Record.IsZero() || r.id == c.Record) && before(c, r.arrival)
}

func before(c *cure.Control, arrival uint32) bool {
	return c.Op != cure.OpDelete || c.Before.IsZero() || arrival < seconds(c.Before)
}

// ofRecord reports whether something said stands in the record of the control.
func (m *Model) ofRecord(src cure.Source, c *cure.Control, loc any) bool {
	if c.Record.IsZero() {
		return true
	}
	for _, r := range append(slices.Clone(m.rows), m.bares...) {
		if r.id == c.Record && r.cell.Source == src && r.loc == loc {
			return true
		}
	}
	return false
}

func (m *Model) delete(src cure.Source, c *cure.Control) {
	lost := map[pairKey]uint32{}
	for _, t := range m.tags {
		if !t.dead && t.cell.Source == src && before(c, t.arrival) && m.ofRecord(src, c, t.loc) &&
			(c.Observable.IsZero() || t.subject == c.Observable || t.tag == c.Observable) {
			m.unsay(t, lost)
		}
	}
	for _, n := range m.notes {
		if n.cell.Source == src && before(c, n.arrival) && m.ofRecord(src, c, n.loc) &&
			(c.Observable.IsZero() || n.Subject == c.Observable) {
			n.dead = true
		}
	}
	for _, r := range m.rows {
		if m.matches(src, c, r) {
			r.dead = true
			lost[pairKey{r.Observable, r.cell}] += r.Count
		}
	}
	for _, r := range m.bares {
		if c.Observable.IsZero() && m.matches(src, c, r) {
			r.dead = true
		}
	}
	m.settle(lost)
}

func (m *Model) unsay(t *tag, lost map[pairKey]uint32) {
	t.dead = true
	lost[pairKey{t.subject, t.cell}]++
	lost[pairKey{t.tag, t.cell}]++
}

// settle takes counts from pairs.
func (m *Model) settle(lost map[pairKey]uint32) {
	for k, n := range lost {
		p := m.pairs[k]
		if p == nil {
			continue
		}
		if p.count <= n {
			m.drop(k)
			continue
		}
		p.count -= n
		if held := m.held(k); held.count == p.count {
			held.day = p.day
			*p = held
		}
	}
}

// held folds what is still there of a pair.
func (m *Model) held(k pairKey) pair {
	f := pair{first: 1<<32 - 1}
	fold := func(g pair) {
		f.first, f.last, f.count, f.roles = min(f.first, g.first), max(f.last, g.last), f.count+g.count, f.roles|g.roles
		if g.flags != 0 {
			f.flags = g.flags
		}
	}
	for _, r := range m.rows {
		if !r.dead && r.Observable == k.Value && r.cell == k.Cell {
			fold(r.fact())
		}
	}
	for _, t := range m.tags {
		for _, v := range []cure.Observable{t.subject, t.tag} {
			if !t.dead && v == k.Value && t.cell == k.Cell {
				fold(pair{first: t.time, last: t.time, count: 1})
			}
		}
	}
	return f
}

// drop forgets a pair; a cell without pairs forgets its bounds.
func (m *Model) drop(k pairKey) {
	if m.pairs[k] == nil {
		return
	}
	delete(m.pairs, k)
	for other := range m.pairs {
		if other.Cell == k.Cell {
			return
		}
	}
	m.bounds[k.Cell] = &[2]uint32{1<<32 - 1, 0}
}

func (m *Model) dropCarried(src cure.Source) {
	for k, p := range m.pairs {
		if k.Cell.Source == src {
			held := m.held(k)
			m.settle(map[pairKey]uint32{k: p.count - min(p.count, held.count)})
		}
	}
}

func (m *Model) regrade(src cure.Source, c *cure.Control) {
	to := cell{src, c.Marking}
	m.known(to)
	lost := map[pairKey]uint32{}
	gained := map[pairKey]uint32{}
	for _, n := range m.notes {
		if n.cell.Source == src && !n.dead && m.ofRecord(src, c, n.loc) && (c.Observable.IsZero() || n.Subject == c.Observable) {
			n.cell = to
		}
	}
	for _, t := range slices.Clone(m.tags) {
		if !t.dead && t.cell.Source == src && t.cell != to && m.ofRecord(src, c, t.loc) &&
			(c.Observable.IsZero() || t.subject == c.Observable || t.tag == c.Observable) {
			m.regradeTag(t, to, lost, gained)
		}
	}
	for _, r := range m.rows {
		if m.matches(src, c, r) && r.cell != to {
			lost[pairKey{r.Observable, r.cell}] += r.Count
			r.cell = to
			m.fold(pairKey{r.Observable, to}, r.fact())
			m.widen(to, r.first, r.last)
			gained[pairKey{r.Observable, to}] = 0
		}
	}
	for _, r := range m.bares {
		if c.Observable.IsZero() && m.matches(src, c, r) {
			r.cell = to
		}
	}
	m.settle(lost)
	if c.Record.IsZero() {
		for _, cl := range m.cells {
			k := pairKey{c.Observable, cl}
			if p := m.pairs[k]; p != nil && cl.Source == src && cl != to {
				f := *p
				m.drop(k)
				m.fold(pairKey{c.Observable, to}, f)
				m.widen(to, f.first, f.last)
			}
		}
		gained[pairKey{c.Observable, to}] = 0
	}
	m.settle(gained)
}

func (m *Model) regradeTag(t *tag, to cell, lost, gained map[pairKey]uint32) {
	moved := *t
	moved.cell = to
	day := uint32(0)
	if p := m.pairs[pairKey{t.subject, t.cell}]; p != nil {
		day = p.day
	}
	m.unsay(t, lost)
	gained[pairKey{t.subject, to}], gained[pairKey{t.tag, to}] = 0, 0
	for _, old := range m.tags {
		if !old.dead && old.subject == t.subject && old.tag == t.tag && old.cell == to && !older(old, t) {
			return
		}
	}
	f := pair{first: t.time, last: t.time, day: day}
	if m.renew(moved) {
		f.count = 1
		m.widen(to, t.time, t.time)
	}
	m.fold(pairKey{t.subject, to}, f)
	m.fold(pairKey{t.tag, to}, f)
}

func older(a, b *tag) bool {
	return a.loc.Seq < b.loc.Seq || a.loc.Seq == b.loc.Seq && a.loc.Record < b.loc.Record
}

// Expire is the store's.
func (m *Model) Expire(segments, pairs time.Time) int {
	n := 0
	for len(m.segments) > 0 && m.segments[0].maxArr < seconds(segments) {
		n += m.DropOldest()
	}
	cut := seconds(pairs)
	if len(m.segments) > 0 {
		cut = min(cut, m.segments[0].minArr)
	}
	lost := map[pairKey]uint32{}
	for k, p := range m.pairs {
		if p.last >= cut || (uint64(p.day)+1)*86400 > uint64(cut) {
			continue
		}
		for _, t := range m.tags {
			if !t.dead && t.cell == k.Cell && (t.subject == k.Value || t.tag == k.Value) {
				m.unsay(t, lost)
			}
		}
		m.drop(k)
	}
	m.settle(lost)
	for _, n := range m.notes {
		if e := seconds(n.Expires); e != 0 && e < cut {
			n.dead = true
		}
	}
	return n
}

// DropOldest drops the oldest segment and returns its live rows.
func (m *Model) DropOldest() int {
	g := m.segments[0]
	m.segments = m.segments[1:]
	n := 0
	gone := func(r *row) bool { return r.seg == g }
	for _, r := range m.rows {
		if gone(r) && !r.dead {
			n++
		}
	}
	m.rows = slices.DeleteFunc(m.rows, gone)
	m.bares = slices.DeleteFunc(m.bares, gone)
	return n
}

// Segments returns how many there are.
func (m *Model) Segments() int { return len(m.segments) }
