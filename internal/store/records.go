package store

import (
	"encoding/binary"
	"math/bits"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/opencure/cure"
)

// recordIndex finds the records of one segment by ID: hash tables while the
// segment grows, a sorted run of 8 bytes a record when it is closed. It keeps
// 42 bits of the hash of an ID: among 50 million records one look-up in 90
// thousand gives a record too many; who opens the record sees its whole ID.
//
// Entries are hash 32 | 0 | more hash 10 | row of the record's first
// observation 21; isBare in the row marks a record without observations, by
// its place in the segment's list.
type recordIndex struct {
	open   [recordTables]table // by hash, so that growing one keeps nobody waiting
	sealed atomic.Pointer[run]
}

const (
	recordTables = 32
	isBare       = 1 << rowBits
	entryBits    = rowBits + 1
	placeMask    = 1<<entryBits - 1
)

// recordKey is the part of an ID's hash that is kept.
type recordKey struct{ tag, more uint32 }

// recordHash folds an ID, keyed: IDs come from outside.
func recordHash(seed *[16]byte, id *cure.ID) recordKey {
	hi, lo := bits.Mul64(
		binary.LittleEndian.Uint64(id[:8])^binary.LittleEndian.Uint64(seed[:8]),
		binary.LittleEndian.Uint64(id[8:])^binary.LittleEndian.Uint64(seed[8:]))
	h := hi ^ lo
	return recordKey{uint32(h >> 32), uint32(h) >> 22}
}

// expect makes the tables begin as large as those of the segment before had
// to become.
func (x *recordIndex) expect(before *recordIndex) {
	for i := range x.open {
		x.open[i].first = before.open[i].used * 3 / 2
	}
}

// add enters a row, or a place with isBare. Writer only.
func (x *recordIndex) add(s *Store, k recordKey, place uint32) {
	x.open[k.more%recordTables].insert(s.mem, &s.epochs, k.tag, k.more<<entryBits|place)
}

// peek reads the slot a key will go to, to have its line on the way.
func (x *recordIndex) peek(k recordKey) uint64 {
	s := x.open[k.more%recordTables].slots.Load()
	if s == nil {
		return 0
	}
	return *s.slot(s.home(k.tag))
}

// find appends the places under a hash.
func (x *recordIndex) find(k recordKey, dst []uint32) []uint32 {
	keep := func(e uint32) {
		if e>>entryBits == k.more {
			dst = append(dst, e&placeMask)
		}
	}
	// A table goes only after the run has come, so this order misses nothing.
	s := x.open[k.more%recordTables].slots.Load()
	if r := x.sealed.Load(); s == nil && r != nil {
		e := r.entries()
		first := uint64(k.tag) << 32
		i := lowerBound(e, first, int(scaled(first, len(e))))
		for ; i < len(e) && uint32(e[i]>>32) == k.tag; i++ {
			keep(uint32(e[i]))
		}
		return dst
	}
	p := s.probe(k.tag)
	for n, ok := p.next(); ok; n, ok = p.next() {
		keep(n)
	}
	return dst
}

// seal turns the tables of a closed segment into a run. The janitor does it,
// inside an epoch: the segment may be dropped meanwhile.
func (x *recordIndex) seal(m *memory, e *epochs) {
	var r run
	sortedEntries(x.slots(), func(uint32) bool { return true }, func(n int) []uint64 {
		r = run{m.alloc(n * 8), n}
		return r.entries()
	})
	x.sealed.Store(&r)
	for i := range x.open {
		if s := x.open[i].slots.Swap(nil); s != nil {
			e.retire(func() { m.free(s.at, int(s.n)*8) })
		}
	}
}

// slots returns the present life of the tables.
func (x *recordIndex) slots() (all [recordTables]*slots) {
	for i := range all {
		all[i] = x.open[i].slots.Load()
	}
	return all
}

// sortedEntries puts the entries of tables in order, as far as keep keeps their
// places, into what room makes for them. The writer may be adding others to the
// tables. Hashes are even, so spreading the entries over small buckets does most
// of the sorting.
func sortedEntries(tables [recordTables]*slots, keep func(place uint32) bool, room func(n int) []uint64) {
	size := 0
	for _, s := range tables {
		if s != nil {
			size += int(s.n)
		}
	}
	each := func(visit func(e uint64)) {
		for _, s := range tables {
			for i := uint32(0); s != nil && i < s.n; i++ {
				if i%yieldEvery == 0 {
					runtime.Gosched()
				}
				if w := atomic.LoadUint64(s.slot(i)); w != 0 && keep(uint32(w-1)&placeMask) {
					visit(w - 1)
				}
			}
		}
	}
	buckets := size/16 + 1
	ends := make([]uint32, buckets+1) // ends[b]: where bucket b begins, and when it is full, ends
	each(func(e uint64) { ends[scaled(e, buckets)+1]++ })
	for b := range buckets {
		ends[b+1] += ends[b]
	}
	out := room(int(ends[buckets]))
	each(func(e uint64) {
		b := scaled(e, buckets)
		out[ends[b]] = e
		ends[b]++
	})
	start := uint32(0)
	for b, end := range ends[:buckets] {
		if b%(yieldEvery/16) == 0 {
			runtime.Gosched()
		}
		slices.Sort(out[start:end])
		start = end
	}
}

func (x *recordIndex) bytes() int64 {
	n := int64(0)
	if r := x.sealed.Load(); r != nil {
		n += int64(r.n) * 8
	}
	for _, s := range x.slots() {
		if s != nil {
			n += int64(s.n) * 8
		}
	}
	return n
}

func (x *recordIndex) release(m *memory) {
	if r := x.sealed.Load(); r != nil {
		m.free(r.at, r.n*8)
	}
	for _, s := range x.slots() {
		if s != nil {
			m.free(s.at, int(s.n)*8)
		}
	}
}
