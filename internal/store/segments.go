package store

import (
	"slices"
	"time"
)

// segmentFor returns the segment that a batch goes to, beginning a new one
// when the last is full or old.
func (s *Store) segmentFor(rows, records int, arrival uint32) *segment {
	live := *s.live.Load()
	if k := len(live); k > 0 {
		g := live[k-1]
		old := uint64(g.minArr)+uint64(s.options.SegmentAge/time.Second) <= uint64(arrival)
		if g.hasRoom(rows, records) && !old {
			g.maxArr = max(g.maxArr, arrival)
			return g
		}
		s.closing(g)
	}
	for len(*s.live.Load()) >= maxLive {
		s.dropOldest()
	}
	if s.lastSegment++; s.lastSegment == maxSegments {
		s.lastSegment = 1
	}
	g := newSegment(s, s.lastSegment, max(uint32(s.options.SegmentRows), uint32(rows), uint32(records)))
	g.minArr, g.maxArr = arrival, arrival
	if k := len(live); k > 0 {
		g.records.expect(&live[k-1].records)
	}
	s.segments[g.no].Store(g)
	live = append(slices.Clip(*s.live.Load()), g)
	s.live.Store(&live)
	return g
}

// maxLive is the number of segments that places can tell apart, with room for
// the margin of [Store.ahead]: four thousand million rows, or eleven years of
// days.
const maxLive = maxSegments - 16

// dropOldest drops the oldest segment and returns its live rows. What the
// pairs know of them stays. Chains that lead into it end there: a place whose
// segment is gone, or is another by now, does not hold a row of the value.
func (s *Store) dropOldest() int {
	live := *s.live.Load()
	g := live[0]
	live = slices.Clone(live[1:])
	s.live.Store(&live)
	s.segments[g.no].Store(nil)
	t := s.cells.table.Load()
	gone := make([]uint64, len(t.cells))
	rows := 0
	for i := range g.n.Load() {
		if r := g.row(i); r.what&rowDead == 0 {
			gone[CellID(r.where)]++
			rows++
		}
	}
	for c, n := range gone {
		t.tallies[c].rows.Add(-n)
	}
	s.epochs.retire(g.release)
	return rows
}

// Shed drops the oldest segments until the store is under the given part of
// its budget, but not the newest; returns how many observations went.
func (s *Store) Shed(part float64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	dropped := 0
	limit := int64(part * float64(s.options.Budget))
	later := int64(0) // what the janitor will give back
	for s.options.Budget > 0 && s.bytes()-later > limit && len(*s.live.Load()) > 1 {
		later += (*s.live.Load())[0].records.bytes()
		dropped += s.dropOldest()
	}
	s.collect()
	return dropped
}

// Expire drops segments that arrived before segments, and pairs last seen
// before pairs: event time or arrival, whichever is later, arrival to the day.
// A pair whose observations are still held stays. What a cell said of a value
// (tags) goes with the pair; notes go when they expired before pairs. Returns
// the number of observations dropped.
//
// It takes the writer's lock in short steps, so it may run beside Apply: about
// 2 ms a segment, and a pass over all values.
func (s *Store) Expire(segments, pairs time.Time) (dropped int) {
	cut := uint64(seconds(segments))
	for s.step(func() bool {
		live := *s.live.Load()
		if len(live) == 0 || uint64(live[0].maxArr) >= cut {
			return false
		}
		dropped += s.dropOldest()
		return true
	}) {
	}
	next := uint32(1)
	for s.step(func() bool { next = s.expirePairs(next, seconds(pairs)); return next != 0 }) {
	}
	return dropped
}

// step runs one step of long work under the writer's lock.
func (s *Store) step(work func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.collect()
	return work()
}

// expireStep is the number of values that one step looks at: under a
// millisecond.
const expireStep = 1 << 13

// expirePairs drops the pairs of some values and returns where to go on, 0 at
// the end.
func (s *Store) expirePairs(from, cut uint32) (next uint32) {
	if live := *s.live.Load(); len(live) > 0 {
		cut = min(cut, live[0].minArr)
	}
	n := s.values.count.Load()
	end := min(n+1, from+expireStep)
	var e eraser
	e.s = s
	touched := uint64(0)
	for i := from; i < end; i++ {
		if (i-from)%groupSize == 0 {
			touched += s.touchPairs(i, min(i+groupSize, end))
		}
		v := s.values.at(i)
		for p := v.firstPair(); p != 0; {
			pr := s.pairs.at(p)
			p = pr.next()
			if pr.last() < cut && (uint64(pr.day())+1)*86400 <= uint64(cut) {
				e.unsay(i, pr.cell())
				e.remove(i, pr.cell())
			}
		}
		e.settle()
		for p := v.notes(); p != 0; p = s.notes.at(p).next() {
			if nt := s.notes.at(p); uint32(nt.score) != 0 && uint32(nt.score) < cut {
				s.notes.kill(p)
			}
		}
	}
	s.work.touched += touched
	if end > n {
		return 0
	}
	return end
}

// touchPairs reads the first pairs of values, so that their misses overlap.
func (s *Store) touchPairs(from, end uint32) (touched uint64) {
	for i := from; i < end; i++ {
		if p := s.values.at(i).firstPair(); p != 0 {
			touched += s.pairs.at(p).link
		}
	}
	return touched
}
