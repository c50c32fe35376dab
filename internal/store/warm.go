package store

import "unsafe"

// A huge page costs its first writer the time of clearing it, and on a busy
// system that of making one: milliseconds. So the janitor has the next page of
// each growing array made before the writer comes there. Small stores do
// without.

// stretch is memory that will be needed soon.
type stretch struct {
	at unsafe.Pointer
	n  int
}

// warm asks for what the arrays will need next. Writer only.
func (s *Store) warm() {
	if s.mem.heap {
		return
	}
	var next []stretch
	next = s.values.ahead(next)
	next = s.pairs.ahead(next)
	next = s.tags.ahead(next)
	next = s.notes.ahead(next)
	next = s.sets.ahead(next)
	next = s.sets.signs.ahead(next)
	next = s.sets.members.ahead(next)
	next = s.values.keys.ahead(next)
	if live := *s.live.Load(); len(live) > 0 {
		next = live[len(live)-1].ahead(next)
	}
	if len(next) == 0 && !s.mem.lacksSlab(slabsPerReady) && !s.mem.lacksReservation() {
		return
	}
	s.dirtyMu.Lock()
	s.cold = append(s.cold, next...)
	s.dirtyMu.Unlock()
	s.ring()
}

// populate makes what warm asked for. A stretch that was given back meanwhile
// does no harm: nothing is written.
func (s *Store) populate() {
	s.dirtyMu.Lock()
	cold := s.cold
	s.cold = nil
	s.dirtyMu.Unlock()
	if !s.mem.heap {
		s.mem.prepareReservations()
	}
	for _, x := range cold {
		populatePages(x.at, x.n)
	}
	if !s.mem.heap {
		s.mem.prepareSlabs()
	}
}

// A reservation costs nothing but the call, which waits while the janitor has
// pages made. So of each kind that has come again the next is made ahead.

func (m *memory) lacksReservation() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, lacks := m.nextReservation()
	return lacks
}

func (m *memory) nextReservation() (reservation, bool) {
	for r, p := range m.ahead {
		if p == nil {
			return r, true
		}
	}
	return reservation{}, false
}

func (m *memory) prepareReservations() {
	for {
		m.mu.Lock()
		r, lacks := m.nextReservation()
		m.mu.Unlock()
		if !lacks {
			return
		}
		p := m.make(r)
		m.mu.Lock()
		m.ahead[r] = p
		m.mu.Unlock()
	}
}

// pageBehind returns where the huge page behind the one being filled begins;
// false while the first, on small pages, is less than half full.
func pageBehind(used uintptr) (uintptr, bool) {
	return used/hugeSize*hugeSize + hugeSize, used > hugeSize/2
}

// ahead appends the huge page behind the one being filled, once.
func (a *array[T]) ahead(dst []stretch) []stretch {
	var t T
	next, due := pageBehind(a.length())
	chunk := unsafe.Sizeof(t) << a.shift
	if !due || next <= a.warmed || next/chunk == uintptr(len(a.dir)) {
		return dst
	}
	a.warmed = next
	a.chunk(uint32(next / chunk))
	return append(dst, stretch{unsafe.Add(unsafe.Pointer(a.dir[next/chunk].Load()), next%chunk), hugeSize})
}

func (k *keyArena) ahead(dst []stretch) []stretch {
	next, due := pageBehind(uintptr(k.end))
	if !due || next <= k.warmed || next/keyChunk == maxKeyChunks {
		return dst
	}
	k.warmed = next
	k.chunk(uint64(next / keyChunk))
	return append(dst, stretch{unsafe.Add(unsafe.Pointer(k.dir[next/keyChunk].Load()), next%keyChunk), hugeSize})
}

func (g *segment) ahead(dst []stretch) []stretch {
	next, due := pageBehind(uintptr(g.n.Load()) * rowSize)
	if next > 2*hugeSize {
		dst = g.store.spare(dst)
	}
	if !due || next <= g.warmed || next+hugeSize > uintptr(g.cap)*rowSize {
		return dst
	}
	g.warmed = next
	return append(dst, stretch{unsafe.Add(g.rows, next), hugeSize})
}

// spare makes the space of the next segment, and appends the first huge page of
// its rows, once. Where segments stay small, so does the next.
func (s *Store) spare(dst []stretch) []stretch {
	if s.spareSpace != nil {
		return dst
	}
	s.spareSpace = s.newSpace(uint32(s.options.SegmentRows), true)
	return append(dst, stretch{s.spareSpace, hugeSize})
}

func (s *Store) newSpace(rows uint32, huge bool) unsafe.Pointer {
	return s.mem.reserveFor(int(space(rows)), int(rows)*int(rowSize)&^(hugeSize-1), huge)
}

// spaceOf returns the space of a segment: what was made ahead, if it is large
// enough. Writer only.
func (s *Store) spaceOf(rows uint32) unsafe.Pointer {
	if p := s.spareSpace; p != nil && int(rows) == s.options.SegmentRows {
		s.spareSpace = nil
		return p
	}
	return s.newSpace(rows, false)
}

// slabsPerReady is how many slabs in use justify one that is ready: tables
// grow in bursts, all about the same time. Twice as many that come free are
// kept: clearing a slab costs a third of having its pages made anew.
const (
	slabsPerReady = 16
	slabsPerKept  = 8
)

// lacksSlab reports whether a slab more may be ready, one for so many in use.
func (m *memory) lacksSlab(per int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.ready) < len(m.slabs)/per
}

// prepareSlabs makes slabs ready.
func (m *memory) prepareSlabs() {
	for m.lacksSlab(slabsPerReady) {
		m.mu.Lock()
		p := m.takeSlab()
		m.mu.Unlock()
		m.putReady(p, populatePages)
	}
}

// putReady keeps a slab for use after its pages were prepared.
func (m *memory) putReady(p unsafe.Pointer, prepare func(unsafe.Pointer, int)) {
	prepare(p, slabSize)
	m.mu.Lock()
	m.ready = append(m.ready, p)
	m.mu.Unlock()
}

func clearPages(p unsafe.Pointer, n int) { clear(unsafe.Slice((*uint64)(p), n/8)) }
