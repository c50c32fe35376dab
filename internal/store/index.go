package store

import (
	"sync/atomic"
	"unsafe"
)

// index finds numbers by a 64-bit hash: open addressing with linear probing
// over slots of 32 hash bits and a 32-bit number. It is cut by the top bits of
// the hash into tables that grow alone, sixteen to each of the 64 shards, so
// that no insertion waits for more than one small table to be copied. Readers
// need no lock; they enter the epoch before and leave it after.
//
// A slot's place is the hash scaled to the table (Lemire, "Fast random integer
// generation in an interval", 2019, section 3): tables need not be powers of
// two, entries stand in order of their hash, and growing is a sequential copy.
type index struct {
	tables [indexTables]table
	mem    *memory
	epochs *epochs
}

const (
	indexBits   = 10
	indexTables = 1 << indexBits
	firstSlots  = 32
)

func (x *index) init(s *Store) { x.mem, x.epochs = s.mem, &s.epochs }

// table is one open-addressing table. The zero table is empty.
type table struct {
	slots atomic.Pointer[slots]
	used  uint32
	first uint32 // slots to begin with, if more than firstSlots
}

// slots is one life of a table: n slots at at. A slot is hash<<32 | number+1,
// or 0.
type slots struct {
	at unsafe.Pointer
	n  uint32
}

func (s *slots) slot(i uint32) *uint64 { return (*uint64)(unsafe.Add(s.at, uintptr(i)*8)) }

func (s *slots) home(h uint32) uint32 { return uint32(uint64(h) * uint64(s.n) >> 32) }

// probe walks the slots that may hold a hash.
type probe struct {
	s   *slots
	tag uint32
	i   uint32
}

func (x *index) probe(h uint64) probe { return x.tables[h>>(64-indexBits)].probe(uint32(h)) }

func (t *table) probe(tag uint32) probe { return t.slots.Load().probe(tag) }

func (s *slots) probe(tag uint32) probe {
	if s == nil {
		return probe{}
	}
	return probe{s, tag, s.home(tag)}
}

// next returns the next number stored under the hash; false at the end.
func (p *probe) next() (uint32, bool) {
	if p.s == nil {
		return 0, false
	}
	for {
		w := atomic.LoadUint64(p.s.slot(p.i))
		if w == 0 {
			return 0, false
		}
		if p.i++; p.i == p.s.n {
			p.i = 0
		}
		if uint32(w>>32) == p.tag {
			return uint32(w) - 1, true
		}
	}
}

// peek reads the first slot of a hash, to have its cache line on the way.
func (x *index) peek(h uint64) uint64 {
	s := x.tables[h>>(64-indexBits)].slots.Load()
	if s == nil {
		return 0
	}
	return atomic.LoadUint64(s.slot(s.home(uint32(h))))
}

// insert adds a number under a hash. The number's record must be complete:
// readers can find it from here on.
func (x *index) insert(h uint64, n uint32) {
	x.tables[h>>(64-indexBits)].insert(x.mem, x.epochs, uint32(h), n)
}

func (t *table) insert(m *memory, e *epochs, tag, n uint32) {
	s := t.slots.Load()
	if s == nil || t.used*4 >= s.n*3 {
		s = t.grow(m, e, s)
	}
	atomic.StoreUint64(s.room(tag), uint64(tag)<<32|uint64(n+1))
	t.used++
}

// room returns the first empty slot for a hash. Writer only.
func (s *slots) room(tag uint32) *uint64 {
	for i := s.home(tag); ; {
		if w := s.slot(i); *w == 0 {
			return w
		}
		if i++; i == s.n {
			i = 0
		}
	}
}

// grow copies the table to one about half as large again.
func (t *table) grow(m *memory, e *epochs, old *slots) *slots {
	n := max(firstSlots, int(t.first))
	if old != nil {
		n = int(old.n) * 3 / 2
	}
	n = blockSize(n*8) / 8
	s := &slots{m.alloc(n * 8), uint32(n)}
	if old != nil {
		for i := range old.n {
			if w := *old.slot(i); w != 0 {
				*s.room(uint32(w >> 32)) = w
			}
		}
		e.retire(func() { m.free(old.at, int(old.n)*8) })
	}
	t.slots.Store(s)
	return s
}

// presize makes empty tables ready for n entries in all. Restoring only.
func (x *index) presize(n int) {
	each := n/indexTables*5/3 + firstSlots
	for i := range x.tables {
		size := blockSize(each*8) / 8
		x.tables[i].slots.Store(&slots{x.mem.alloc(size * 8), uint32(size)})
	}
}
