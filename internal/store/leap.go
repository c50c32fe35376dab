package store

import (
	"runtime"
	"slices"
	"sync/atomic"
)

// The rows of a value that stand in company are a chain, and each step of it is
// a cache miss that the step before names: a value seen thirty thousand times
// would be six milliseconds of waiting. So each segment notes, for the values
// it has such rows of, where their chains go on in the segments before: a leap,
// 8 bytes a value and segment. With the leaps of all segments a long chain is
// walked in as many places at once as there are segments, and the misses
// overlap.

// leaps are the leaps of one segment: value 32 | place of the value's newest
// row with company in an older segment 32. They stand in the order they came
// until the segment is closed, and are sorted, and of use, from then on.
type leaps struct {
	list[uint64]
	sorted atomic.Bool
}

// leap notes where the chain of a value goes on from a row of the segment, if
// that is in another segment. Writer only.
func (g *segment) leap(value uint32, prev pos) {
	if prev != 0 && prev.segment() != g.no && g.leaps.room() > 0 {
		g.leaps.add(join(value, uint32(prev)))
	}
}

// seal sorts the leaps of a closed segment. The janitor does it; readers look
// at them from then on.
func (l *leaps) seal() {
	all := l.all()
	slices.Sort(all)
	runtime.Gosched()
	l.sorted.Store(true)
}

func (l *leaps) all() []uint64 { return run{l.base, l.len()}.entries() }

// find returns where the chain of a value goes on before the segment; 0 when
// that is not known.
func (l *leaps) find(value uint32) pos {
	if !l.sorted.Load() {
		return 0
	}
	all := l.all()
	if k, _ := slices.BinarySearch(all, join(value, 0)); k < len(all) && uint32(all[k]>>32) == value {
		return pos(all[k])
	}
	return 0
}

// relearn finds the leaps of a restored segment.
func (g *segment) relearn() {
	n := g.n.Load()
	for i := range n {
		r := g.row(i)
		starts := r.what&rowStart != 0
		if !starts || i+1 < n && g.row(i+1).what&rowStart == 0 {
			g.leap(r.value, r.prev)
		}
	}
}

// A chain is walked in many places at once when it turns out to be long.
const (
	shortChain = 128 // steps before that
	abreast    = 16  // places at once
	firstSteps = 32  // of each, in the first round; twice as many in the next
	mostSteps  = 512
	mostFound  = 4096 // rows that a lane may be ahead
)

// lane is a part of a chain: from where it stands to the row at which the next
// lane begins.
type lane struct {
	chain
	until pos
	ended bool
	found []pos // walked, not visited yet
}

// lanes cuts the rest of a chain at the leaps that lead to it, newest first.
func (c chain) lanes(value uint32) []lane {
	starts := []pos{c.at}
	for _, g := range *c.s.live.Load() {
		if p := g.leaps.find(value); p != 0 && c.ref-uint32(p) > c.ref-uint32(c.at) {
			starts = append(starts, p)
		}
	}
	slices.SortFunc(starts, func(a, b pos) int { return int(int64(c.ref-uint32(a)) - int64(c.ref-uint32(b))) })
	starts = append(slices.Compact(starts), 0)
	all := make([]lane, len(starts)-1)
	for i := range all {
		all[i] = lane{chain: c, until: starts[i+1]}
		all[i].at = starts[i]
	}
	return all
}

// advance walks up to so many steps in each of some lanes, a step of all of
// them at a time, so that their misses overlap.
func advance(lanes []lane, value uint32, steps int) {
	for range steps {
		for i := range lanes {
			l := &lanes[i]
			if l.ended || len(l.found) >= mostFound {
				continue
			}
			if l.at == l.until || !l.next(value) {
				l.ended = true
				continue
			}
			l.found = append(l.found, l.here)
		}
	}
}

// visit calls back for the rows of a chain from where it stands, newest first,
// until that says no more.
func (c chain) visit(value uint32, more func(g *segment, no uint32) bool) {
	for range shortChain {
		if !c.next(value) || !more(c.seg, c.no) {
			return
		}
	}
	if c.at == 0 {
		return
	}
	lanes := c.lanes(value)
	for steps := firstSteps; len(lanes) > 0; steps = min(2*steps, mostSteps) {
		advance(lanes[:min(abreast, len(lanes))], value, steps)
		for len(lanes) > 0 {
			l := &lanes[0]
			for _, p := range l.found {
				if g := c.s.segments[p.segment()].Load(); g != nil && !more(g, p.row()) {
					return
				}
			}
			l.found = l.found[:0]
			if !l.ended {
				break
			}
			if len(lanes) > abreast {
				lanes[abreast].found = l.found // its room, for the one that begins now
			}
			lanes = lanes[1:]
		}
	}
}
