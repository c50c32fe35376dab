package store

import (
	"math"
	"sync/atomic"

	"github.com/opencure/cure"
)

// note is what an enricher says about a value, 56 bytes:
//
//	link   value 32 | next note of the value 32
//	said   name 32 | text 32: places of interned texts
//	by     producer 16 | cell 16 | version 32
//	score  score 32 (IEEE 754) | expiry 32
//	seen   time 32 | dead 1
//	loc    stream sequence 48 | record ordinal 16
//	arrival 32
type note struct{ link, said, by, score, seen, loc, arrival uint64 }

func (n *note) next() uint32 { return uint32(atomic.LoadUint64(&n.link)) }
func (n *note) dead() bool   { return atomic.LoadUint64(&n.seen)&1 != 0 }

func (n *note) author() (producer uint16, cell CellID, version uint32) {
	w := atomic.LoadUint64(&n.by)
	return uint16(w >> 48), CellID(w >> 32), uint32(w)
}

func byOf(producer uint16, cell CellID, version uint32) uint64 {
	return uint64(producer)<<48 | uint64(cell)<<32 | uint64(version)
}

func scoreOf(score float32, expires uint32) uint64 { return join(math.Float32bits(score), expires) }

// notes holds what enrichers said. An enricher's floor is the version below
// which nothing of it counts: raising it takes all of that back at once.
type notes struct {
	array[note]
	free      []uint32
	producers atomic.Pointer[[]producer] // replaced, never changed
	byName    map[producerKey]uint16
	held      atomic.Uint32 // notes below it are written, for readers
}

type producerKey struct {
	source SourceID
	name   string
}

type producer struct {
	producerKey
	floor uint64
}

const maxProducers = 1<<16 - 1

func (n *notes) init(m *memory) {
	n.array.init(m)
	n.byName = map[producerKey]uint16{}
	n.producers.Store(&[]producer{})
}

// producer interns an enricher of a source; false when there are too many.
func (n *notes) producer(src SourceID, name string) (uint16, bool) {
	k := producerKey{src, name}
	if p, ok := n.byName[k]; ok {
		return p, true
	}
	list := *n.producers.Load()
	if len(list) == maxProducers {
		return 0, false
	}
	p := uint16(len(list))
	list = append(list[:p:p], producer{k, 0})
	n.producers.Store(&list)
	n.byName[k] = p
	return p, true
}

// raise sets the floor of a producer, if that is higher than it was.
func (n *notes) raise(p uint16, floor uint64) {
	list := append([]producer(nil), *n.producers.Load()...)
	list[p].floor = max(list[p].floor, floor)
	n.producers.Store(&list)
}

// raiseAll sets the floors of all producers; for restoring.
func (n *notes) raiseAll(floors []uint64) {
	list := append([]producer(nil), *n.producers.Load()...)
	for p := range list {
		list[p].floor = floors[p]
	}
	n.producers.Store(&list)
}

// holds reports whether a note still counts.
func (n *notes) holds(rec *note) bool {
	p, _, version := rec.author()
	return !rec.dead() && uint64(version) >= (*n.producers.Load())[p].floor
}

func (n *notes) take() (uint32, bool) {
	if k := len(n.free); k > 0 {
		i := n.free[k-1]
		n.free = n.free[:k-1]
		return i, true
	}
	return n.grow()
}

// enrich files an enrichment under its subject.
func (a *application) enrich(record uint16, e *cure.Enrichment) bool {
	s := a.s
	cell, ok := a.cell(record)
	if !ok || e.Subject.Check() != nil || len(e.Name) > maxKey || len(e.Value) > maxKey || e.Enricher == "" || len(e.Enricher) > maxKey {
		return false
	}
	p, ok := s.notes.producer(a.source, e.Enricher)
	if !ok {
		return false
	}
	switch floor := (*s.notes.producers.Load())[p].floor; {
	case uint64(e.Version) < floor:
		return true // an old version speaks late: as if retracted at once
	case uint64(e.Version) > floor:
		s.notes.raise(p, uint64(e.Version))
	}
	a.key = e.Subject.AppendKey(a.key[:0])
	subject := a.intern(e.Subject.Kind, a.key)
	name := a.intern(kindText, append(a.key[:0], e.Name...))
	text := a.intern(kindText, append(a.key[:0], e.Value...))
	if subject == 0 || name == 0 || text == 0 {
		return false
	}
	s.unlinkStale(subject)
	i := s.findNote(subject, p, cell, join(name, text))
	fresh := i == 0
	if fresh {
		if i, ok = s.notes.take(); !ok {
			return false
		}
	}
	n := s.notes.mut(i)
	atomic.StoreUint64(&n.by, byOf(p, cell, e.Version))
	atomic.StoreUint64(&n.score, scoreOf(e.Score, seconds(e.Expires)))
	atomic.StoreUint64(&n.seen, uint64(seconds(e.Time))<<32)
	atomic.StoreUint64(&n.loc, locOf(a.at.Seq, record))
	n.arrival = uint64(a.sec)
	if fresh {
		v := s.values.mut(subject)
		atomic.StoreUint64(&n.said, join(name, text))
		atomic.StoreUint64(&n.link, join(subject, v.notes()))
		atomic.StoreUint64(&v.said, join(v.annotations(), i))
		s.notes.held.Store(max(s.notes.held.Load(), i+1))
	}
	return true
}

// findNote returns the note that says the same thing, 0 for none.
func (s *Store) findNote(subject uint32, p uint16, cell CellID, said uint64) uint32 {
	for i := s.values.at(subject).notes(); i != 0; i = s.notes.at(i).next() {
		n := s.notes.at(i)
		if q, c, _ := n.author(); q == p && c == cell && n.said == said {
			return i
		}
	}
	return 0
}

// unlinkStale takes the notes that no longer count out of a value's chain.
func (s *Store) unlinkStale(subject uint32) {
	v := s.values.at(subject)
	var gone []uint32
	prev := uint32(0)
	for i := v.notes(); i != 0; {
		n := s.notes.at(i)
		next := n.next()
		switch {
		case s.notes.holds(n):
			prev = i
		case prev == 0:
			atomic.StoreUint64(&s.values.mut(subject).said, join(v.annotations(), next))
			gone = append(gone, i)
		default:
			atomic.StoreUint64(&s.notes.mut(prev).link, join(subject, next))
			gone = append(gone, i)
		}
		i = next
	}
	if gone != nil {
		s.epochs.recycle(func() {
			for _, i := range gone {
				s.notes.mut(i).link = 0
			}
			s.notes.free = append(s.notes.free, gone...)
		})
	}
}
