package store

import (
	"math"
	"sync/atomic"

	"github.com/opencure/cure/internal/wire"
)

// groupSize is the number of rows whose cache misses overlap: enough to keep
// the memory busy, few enough to stay in the first-level cache.
const groupSize = 64

// observations applies the rows of the batch.
func (a *application) observations() {
	a.rows = a.rows[:0]
	a.first, a.last = math.MaxUint32, 0
	for i := range a.b.Rows {
		r := &a.b.Rows[i]
		if !a.possible(r) {
			a.s.refused.Add(1)
			continue
		}
		a.rows = append(a.rows, uint32(i))
		first := millis(r.First)
		a.first, a.last = min(a.first, first), max(a.last, first, millis(r.Last))
	}
	if len(a.b.Envelopes) == 0 {
		return
	}
	a.seg = a.s.segmentFor(len(a.rows), len(a.b.Envelopes), a.sec)
	a.seg.batches.add(batch{seq: a.at.Seq, arrival: a.sec, first: a.seg.n.Load(), source: a.source, minEvent: a.first, maxEvent: a.last})
	for lo := 0; lo < len(a.rows); lo += groupSize {
		a.group(lo, min(lo+groupSize, len(a.rows)))
	}
	a.publish()
}

// possible checks what a decoder should have checked, cheaply.
func (a *application) possible(r *wire.Row) bool {
	end := uint64(r.KeyOff) + uint64(r.KeyLen)
	if !r.Kind.Valid() || !r.Role.Valid() || !r.State.Valid() ||
		r.KeyLen == 0 || r.KeyLen > maxKey || end > uint64(len(a.b.Keys)) {
		return false
	}
	_, ok := a.cell(r.Record)
	return ok
}

// group applies rows[lo:hi] in stages; each stage touches one more level of
// memory for all rows before the next stage needs it.
func (a *application) group(lo, hi int) {
	s, b := a.s, a.b
	var touched uint64
	for k := lo; k < hi; k++ {
		r := &b.Rows[a.rows[k]]
		a.hash[k-lo] = s.values.hash(r.Kind, b.Key(r))
		a.of[k-lo], _ = a.cell(r.Record)
		a.keys[k-lo] = recordHash(&s.options.Seed, &b.Envelopes[r.Record].ID)
	}
	// Nothing but loads: the processor looks some hundred instructions ahead.
	for _, h := range a.hash[:hi-lo] {
		touched += s.values.index.peek(h)
	}
	for _, key := range a.keys[:hi-lo] {
		touched += a.seg.records.peek(key)
	}
	for k := lo; k < hi; k++ {
		p := s.values.index.probe(a.hash[k-lo])
		i, ok := p.next()
		if !ok {
			i = 0
		} else {
			touched += s.values.at(i).key
		}
		a.place[k-lo] = i
	}
	for k := lo; k < hi; k++ {
		r := &b.Rows[a.rows[k]]
		if i := a.place[k-lo]; i != 0 && r.KeyLen > inlineKey {
			touched += s.values.touchKey(s.values.at(i))
		}
		if i := a.place[k-lo]; i != 0 {
			w := atomic.LoadUint64(&s.values.at(i).pairs)
			if p := uint32(w >> 32); p != 0 {
				touched += s.pairs.at(p).link
			}
			touched += *s.sets.signs.at(uint32(w))
		}
	}
	a.touched = touched
	for k := lo; k < hi; k++ {
		r := &b.Rows[a.rows[k]]
		key := b.Key(r)
		i := s.values.find(a.hash[k-lo], r.Kind, key)
		if i == 0 {
			if i = s.values.add(a.hash[k-lo], r.Kind, key); i != 0 {
				s.arrived(i, r.Kind, key)
			}
		}
		a.place[k-lo] = i
	}
	a.chase(lo, hi)
	for k := lo; k < hi; k++ {
		if i := a.place[k-lo]; i != 0 {
			a.observe(k, k-lo, i)
		} else {
			s.refused.Add(1)
		}
	}
}

// chase finds the pairs of a group: all chains are walked together, a step at
// a time. A value whose set lacks the cell has none.
func (a *application) chase(lo, hi int) {
	s := a.s
	var walking [groupSize]uint8
	n := 0
	for k := range hi - lo {
		a.pair[k] = 0
		if a.place[k] == 0 {
			continue
		}
		v := s.values.at(a.place[k])
		if set := v.set(); !s.sets.has(set, a.of[k]) {
			a.touched += s.sets.touch(set, a.of[k])
			continue
		}
		if p := s.pairs.recall(knot{a.place[k], a.of[k]}); p != 0 {
			a.pair[k] = p
			continue
		}
		a.pair[k] = v.firstPair()
		walking[n] = uint8(k)
		n++
	}
	for steps := 0; n > 0; steps++ {
		left := 0
		for _, k := range walking[:n] {
			link := atomic.LoadUint64(&s.pairs.at(a.pair[k]).link)
			if CellID(link>>16) != a.of[k] {
				a.pair[k] = uint32(link >> 32)
				walking[left] = k
				left++
			} else if steps >= farPair {
				s.pairs.remember(knot{a.place[k], a.of[k]}, a.pair[k])
			}
		}
		n = left
	}
}

