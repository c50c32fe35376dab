package store

import (
	"iter"
	"math"
	"sync/atomic"

	"github.com/opencure/cure"
)

// Tags appends the tags that visible cells tie to a value, the newest tied
// first.
func (r *Reader) Tags(id ID, dst []TagSight) []TagSight {
	defer r.s.epochs.enter().exit()
	v := r.view()
	rec, ok := v.see(id)
	if !ok {
		return dst
	}
	for i := rec.annotations(); i != 0; {
		a := r.s.tags.at(i)
		if time, cell, confidence, dead := a.load(); !dead && v.sees(cell) {
			dst = append(dst, TagSight{
				Tag: idOf(a.tag()), Cell: cell, Relation: a.relation(), Confidence: confidence,
				Time: time, Loc: locator(atomic.LoadUint64(&a.loc)),
			})
		}
		i = a.next()
	}
	return dst
}

// Related appends the tags that visible cells relate to a value in one way, at
// most so many of one source: the newest. cut reports that there are more.
func (r *Reader) Related(id ID, how cure.Relation, max int, dst []TagSight) (all []TagSight, cut bool) {
	defer r.s.epochs.enter().exit()
	v := r.view()
	rec, ok := v.see(id)
	if !ok {
		return dst, false
	}
	have := map[CellID]int{}
	for i := rec.annotations(); i != 0; {
		a := r.s.tags.at(i)
		if time, cell, confidence, dead := a.load(); !dead && a.relation() == how && v.sees(cell) {
			if have[cell]++; have[cell] > max {
				cut = true
			} else {
				dst = append(dst, TagSight{
					Tag: idOf(a.tag()), Cell: cell, Relation: how, Confidence: confidence,
					Time: time, Loc: locator(atomic.LoadUint64(&a.loc)),
				})
			}
		}
		i = a.next()
	}
	return dst, cut
}

// Tagged yields the values tied to a tag by a visible cell, in ID order, each
// once. Two or three misses a value.
func (r *Reader) Tagged(tag ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		defer r.s.epochs.enter().exit()
		v := r.view()
		if _, ok := v.see(tag); !ok {
			return
		}
		t := indexOf(tag)
		sc := r.s.tags.postings.scan(join(t, 0), join(t, math.MaxUint32))
		var buf [groupSize]uint64
		for n := sc.fill(buf[:]); n > 0; n = sc.fill(buf[:]) {
			for _, e := range buf[:n] {
				if r.ties(v, uint32(e), t) && !yield(idOf(uint32(e))) {
					return
				}
			}
		}
	}
}

// ties reports whether a visible cell ties a tag to a subject.
func (r *Reader) ties(v *view, subject, tag uint32) bool {
	for i := r.s.values.at(subject).annotations(); i != 0; {
		a := r.s.tags.at(i)
		if a.tag() == tag {
			if _, cell, _, dead := a.load(); !dead && v.sees(cell) {
				return true
			}
		}
		i = a.next()
	}
	return false
}

// Notes appends what enrichers say about a value, as far as visible.
func (r *Reader) Notes(id ID, dst []Note) []Note {
	defer r.s.epochs.enter().exit()
	v := r.view()
	rec, ok := v.see(id)
	if !ok {
		return dst
	}
	producers := *r.s.notes.producers.Load()
	for i := rec.notes(); i != 0; {
		n := r.s.notes.at(i)
		p, cell, version := n.author()
		if v.says(n, producers) && v.sees(cell) {
			score, seen := atomic.LoadUint64(&n.score), atomic.LoadUint64(&n.seen)
			said := atomic.LoadUint64(&n.said)
			dst = append(dst, Note{
				Enricher: producers[p].name, Version: version,
				Name: r.s.values.text(uint32(said >> 32)), Value: r.s.values.text(uint32(said)),
				Score: math.Float32frombits(uint32(score >> 32)), Expires: uint32(score),
				Cell: cell, Time: uint32(seen >> 32), Loc: locator(atomic.LoadUint64(&n.loc)),
			})
		}
		i = n.next()
	}
	return dst
}

// text returns an interned text.
func (v *values) text(i uint32) string {
	var buf [8]byte
	return string(v.key(v.at(i), &buf))
}
