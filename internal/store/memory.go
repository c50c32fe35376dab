package store

import (
	"math/bits"
	"sync"
	"sync/atomic"
	"unsafe"
)

// memory hands out the store's arenas: pointer-free blocks that the garbage
// collector neither scans nor moves. Off-heap they are anonymous mappings with
// huge pages, which makes a cache miss cost about half (the page table of a
// 4 GB store does not fit any cache); on the heap they are plain slices, which
// the race detector can see.
//
// Blocks up to half a slab come from slabs of one block size; a slab whose
// blocks are all free serves any size again. Slabs of small blocks are blocks
// themselves, an eighth of a slab: two dozen sizes are in use, and of each one
// slab is half empty. Larger blocks are mappings of their own and go back to
// the system. Safe for concurrent use.
type memory struct {
	heap bool

	mu     sync.Mutex
	slabs  map[uintptr]*slab // by address
	small  map[uintptr]*slab // the small ones, by address
	open   map[int][]*slab   // with room, by block size
	spare  []unsafe.Pointer  // whole free slabs, without pages
	ready  []unsafe.Pointer  // whole free slabs that have their pages
	region unsafe.Pointer    // mapping of regionSize that slabs are cut from
	cut    int               // bytes of it given out
	large  map[unsafe.Pointer]int
	ahead  map[reservation]unsafe.Pointer // made before they are asked for, nil: to be made

	bytes atomic.Int64 // resident at most; reservations are counted by their users
}

const (
	slabSize   = 2 << 20 // a huge page
	regionSize = 32 << 20
	hugeSize   = slabSize

	smallSlab  = slabSize / 8
	smallBlock = smallSlab / 16 // the largest in a small slab
)

type slab struct {
	base  unsafe.Pointer
	size  int
	block int
	next  int   // first block never given out
	free  []int // offsets given back
	live  int
}

func newMemory(heap bool) *memory {
	return &memory{
		heap:  heap || !mappable,
		slabs: map[uintptr]*slab{},
		small: map[uintptr]*slab{},
		open:  map[int][]*slab{},
		large: map[unsafe.Pointer]int{},
		ahead: map[reservation]unsafe.Pointer{},
		cut:   regionSize,
	}
}

// blockSize rounds up to one of four sizes per power of two, or to whole pages
// for what gets a mapping of its own.
func blockSize(n int) int {
	if n <= 256 {
		return 256
	}
	if n > slabSize/2 {
		return (n + 4095) &^ 4095
	}
	step := 1 << (bits.Len(uint(n-1)) - 3)
	return (n + step - 1) &^ (step - 1)
}

// alloc returns n zeroed bytes, aligned to 64. What it returns is given back
// with free and the same n.
func (m *memory) alloc(n int) unsafe.Pointer {
	n = blockSize(n)
	if m.heap {
		m.bytes.Add(int64(n))
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, n/8)))
	}
	if n > slabSize/2 {
		m.bytes.Add(int64(n))
		p := m.mapLarge(n)
		if whole := n &^ (hugeSize - 1); whole > 0 {
			adviseHuge(p, whole) // the rest on small pages, as far as used
		}
		return p
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.take(n)
}

// take returns a block of a size that slabs have. The lock is held.
func (m *memory) take(n int) unsafe.Pointer {
	s := m.slabWithRoom(n)
	s.live++
	var p unsafe.Pointer
	if k := len(s.free); k > 0 {
		p = unsafe.Add(s.base, s.free[k-1])
		s.free = s.free[:k-1]
		clear(unsafe.Slice((*uint64)(p), n/8))
	} else {
		p = unsafe.Add(s.base, s.next)
		s.next += n
	}
	if !s.hasRoom() {
		list := m.open[n]
		m.open[n] = list[:len(list)-1]
	}
	return p
}

// slabOf returns the size of the slabs that blocks of a size come from, and
// where they are listed.
func (m *memory) slabOf(block int) (size int, list map[uintptr]*slab) {
	if block <= smallBlock {
		return smallSlab, m.small
	}
	return slabSize, m.slabs
}

func (s *slab) hasRoom() bool { return len(s.free) > 0 || s.next+s.block <= s.size }

// slabWithRoom returns the last open slab of the size, m.open's top.
func (m *memory) slabWithRoom(n int) *slab {
	if list := m.open[n]; len(list) > 0 {
		return list[len(list)-1]
	}
	size, slabs := m.slabOf(n)
	s := &slab{block: n, size: size}
	if k := len(m.ready); size < slabSize {
		s.base = m.take(size)
	} else if k > 0 {
		s.base = m.ready[k-1]
		m.ready = m.ready[:k-1]
	} else {
		s.base = m.takeSlab()
	}
	slabs[uintptr(s.base)] = s
	m.open[n] = append(m.open[n], s)
	return s
}

