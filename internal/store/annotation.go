package store

import (
	"math/bits"
	"sync/atomic"

	"github.com/opencure/cure"
)

// annotation is a tag tied to a value by a cell, 32 bytes. Saying the same
// again (value, tag and cell) renews time, confidence and place.
//
//	who    subject 32 | tag 32
//	link   arrival 32 | next of the subject 32
//	seen   time 32 | cell 16 | confidence 8 | relation 7 | dead 1
//	loc    stream sequence 48 | record ordinal 16
type annotation struct{ who, link, seen, loc uint64 }

func (a *annotation) subject() uint32 { return uint32(a.who >> 32) }
func (a *annotation) tag() uint32     { return uint32(a.who) }
func (a *annotation) next() uint32    { return uint32(atomic.LoadUint64(&a.link)) }
func (a *annotation) arrival() uint32 { return uint32(atomic.LoadUint64(&a.link) >> 32) }

func (a *annotation) load() (time uint32, cell CellID, confidence uint8, dead bool) {
	w := atomic.LoadUint64(&a.seen)
	return uint32(w >> 32), CellID(w >> 16), uint8(w >> 8), w&1 != 0
}

func (a *annotation) relation() cure.Relation {
	return cure.Relation(atomic.LoadUint64(&a.seen) >> 1 & 0x7f)
}

func seenOf(time uint32, cell CellID, confidence uint8, relation cure.Relation) uint64 {
	return uint64(time)<<32 | uint64(cell)<<16 | uint64(confidence)<<8 | uint64(relation&0x7f)<<1
}

func locOf(seq uint64, record uint16) uint64 { return seq<<16 | uint64(record) }

func locator(w uint64) Locator { return Locator{Seq: w >> 16, Record: uint16(w)} }

// annotations holds all of them, an index to find one again, and the postings
// tag -> subject.
type annotations struct {
	array[annotation]
	index    index
	postings order // tag 32 | subject 32
}

func (a *annotations) init(s *Store) {
	a.array.init(s.mem)
	a.index.init(s)
	a.postings.init(s)
}

// tripleHash spreads subject, tag and cell over the index.
func tripleHash(subject, tag uint32, cell CellID) uint64 {
	hi, lo := bits.Mul64(join(subject, tag)^0x9e3779b97f4a7c15, (uint64(cell)+1)*0xd6e8feb86659fd93)
	return (hi ^ lo) * 0xff51afd7ed558ccd
}

// find returns the place of an annotation, dead or alive; 0: none.
func (a *annotations) find(h uint64, subject, tag uint32, cell CellID) uint32 {
	p := a.index.probe(h)
	for i, ok := p.next(); ok; i, ok = p.next() {
		rec := a.at(i)
		if rec.who == join(subject, tag) && CellID(rec.seen>>16) == cell {
			return i
		}
	}
	return 0
}