// observe folds one row into its pair and writes it to the segment.
func (a *application) observe(k, at int, i uint32) {
	in := &a.b.Rows[a.rows[k]]
	cell, pair := a.of[at], a.pair[at]
	f := fact{
		first: millis(in.First), last: millis(in.Last), count: max(in.Count, 1),
		roles: 1 << in.Role, flags: stateFlags[in.State], day: a.day,
	}
	f.last = max(f.last, f.first)
	if pair != 0 {
		a.s.pairs.mut(pair).fold(f)
	} else {
		a.know(i, cell, f)
	}

	sum := &a.sums[a.b.Envelopes[in.Record].Marking]
	sum.rows++
	sum.first, sum.last = min(sum.first, f.first), max(sum.last, f.last)

	start := a.written == 0 || a.lastRecord != in.Record
	company := !start || k+1 < len(a.rows) && a.b.Rows[a.rows[k+1]].Record == in.Record
	a.write(at, i, in, f, start, company)
	a.lastRecord = in.Record
}

// write appends a row to the segment and to one of the value's chains. The row
// is not published before the whole batch is.
func (a *application) write(slot int, i uint32, in *wire.Row, f fact, start, company bool) {
	g := a.seg
	n := g.n.Load() + a.written
	v := a.s.values.mut(i)
	alone, comp := v.heads()
	at := uint32(g.no<<rowBits | n)
	r := g.row(n)
	r.value, r.first = i, f.first
	r.where = whereOf(in.Record, a.of[slot])
	r.what = whatOf(f.last-f.first, f.count, in.Role, in.State, start)
	if f.count >= countExtra || f.last-f.first >= durationExtra {
		g.extras.add(extra{n, f.count, f.last})
	}
	if company {
		r.prev = pos(comp)
		g.leap(i, r.prev)
		atomic.StoreUint64(&v.rows, join(alone, at))
	} else {
		r.prev = pos(alone)
		atomic.StoreUint64(&v.rows, join(at, comp))
	}
	if start {
		a.hasRow[in.Record] = true
		if !a.b.Envelopes[in.Record].ID.IsZero() {
			g.records.add(a.s, a.keys[slot], n)
		}
	}
	a.written++
}

// publish lets readers see the rows of the batch.
func (a *application) publish() {
	g := a.seg
	if a.written > 0 {
		g.minEvent.Store(min(g.minEvent.Load(), a.first))
		g.maxEvent.Store(max(g.maxEvent.Load(), a.last))
	}
	n := g.n.Load() + a.written
	g.n.Store(n)
	a.s.head.Store(g.no<<rowBits + n)
	a.s.observed.Add(uint64(a.written))
}

// bareRecords files the records of the batch that have no row.
func (a *application) bareRecords() {
	g := a.seg
	for r := range a.b.Envelopes {
		env := &a.b.Envelopes[r]
		cell, ok := a.cell(uint16(r))
		if a.hasRow[r] || !ok || env.ID.IsZero() {
			continue
		}
		n := g.bares.len()
		g.bares.add(bare{batch: uint32(g.batches.len() - 1), where: whereOf(uint16(r), cell)})
		g.records.add(a.s, recordHash(&a.s.options.Seed, &env.ID), uint32(n)|isBare)
	}
}

// annotations applies the annotations of the batch.
func (a *application) annotations() {
	for i := range a.b.Annotations {
		a.count(a.annotate(&a.b.Annotations[i]))
	}
}

func (a *application) annotate(in *wire.AnnotationRow) bool {
	s, b := a.s, a.b
	cell, ok := a.cell(in.Record)
	inside := func(off uint32, n uint16) bool {
		return n > 0 && n <= maxKey && uint64(off)+uint64(n) <= uint64(len(b.Keys))
	}
	if !ok || !in.SubjectKind.Valid() || !in.TagKind.Valid() ||
		!inside(in.SubjectOff, in.SubjectLen) || !inside(in.TagOff, in.TagLen) {
		return false
	}
	subject := a.intern(in.SubjectKind, b.SubjectKey(in))
	tag := a.intern(in.TagKind, b.TagKey(in))
	if subject == 0 || tag == 0 {
		return false
	}
	time := millis(in.Time)
	f := fact{first: time, last: time, day: a.day}
	fresh, ok := s.tag(subject, tag, cell, seenOf(time, cell, in.Confidence, in.Relation), locOf(a.at.Seq, in.Record), a.sec)
	if !ok {
		return false
	}
	if fresh {
		f.count = 1
		a.sums[b.Envelopes[in.Record].Marking].tags++
	}
	a.know(subject, cell, f)
	a.know(tag, cell, f)
	sum := &a.sums[b.Envelopes[in.Record].Marking]
	sum.first, sum.last = min(sum.first, time), max(sum.last, time)
	return true
}

// tag files an annotation; fresh is false when it renews one that was there.
func (s *Store) tag(subject, tag uint32, cell CellID, seen, loc uint64, arrival uint32) (fresh, ok bool) {
	h := tripleHash(subject, tag, cell)
	if i := s.tags.find(h, subject, tag, cell); i != 0 {
		rec := s.tags.mut(i)
		fresh = rec.seen&1 != 0
		atomic.StoreUint64(&rec.link, join(arrival, rec.next()))
		atomic.StoreUint64(&rec.loc, loc)
		atomic.StoreUint64(&rec.seen, seen)
		return fresh, true
	}
	i, ok := s.tags.grow()
	if !ok {
		return false, false
	}
	v := s.values.mut(subject)
	rec := s.tags.mut(i)
	rec.who, rec.seen, rec.loc = join(subject, tag), seen, loc
	rec.link = join(arrival, v.annotations())
	s.tags.index.insert(h, i)
	atomic.StoreUint64(&v.said, join(i, v.notes()))
	s.tags.postings.add(join(tag, subject))
	return true, true
}
