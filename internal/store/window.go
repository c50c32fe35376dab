package store

import (
	"iter"
	"math/bits"
	"slices"
	"time"
)

// AtLeast yields, in ID order, the values with visible observations from at
// least k sources whose event time touches [from, to]. It makes one pass over
// the segments the window touches, spreads (value, source) over partitions of
// neighbouring IDs, and counts each partition in the cache: no miss for each
// observation, no memory for each value of the store. Windows of more than
// maxHits rows take several passes over slices of the IDs.
//
// Cost: some 10 ns an observation in the segments of the window.
func (r *Reader) AtLeast(k int, from, to time.Time) iter.Seq[ID] {
	lo, hi := window(from, to)
	return func(yield func(ID) bool) {
		defer r.s.epochs.enter().exit()
		w := census{r: r, v: r.view(), k: max(k, 1), lo: lo, hi: hi}
		rows := uint64(0)
		for _, g := range *r.s.live.Load() {
			if n := g.n.Load(); n > 0 && g.minEvent.Load() <= hi && g.maxEvent.Load() >= lo {
				w.segments = append(w.segments, g)
				w.rows = append(w.rows, n)
				rows += uint64(n)
			}
		}
		w.bits = make([]int32, len(w.v.table.sources))
		end := uint64(r.s.values.count.Load()) + 1
		passes := rows/maxHits + 1
		for p := range passes {
			if !w.pass(uint32(end*p/passes), uint32(end*(p+1)/passes), yield) {
				return
			}
		}
	}
}

const (
	maxHits    = 8 << 20 // of one pass, 8 bytes each
	partitions = 512
)

// census counts sources a value over a window.
type census struct {
	r        *Reader
	v        *view
	k        int
	lo, hi   uint32 // event time
	segments []*segment
	rows     []uint32 // of each segment, as published at the start

	bits  []int32 // bit+1 of a source, by SourceID; 0: not met yet
	met   int     // sources met
	parts [partitions][]uint64
	masks []uint64
	ids   []ID
}

// pass handles the values in [first, end); false when the loop was left.
func (c *census) pass(first, end uint32, yield func(ID) bool) bool {
	if first >= end {
		return true
	}
	width := (end-first)/partitions + 1
	for i := range c.parts {
		c.parts[i] = c.parts[i][:0]
	}
	shift := uint(bits.Len32(width))
	for i, g := range c.segments {
		for k := range g.batches.len() {
			b := g.batches.at(k)
			if b.minEvent > c.hi || b.maxEvent < c.lo {
				continue
			}
			stop := c.rows[i]
			if k+1 < g.batches.len() {
				stop = min(stop, g.batches.at(k+1).first)
			}
			c.gather(g, b.first, stop, first, end, shift)
		}
	}
	words := (c.met + 63) / 64
	for i := range c.parts {
		base := first + uint32(i)<<shift
		if len(c.parts[i]) > 0 && !c.count(c.parts[i], base, 1<<shift, words, yield) {
			return false
		}
	}
	return true
}

// gather spreads the hits among rows [from, to) over the partitions.
func (c *census) gather(g *segment, from, to, first, end uint32, shift uint) {
	for i := from; i < to; i++ {
		r := g.row(i)
		if r.value < first || r.value >= end {
			continue
		}
		where, what := r.load()
		cell := CellID(where)
		if what&rowDead != 0 || !c.v.sees(cell) || r.first > c.hi {
			continue
		}
		if r.first < c.lo {
			if _, last, _ := g.span(i, r, what); last < c.lo {
				continue
			}
		}
		src := c.v.table.cells[cell].source
		if c.bits[src] == 0 {
			c.met++
			c.bits[src] = int32(c.met)
		}
		p := (r.value - first) >> shift
		c.parts[p] = append(c.parts[p], join(r.value, uint32(c.bits[src]-1)))
	}
}

// count yields the values of one partition that have enough sources. masks is
// all zero before and after.
func (c *census) count(hits []uint64, base, width uint32, words int, yield func(ID) bool) bool {
	if need := int(width) * words; len(c.masks) < need {
		c.masks = make([]uint64, need)
	}
	for _, h := range hits {
		i, b := uint32(h>>32)-base, uint32(h)
		c.masks[int(i)*words+int(b>>6)] |= 1 << (b & 63)
	}
	c.ids = c.ids[:0]
	for _, h := range hits {
		i := int(uint32(h>>32)-base) * words
		n := 0
		for w := range words {
			n += bits.OnesCount64(c.masks[i+w])
			c.masks[i+w] = 0
		}
		if n >= c.k {
			c.ids = append(c.ids, idOf(uint32(h>>32)))
		}
	}
	slices.Sort(c.ids)
	for _, id := range c.ids {
		if !yield(id) {
			return false
		}
	}
	return true
}

// PortTime yields the visible observations of a port in [from, to], newest
// arrival first: the records that belong to a port and a time. A port seen
// all the time is looked for in the segments of the window rather than by its
// own long chain.
func (r *Reader) PortTime(port ID, from, to time.Time) iter.Seq[Sighting] {
	lo, hi := window(from, to)
	return func(yield func(Sighting) bool) {
		defer r.s.epochs.enter().exit()
		v := r.view()
		rec, ok := v.see(port)
		if !ok {
			return
		}
		seen, rows := uint64(0), uint64(0)
		for p := rec.firstPair(); p != 0; p = r.s.pairs.at(p).next() {
			seen += uint64(r.s.pairs.at(p).count())
		}
		live := *r.s.live.Load()
		for _, g := range live {
			if g.minEvent.Load() <= hi && g.maxEvent.Load() >= lo {
				rows += uint64(g.n.Load())
			}
		}
		if seen*scanWorth < rows {
			r.Timeline(port, from, to)(yield)
			return
		}
		for k := len(live) - 1; k >= 0; k-- {
			if !v.scanFor(live[k], indexOf(port), lo, hi, yield) {
				return
			}
		}
	}
}

// scanWorth is how many rows can be scanned in the time of one miss.
const scanWorth = 64

// scanFor yields the rows of one value in a segment, newest first.
func (v *view) scanFor(g *segment, value, lo, hi uint32, yield func(Sighting) bool) bool {
	if g.minEvent.Load() > hi || g.maxEvent.Load() < lo {
		return true
	}
	for i := g.n.Load(); i > 0; i-- {
		if g.row(i-1).value != value {
			continue
		}
		if sg, ok := v.sighting(g, i-1, lo, hi); ok && !yield(sg) {
			return false
		}
	}
	return true
}
