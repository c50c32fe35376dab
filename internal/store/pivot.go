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
	r       *Reader
	v       *view
	o       PivotOptions
	seen    idSet
	around  idSet // neighbours of the value being expanded
	out     PivotResult
	touched uint64
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

// touch reads the newest row of each value, so that their misses overlap.
func (p *pivot) touch(group []uint32) {
	var heads [groupSize]uint32
	for k, i := range group {
		_, heads[k] = p.r.s.values.at(i).heads()
	}
	for _, h := range heads[:len(group)] {
		if g := p.r.s.segments[pos(h).segment()].Load(); h != 0 && g != nil {
			_, what := g.row(pos(h).row()).load()
			p.touched += uint64(what)
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
