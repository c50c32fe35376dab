package store

import "runtime"

// What works behind the writer offers its processor to others after so many
// entries, some 50 us: where there are no more processors than goroutines, the
// writer would otherwise wait for the end of a time slice, 10 ms.
const yieldEvery = 1 << 13

// noYield is for work of the writer itself.
func noYield() {}

// wake tells the janitor that an order has runs to merge, closing that a
// segment is closed.
func (s *Store) wake(o *order) {
	s.dirtyMu.Lock()
	s.dirty[o] = true
	s.dirtyMu.Unlock()
	s.ring()
}

func (s *Store) closing(g *segment) {
	s.dirtyMu.Lock()
	s.closed = append(s.closed, g)
	s.dirtyMu.Unlock()
	s.ring()
}

// collect frees what the writer has to, and leaves the rest to the janitor.
func (s *Store) collect() {
	if s.epochs.collect(true) {
		s.ring()
	}
}

func (s *Store) ring() {
	select {
	case s.wakeup <- struct{}{}:
	default:
	}
}

// janitor merges runs beside the writer until the store is closed.
func (s *Store) janitor() {
	defer close(s.idle)
	for {
		select {
		case <-s.done:
			return
		case <-s.wakeup:
			s.populate()
			s.closeSegments()
			s.mergeDirty()
			s.epochs.collect(false)
		}
	}
}

// mergeDirty merges until nothing is due.
func (s *Store) mergeDirty() {
	for {
		s.dirtyMu.Lock()
		var o *order
		for o = range s.dirty {
			delete(s.dirty, o)
			break
		}
		s.dirtyMu.Unlock()
		if o == nil {
			return
		}
		for o.mergeOne() {
			select {
			case <-s.done:
				return
			default:
			}
		}
		s.closeSegments()
		s.populate()
	}
}

// closeSegments tidies the closed segments. One that was dropped before goes
// without: nobody looks there any more, and its tables are given back with it.
func (s *Store) closeSegments() {
	defer s.epochs.enter().exit()
	s.dirtyMu.Lock()
	closed := s.closed
	s.closed = nil
	s.dirtyMu.Unlock()
	for _, g := range closed {
		if s.segments[g.no].Load() == g {
			g.close()
		}
	}
}

// mergeOne merges one group of large runs; false when none is due. Only the
// janitor does: the writer adds behind them meanwhile and merges small runs.
func (o *order) mergeOne() bool {
	runs := o.state.Load().runs
	for j := fanIn; j <= len(runs); j++ {
		group := runs[j-fanIn : j]
		if tier(group[0]) == tier(group[fanIn-1]) && !inline(group[0]) {
			o.replace(group, o.s.mem.merge(group, runtime.Gosched))
			return true
		}
	}
	return false
}
