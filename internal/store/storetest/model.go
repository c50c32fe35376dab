package storetest

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// Model is the store again, without any of its structures: lists of what was
// said, searched from end to end. Segments are kept because deletion and
// expiry go by them.
type Model struct {
	Options store.Options

	applied  uint64
	marks    map[cure.Source]map[uint64]uint64 // source -> epoch -> seq
	defaults map[cure.Source]cure.Marking
	cells    []cell // in the order they came
	bounds   map[cell]*[2]uint32

	segments []*segment
	rows     []*row // in stream order, those of dropped segments gone
	bares    []*row
	tags     []*tag
	notes    []*said
	floors   map[producer]uint64
	pairs    map[pairKey]*pair
	groups   int
}

type cell struct {
	Source  cure.Source
	Marking cure.Marking // as the record said
}

type pairKey struct {
	Value cure.Observable
	Cell  cell
}

type pair struct {
	first, last, count uint32
	roles              store.RoleSet
	flags              uint8 // 1 listed, 2 ended
	day                uint32
}

type segment struct {
	cap, n, batches, bares int
	minArr, maxArr         uint32
}

// row is an observation, or (in Model.bares) a record without any.
type row struct {
	cure.Observation
	first, last uint32
	cell        cell
	id          cure.ID
	loc         store.Locator
	arrival     uint32
	seg         *segment
	group       int // rows of one record of one batch that stand together
	dead        bool
}

type tag struct {
	subject, tag cure.Observable
	cell         cell
	time         uint32
	confidence   uint8
	loc          store.Locator
	arrival      uint32
	dead         bool
}

type producer struct {
	source cure.Source
	name   string
}

type said struct {
	cure.Enrichment
	cell    cell
	loc     store.Locator
	arrival uint32
	dead    bool
}

// NewModel returns an empty model.
func NewModel(o store.Options) *Model {
	return &Model{
		Options: o, marks: map[cure.Source]map[uint64]uint64{}, defaults: map[cure.Source]cure.Marking{},
		bounds: map[cell]*[2]uint32{}, floors: map[producer]uint64{}, pairs: map[pairKey]*pair{},
	}
}

func seconds(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(min(max(t.Unix(), 0), 1<<32-1))
}

// SetDefault is the store's.
func (m *Model) SetDefault(src cure.Source, mk cure.Marking) { m.defaults[src] = mk }

// Apply is the store's. Batches are taken to be well formed.
func (m *Model) Apply(at store.Arrival, b *wire.Batch) bool {
	if at.Seq <= m.applied {
		return false
	}
	m.applied = at.Seq
	marks := m.marks[b.Source]
	if marks == nil {
		marks = map[uint64]uint64{}
		m.marks[b.Source] = marks
	}
	if b.Seq <= marks[b.Epoch] {
		return false
	}
	marks[b.Epoch] = b.Seq
	arrival := seconds(at.Time)
	if len(b.Envelopes) > 0 {
		m.applyRows(at.Seq, arrival, b)
		m.applyTags(at.Seq, arrival, b)
		m.applyNotes(at.Seq, arrival, b)
		m.applyBares(at.Seq, arrival, b)
	}
	for _, c := range b.Controls {
		m.control(b.Source, &c.Item)
	}
	return true
}

func (m *Model) cellOf(b *wire.Batch, record uint16) cell {
	c := cell{b.Source, b.Markings[b.Envelopes[record].Marking]}
	m.known(c)
	return c
}

func (m *Model) known(c cell) {
	if m.bounds[c] == nil {
		m.bounds[c] = &[2]uint32{1<<32 - 1, 0}
		m.cells = append(m.cells, c)
	}
}

func (m *Model) widen(c cell, first, last uint32) {
	m.known(c)
	b := m.bounds[c]
	b[0], b[1] = min(b[0], first), max(b[1], last)
}

func (m *Model) applyRows(seq uint64, arrival uint32, b *wire.Batch) {
	g := m.segmentFor(len(b.Rows), len(b.Envelopes), arrival)
	g.batches++
	last := -1
	for i := range b.Rows {
		in := &b.Rows[i]
		o, _ := cure.FromKey(in.Kind, b.Key(in))
		if int(in.Record) != last {
			m.groups++
			last = int(in.Record)
		}
		r := &row{
			Observation: cure.Observation{Observable: o, Role: in.Role, State: in.State, Count: max(in.Count, 1)},
			first:       seconds(time.UnixMilli(in.First)), last: seconds(time.UnixMilli(in.Last)),
			cell: m.cellOf(b, in.Record), id: b.Envelopes[in.Record].ID,
			loc: store.Locator{Seq: seq, Record: in.Record}, arrival: arrival, seg: g, group: m.groups,
		}
		r.last = max(r.first, r.last)
		m.rows = append(m.rows, r)
		g.n++
		m.fold(pairKey{o, r.cell}, r.fact())
		m.widen(r.cell, r.first, r.last)
	}
}

