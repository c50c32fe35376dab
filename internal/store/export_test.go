package store

import "time"

// Settle waits until the janitor has nothing left to merge.
func (s *Store) Settle() {
	for {
		s.dirtyMu.Lock()
		n := len(s.dirty) + len(s.closed)
		s.dirtyMu.Unlock()
		due := false
		for _, o := range s.allOrders() {
			runs := o.state.Load().runs
			for j := fanIn; j <= len(runs); j++ {
				due = due || tier(runs[j-fanIn]) == tier(runs[j-1])
			}
		}
		if n == 0 && !due {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Runs counts the runs of the IPv4 order.
func (s *Store) Runs() int { return len(s.orders.ipv4.state.Load().runs) }

// Sets counts the sets of cells.
func (s *Store) Sets() int { return int(s.sets.count.Load()) }
