package store

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"

	"github.com/opencure/cure"
)

// control applies a control record: to what its own source said before, no
// other's. Deleting or regrading costs a walk over what the observable or the
// record has; deleting all of a source before a time a pass over the store.
func (a *application) control(c *cure.Control) bool {
	switch {
	case c.Op == cure.OpRetract && c.Producer != "":
		p, ok := a.s.notes.producer(a.source, c.Producer)
		if ok {
			a.s.notes.raise(p, uint64(c.Version)+1)
		}
		return ok
	case c.Op == cure.OpDelete && c.Observable.IsZero() && c.Record.IsZero():
		if c.Before.IsZero() {
			return false
		}
		a.deleteBefore(seconds(c.Before))
		return true
	case c.Op == cure.OpRegrade && c.Marking.Check() != nil:
		return false
	case c.Op == cure.OpRegrade && c.Observable.IsZero() && c.Record.IsZero():
		a.s.cells.setDefault(a.source, c.Marking)
		return true
	case c.Op != cure.OpDelete && c.Op != cure.OpRegrade:
		return false
	}
	m := a.match(c)
	if m == nil {
		return c.Observable.IsZero() || c.Observable.Check() == nil // nothing there is no defect
	}
	if c.Op == cure.OpDelete {
		m.delete()
		return true
	}
	to, ok := a.s.cells.cell(a.source, c.Marking)
	if ok {
		m.regrade(to)
	}
	return ok
}

// match is what a control is about: rows, annotations and notes of one source,
// of a value, a record or both.
type match struct {
	s        *Store
	source   SourceID
	value    uint32 // 0: any
	before   uint32 // arrival
	locs     []partOf
	byRecord bool
}

// partOf is a part of a record: its rows, or its entry among the bare.
type partOf struct {
	g        *segment
	from, to uint32
	bare     *bare
	loc      uint64
}

func (a *application) match(c *cure.Control) *match {
	m := &match{s: a.s, source: a.source, before: math.MaxUint32}
	if !c.Before.IsZero() {
		m.before = seconds(c.Before)
	}
	if !c.Observable.IsZero() {
		if c.Observable.Check() != nil {
			return nil
		}
		key := c.Observable.AppendKey(nil)
		vs := &a.s.values
		if m.value = vs.find(vs.hash(c.Observable.Kind, key), c.Observable.Kind, key); m.value == 0 {
			return nil
		}
	}
	if !c.Record.IsZero() {
		m.byRecord = true
		m.locate(c.Record)
	}
	return m
}

// locate finds the parts of a record.
func (m *match) locate(id cure.ID) {
	key := recordHash(&m.s.options.Seed, &id)
	for _, g := range *m.s.live.Load() {
		for _, place := range g.records.find(key, nil) {
			var p partOf
			if place&isBare != 0 {
				b := g.bares.at(int(place &^ isBare))
				p = partOf{g: g, bare: b, loc: locOf(g.batches.at(int(b.batch)).seq, uint16(b.where>>16))}
				if g.batches.at(int(b.batch)).source != m.source {
					continue
				}
			} else {
				from, to := g.record(place)
				in := g.batchOf(place)
				if in.source != m.source {
					continue
				}
				p = partOf{g: g, from: from, to: to, loc: locOf(in.seq, uint16(g.row(place).where>>16))}
			}
			m.locs = append(m.locs, p)
		}
	}
}

func (m *match) ours(c CellID) bool {
	return m.s.cells.table.Load().cells[c].source == m.source
}

// rows visits the live rows that match, in stream order.
func (m *match) rows(visit func(g *segment, i uint32)) {
	type found struct {
		g *segment
		i uint32
	}
	var list []found
	try := func(g *segment, i uint32) {
		where, what := g.row(i).load()
		if what&rowDead == 0 && m.ours(CellID(where)) && m.early(g.batchOf(i).arrival) {
			list = append(list, found{g, i})
		}
	}
	if !m.byRecord {
		m.s.eachRow(m.value, func(c *chain) { try(c.seg, c.no) })
	}
	for _, p := range m.locs {
		for i := p.from; i < p.to; i++ {
			if m.value == 0 || p.g.row(i).value == m.value {
				try(p.g, i)
			}
		}
	}
	ref := m.s.ahead()
	slices.SortFunc(list, func(a, b found) int { // by age, the oldest first
		return cmp.Compare(ref-(b.g.no<<rowBits|b.i), ref-(a.g.no<<rowBits|a.i))
	})
	for _, f := range list {
		visit(f.g, f.i)
	}
}

// said visits the live annotations that match.
func (m *match) said(visit func(i uint32, a *annotation)) {
	try := func(i uint32, a *annotation) {
		_, cell, _, dead := a.load()
		if !dead && m.ours(cell) && m.inRecord(a.loc) && m.early(a.arrival()) &&
			(m.value == 0 || a.subject() == m.value || a.tag() == m.value) {
			visit(i, a)
		}
	}
	if !m.byRecord {
		m.s.eachSaid(m.value, try)
		return
	}
	for i := uint32(1); len(m.locs) > 0 && i < m.s.tags.n; i++ {
		try(i, m.s.tags.at(i))
	}
}

// noted visits the live notes that match.
func (m *match) noted(visit func(i uint32, n *note)) {
	try := func(i uint32, n *note) {
		_, cell, _ := n.author()
		if n.link != 0 && !n.dead() && m.ours(cell) && m.inRecord(n.loc) && m.early(uint32(n.arrival)) &&
			(m.value == 0 || uint32(n.link>>32) == m.value) {
			visit(i, n)
		}
	}
	if !m.byRecord {
		for i := m.s.values.at(m.value).notes(); i != 0; i = m.s.notes.at(i).next() {
			try(i, m.s.notes.at(i))
		}
		return
	}
	for i := uint32(1); len(m.locs) > 0 && i < m.s.notes.n; i++ {
		try(i, m.s.notes.at(i))
	}
}

// early reports whether what arrived at a time is meant.
func (m *match) early(arrival uint32) bool { return arrival < m.before || m.before == math.MaxUint32 }

func (m *match) inRecord(loc uint64) bool {
	if !m.byRecord {
		return true
	}
	for _, p := range m.locs {
		if p.loc == loc {
			return true
		}
	}
	return false
}

// bares visits the records without observations that match.
func (m *match) bares(visit func(g *segment, b *bare)) {
	if m.value != 0 {
		return
	}
	for _, p := range m.locs {
		if p.bare != nil && m.early(p.g.batches.at(int(p.bare.batch)).arrival) {
			visit(p.g, p.bare)
		}
	}
}

// delete forgets what matches.
func (m *match) delete() {
	e := eraser{s: m.s}
	m.rows(e.row)
	m.said(func(i uint32, _ *annotation) { e.annotation(i) })
	m.noted(func(i uint32, _ *note) { m.s.notes.kill(i) })
	m.bares(func(_ *segment, b *bare) { atomic.StoreUint32(&b.dead, 1) })
	e.settle()
	if m.value != 0 && !m.byRecord && m.before == math.MaxUint32 {
		// All of it: also what pairs know from segments dropped since.
		for _, c := range m.s.cells.table.Load().ofSource(m.source, nil) {
			m.s.unlink(m.value, c)
		}
	}
}

// kill marks a note dead; it goes from its chain when the value is next
// enriched.
func (n *notes) kill(i uint32) {
	rec := n.mut(i)
	atomic.StoreUint64(&rec.seen, rec.seen|1)
}