func (m *Model) applyBares(seq uint64, arrival uint32, b *wire.Batch) {
	for i, env := range b.Envelopes {
		has := false
		for _, r := range b.Rows {
			has = has || int(r.Record) == i
		}
		if has || env.ID.IsZero() {
			continue
		}
		g := m.segments[len(m.segments)-1]
		g.bares++
		m.bares = append(m.bares, &row{
			cell: m.cellOf(b, uint16(i)), id: env.ID, arrival: arrival, seg: g,
			loc: store.Locator{Seq: seq, Record: uint16(i)},
		})
	}
}

func (m *Model) applyTags(seq uint64, arrival uint32, b *wire.Batch) {
	for i := range b.Annotations {
		in := &b.Annotations[i]
		subject, _ := cure.FromKey(in.SubjectKind, b.SubjectKey(in))
		name, _ := cure.FromKey(in.TagKind, b.TagKey(in))
		t := tag{
			subject: subject, tag: name, cell: m.cellOf(b, in.Record), confidence: in.Confidence,
			time: seconds(time.UnixMilli(in.Time)), loc: store.Locator{Seq: seq, Record: in.Record}, arrival: arrival,
		}
		f := pair{first: t.time, last: t.time, day: arrival / 86400}
		if m.renew(t) {
			f.count = 1
		}
		m.fold(pairKey{subject, t.cell}, f)
		m.fold(pairKey{name, t.cell}, f)
		m.widen(t.cell, t.time, t.time)
	}
}

// renew files an annotation; true when it was not there.
func (m *Model) renew(t tag) bool {
	for _, old := range m.tags {
		if old.subject == t.subject && old.tag == t.tag && old.cell == t.cell && !old.dead {
			*old = t
			return false
		}
	}
	m.tags = append(m.tags, &t)
	return true
}

func (m *Model) applyNotes(seq uint64, arrival uint32, b *wire.Batch) {
	for _, e := range b.Enrichments {
		n := &said{Enrichment: e.Item, cell: m.cellOf(b, e.Record), loc: store.Locator{Seq: seq, Record: e.Record}, arrival: arrival}
		p := producer{b.Source, n.Enricher}
		if uint64(n.Version) < m.floors[p] {
			continue
		}
		m.floors[p] = uint64(n.Version)
		kept := m.notes[:0]
		for _, old := range m.notes {
			if !m.holds(old) {
				continue
			}
			same := old.Subject == n.Subject && old.Enricher == n.Enricher && old.cell == n.cell && old.Name == n.Name && old.Value == n.Value
			if !same {
				kept = append(kept, old)
			}
		}
		m.notes = append(kept, n)
	}
}

func (m *Model) holds(n *said) bool {
	return !n.dead && uint64(n.Version) >= m.floors[producer{n.cell.Source, n.Enricher}]
}

func (r *row) fact() pair {
	f := pair{first: r.first, last: r.last, count: r.Count, roles: 1 << r.Role, day: r.arrival / 86400}
	switch r.State {
	case cure.StateListed:
		f.flags = 1
	case cure.StateEnded:
		f.flags = 2
	}
	return f
}

func (m *Model) fold(k pairKey, f pair) {
	p := m.pairs[k]
	if p == nil {
		m.pairs[k] = &f
		return
	}
	p.first, p.last, p.count = min(p.first, f.first), max(p.last, f.last), p.count+f.count
	p.roles |= f.roles
	p.day = max(p.day, f.day)
	if f.flags != 0 {
		p.flags = f.flags
	}
}

func (m *Model) segmentFor(rows, records int, arrival uint32) *segment {
	if k := len(m.segments); k > 0 {
		g := m.segments[k-1]
		fits := g.n+rows <= g.cap && g.batches < min(g.cap, 1<<16) && g.bares+records <= g.cap
		if fits && uint64(g.minArr)+uint64(m.Options.SegmentAge/time.Second) > uint64(arrival) {
			g.maxArr = max(g.maxArr, arrival)
			return g
		}
	}
	g := &segment{cap: max(m.Options.SegmentRows, rows, records), minArr: arrival, maxArr: arrival}
	m.segments = append(m.segments, g)
	return g
}