// takeSlab returns the zeroed memory of a slab.
func (m *memory) takeSlab() unsafe.Pointer {
	m.bytes.Add(slabSize)
	if k := len(m.spare); k > 0 {
		p := m.spare[k-1]
		m.spare = m.spare[:k-1]
		return p
	}
	if m.cut == regionSize {
		m.region, m.cut = m.nextRegion(), 0
	}
	p := unsafe.Add(m.region, m.cut)
	m.cut += slabSize
	return p
}

// nextRegion returns a region. The first stays on small pages: an empty store
// is small.
func (m *memory) nextRegion() unsafe.Pointer {
	r := reservation{regionSize, regionSize, m.region != nil}
	p := m.ahead[r]
	if r.huge {
		m.ahead[r] = nil
	}
	if p == nil {
		p = mapPages(regionSize, r.huge)
		m.large[p] = regionSize
	}
	return p
}

// free gives back what alloc(n) returned. Nobody may hold it any more.
func (m *memory) free(p unsafe.Pointer, n int) {
	n = blockSize(n)
	if m.heap {
		m.bytes.Add(-int64(n))
		return
	}
	if n > slabSize/2 {
		m.bytes.Add(-int64(n))
		m.release(p)
		return
	}
	m.mu.Lock()
	s := m.freeBlock(p, n)
	m.mu.Unlock()
	if s != nil {
		if m.lacksSlab(slabsPerKept) {
			m.putReady(s.base, clearPages)
			return
		}
		emptyPages(s.base, slabSize) // outside the lock: it takes a while
		m.bytes.Add(-slabSize)
		m.mu.Lock()
		m.spare = append(m.spare, s.base)
		m.mu.Unlock()
	}
}

// freeBlock gives a block back to its slab; it returns the whole slab if that
// is free altogether, and out of the lists. The lock is held.
func (m *memory) freeBlock(p unsafe.Pointer, n int) *slab {
	size, slabs := m.slabOf(n)
	base := uintptr(p) &^ uintptr(size-1)
	s := slabs[base]
	full := !s.hasRoom()
	s.live--
	s.free = append(s.free, int(uintptr(p)-base))
	if s.live == 0 {
		delete(slabs, base)
		m.forget(s, full)
		if size < slabSize {
			return m.freeBlock(s.base, size)
		}
		return s
	}
	if full {
		m.open[n] = append(m.open[n], s)
	}
	return nil
}

// forget takes a slab whose blocks are all free out of the list of those with
// room.
func (m *memory) forget(s *slab, full bool) {
	if full {
		return
	}
	list := m.open[s.block]
	for i := range list {
		if list[i] == s {
			m.open[s.block] = append(list[:i], list[i+1:]...)
			return
		}
	}
}

// reserve returns n zeroed bytes that cost nothing until touched. Unless all of
// it is huge, the first huge page's worth stays on small pages: what is short
// stays small.
func (m *memory) reserve(n int, huge bool) unsafe.Pointer { return m.reserveFor(n, n, huge) }

// reserveFor is reserve where only the first bytes, so many, are to have huge
// pages at all.
func (m *memory) reserveFor(n, dense int, huge bool) unsafe.Pointer {
	if m.heap {
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, (n+7)/8)))
	}
	r := reservation{n, dense, huge}
	m.mu.Lock()
	p := m.ahead[r]
	if p != nil || huge {
		m.ahead[r] = nil
	}
	m.mu.Unlock()
	if p == nil {
		p = m.make(r)
	}
	return p
}

// reservation is what reserveFor is asked for.
type reservation struct {
	n, dense int
	huge     bool
}

func (m *memory) make(r reservation) unsafe.Pointer {
	p := m.mapLarge(r.n)
	switch {
	case r.huge:
		adviseHuge(p, r.dense)
	case r.dense > hugeSize:
		adviseHuge(unsafe.Add(p, hugeSize), r.dense-hugeSize)
	}
	return p
}

// trim gives back the end of what reserve(n) returned, behind the used bytes;
// it still reads as zero.
func (m *memory) trim(p unsafe.Pointer, used, n int) {
	used = (used + 4095) &^ 4095
	if !m.heap && used < n {
		emptyPages(unsafe.Add(p, used), (n-used)&^4095)
	}
}

// release gives back what reserve returned.
func (m *memory) release(p unsafe.Pointer) {
	if m.heap {
		return
	}
	m.mu.Lock()
	n := m.large[p]
	delete(m.large, p)
	m.mu.Unlock()
	unmapPages(p, n)
}

func (m *memory) mapLarge(n int) unsafe.Pointer {
	n = (n + slabSize - 1) &^ (slabSize - 1)
	p := mapPages(n, false)
	m.mu.Lock()
	m.large[p] = n
	m.mu.Unlock()
	return p
}

// close unmaps everything; nobody may read the store any more.
func (m *memory) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for p, n := range m.large {
		unmapPages(p, n)
	}
	clear(m.large)
	clear(m.ahead)
	m.region, m.slabs, m.small, m.open, m.spare = nil, nil, nil, nil, nil
}
