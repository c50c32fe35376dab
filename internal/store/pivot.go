package store

// Pivot goes o.Hops steps from the seeds over shared records: first all values
// in one record with a seed, then, with two hops, all in one record with one
// of those. Values with more than MaxFanout neighbours are named, not
// expanded: what everything touches explains nothing. Caps of 0 are none.
//
// Cost: about a cache miss a record looked at, a good part of them overlapping.
func (r *Reader) Pivot(seeds []ID, o PivotOptions) PivotResult {
	defer r.s.epochs.enter().exit()
	p := pivot{r: r, v: r.view(), o: o}
	var frontier []uint32
	for _, id := range seeds {
		if _, ok := p.v.see(id); ok && p.seen.add(indexOf(id)) {
			frontier = append(frontier, indexOf(id))
		}
	}
	for hop := 1; hop <= o.Hops && !p.out.Cut; hop++ {
		frontier = p.step(frontier, uint8(hop))
	}
	return p.out
}

type pivot struct {
	r      *Reader
	v      *view
	o      PivotOptions
	seen   idSet
	around idSet // neighbours of the value being expanded
	out    PivotResult
}

// step expands a frontier and returns the next.
func (p *pivot) step(frontier []uint32, hop uint8) []uint32 {
	var next []uint32
	for lo := 0; lo < len(frontier); lo += groupSize {
		group := frontier[lo:min(lo+groupSize, len(frontier))]
		p.touch(group)
		for _, i := range group {
			if !p.expand(i) {
				p.out.TooCommon = append(p.out.TooCommon, idOf(i))
				continue
			}
			for _, n := range p.around.list {
				if !p.seen.add(n) {
					continue
				}
				if p.o.MaxValues > 0 && len(p.out.IDs) == p.o.MaxValues {
					p.out.Cut = true
					return nil
				}
				p.out.IDs = append(p.out.IDs, idOf(n))
				p.out.Hop = append(p.out.Hop, hop)
				next = append(next, n)
			}
		}
	}
	return next
}

// touchRows is how many rows of each value are read ahead.
const touchRows = 8

// touch reads the newest rows of each value, a step of all chains at a time,
// so that their misses overlap.
func (p *pivot) touch(group []uint32) {
	var at [groupSize]pos
	for k, i := range group {
		_, head := p.r.s.values.at(i).heads()
		at[k] = pos(head)
	}
	for range touchRows {
		for k := range group {
			g := p.r.s.segments[at[k].segment()].Load()
			// A segment's number may be another's by now: look at its size.
			if at[k] == 0 || g == nil || at[k].row() >= g.n.Load() {
				at[k] = 0
				continue
			}
			at[k] = g.row(at[k].row()).prev
		}
	}
}

// expand gathers the neighbours of a value; false when they are too many.
func (p *pivot) expand(i uint32) bool {
	p.around.reset()
	limit := p.o.MaxFanout
	p.r.company(p.v, i, maxWalk, func(n uint32) bool {
		p.around.add(n)
		return limit <= 0 || len(p.around.list) <= limit
	})
	return limit <= 0 || len(p.around.list) <= limit
}
