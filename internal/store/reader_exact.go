package store

import "github.com/opencure/cure"

// Exact finds one value; ok is false when no cell of the scope knows it.
// Cost: three or four cache misses.
func (r *Reader) Exact(kind cure.Kind, key []byte) (id ID, ok bool) {
	defer r.s.epochs.enter().exit()
	vs := &r.s.values
	i := vs.find(vs.hash(kind, key), kind, key)
	if i == 0 || r.view().sources(vs.at(i).set()) == 0 {
		return NoID, false
	}
	return idOf(i), true
}

// Batch finds many at once: ids[i] is the value of key i of q, or NoID. The
// result is appended to ids. The misses of a group of keys overlap, which
// makes a key several times cheaper than by Exact.
func (r *Reader) Batch(q *Keys, ids []ID) []ID {
	defer r.s.epochs.enter().exit()
	v := r.view()
	var g lookup
	start := uint32(0)
	for lo := 0; lo < len(q.Kinds); lo += groupSize {
		n := min(groupSize, len(q.Kinds)-lo)
		for k := range n {
			g.kind[k], g.key[k] = q.Kinds[lo+k], q.Data[start:q.Ends[lo+k]]
			start = q.Ends[lo+k]
		}
		g.find(&r.s.values, n)
		for k := range n {
			id := NoID
			if i := g.place[k]; i != 0 && v.sources(r.s.values.at(i).set()) > 0 {
				id = idOf(i)
			}
			ids = append(ids, id)
		}
	}
	return ids
}

// lookup is a group of keys on their way through the index.
type lookup struct {
	kind    [groupSize]cure.Kind
	key     [groupSize][]byte
	hash    [groupSize]uint64
	place   [groupSize]uint32
	touched uint64
}

// find looks up the first n keys, one level of memory at a time.
func (g *lookup) find(vs *values, n int) {
	for k := range n {
		g.hash[k] = vs.hash(g.kind[k], g.key[k])
	}
	for _, h := range g.hash[:n] { // nothing but loads, so that many are on their way
		g.touched += vs.index.peek(h)
	}
	for k := range n {
		p := vs.index.probe(g.hash[k])
		i, ok := p.next()
		if !ok {
			i = 0
		} else {
			g.touched += vs.at(i).key
		}
		g.place[k] = i
	}
	for k := range n {
		if i := g.place[k]; i != 0 && len(g.key[k]) > inlineKey {
			g.touched += vs.touchKey(vs.at(i))
		}
	}
	for k := range n {
		if g.place[k] != 0 { // the first candidate is nearly always the one
			g.place[k] = vs.find(g.hash[k], g.kind[k], g.key[k])
		}
	}
}

// Sights appends what each visible cell knows of the value.
func (r *Reader) Sights(id ID, dst []Sight) []Sight {
	defer r.s.epochs.enter().exit()
	v := r.view()
	rec, ok := v.see(id)
	if !ok {
		return dst
	}
	for p := rec.firstPair(); p != 0; {
		pr := r.s.pairs.at(p)
		if v.sees(pr.cell()) {
			dst = append(dst, pr.sight())
		}
		p = pr.next()
	}
	return dst
}

// Observable returns the value's text form, zero outside the scope. One
// allocation.
func (r *Reader) Observable(id ID) cure.Observable {
	rec, ok := r.view().see(id)
	if !ok {
		return cure.Observable{}
	}
	var buf [8]byte
	return cure.Observable{Kind: rec.kind(), Value: cure.KeyValue(rec.kind(), r.s.values.key(rec, &buf))}
}

// AppendValue appends the value's text form to dst, nothing outside the scope.
func (r *Reader) AppendValue(dst []byte, id ID) []byte {
	rec, ok := r.view().see(id)
	if !ok {
		return dst
	}
	var buf [8]byte
	return cure.AppendValue(dst, rec.kind(), r.s.values.key(rec, &buf))
}

// AppendValues appends the text forms of many values to dst, one after the
// other, and where each ends to ends; one outside the scope is empty. Their
// misses overlap, which makes a value about twice as cheap as by AppendValue.
func (r *Reader) AppendValues(dst []byte, ends []uint32, ids []ID) ([]byte, []uint32) {
	v, vs := r.view(), &r.s.values
	var recs [groupSize]*value
	touched := uint64(0)
	for lo := 0; lo < len(ids); lo += groupSize {
		group := ids[lo:min(lo+groupSize, len(ids))]
		for k, id := range group {
			recs[k] = nil
			if vs.exists(id) {
				recs[k] = vs.at(indexOf(id))
				touched += uint64(recs[k].set())
			}
		}
		for _, rec := range recs[:len(group)] {
			if rec != nil {
				touched += vs.touchKey(rec)
			}
		}
		for _, rec := range recs[:len(group)] {
			if rec != nil && v.sources(rec.set()) > 0 {
				var buf [8]byte
				dst = cure.AppendValue(dst, rec.kind(), vs.key(rec, &buf))
			}
			ends = append(ends, uint32(len(dst)))
		}
	}
	r.touched(touched)
	return dst, ends
}

// touched is where values go that were read for their cache line only.
//
//go:noinline
func (r *Reader) touched(uint64) {}

// Kind returns the value's kind, KindNone outside the scope.
func (r *Reader) Kind(id ID) cure.Kind {
	rec, ok := r.view().see(id)
	if !ok {
		return cure.KindNone
	}
	return rec.kind()
}

// Cell returns what a visible cell stands for now, zero for the others.
func (r *Reader) Cell(c CellID) Cell {
	v := r.view()
	if !v.sees(c) {
		return Cell{}
	}
	return v.table.effective(c)
}
