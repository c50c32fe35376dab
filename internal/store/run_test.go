package store

import "testing"

// Runs near the sizes at which the janitor takes over, as doubles and restored
// tails make them: the writer and the janitor must never merge the same one.
func TestARunIsMergedByOneSide(t *testing.T) {
	s, err := newStore(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.mem.close()
	for _, sizes := range [][3]int{{8210, 8192, 8000}, {8000, 8192, 8210}, {8223, 8224, 8225}, {8192, 8192, 8192}, {16384, 8300, 8224}} {
		o := &s.orders.ipv4
		var runs []run
		for _, n := range sizes {
			entries := make([]uint64, n)
			for i := range entries {
				entries[i] = uint64(i)
			}
			runs = append(runs, newRun(s.mem, entries))
		}
		o.state.Store(&orderState{runs: runs, tail: &tail{}})
		byWriter := map[run]bool{}
		if i, j := due(runs); j > 0 && inline(runs[i]) {
			for _, r := range runs[i:j] {
				byWriter[r] = true
			}
		}
		if o.mergeOne() {
			left := map[run]bool{}
			for _, r := range o.state.Load().runs {
				left[r] = true
			}
			for r := range byWriter {
				if !left[r] {
					t.Errorf("runs of %v: the janitor merged one of %d that the writer merges too", sizes, r.n)
				}
			}
		}
	}
}
