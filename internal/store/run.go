package store

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/opencure/cure/internal/fault"
)

// run is a sorted, immutable list of entries without doubles.
type run struct {
	at unsafe.Pointer
	n  int
}

func (r run) entries() []uint64 {
	if r.n == 0 {
		return nil
	}
	return unsafe.Slice((*uint64)(r.at), r.n)
}

func newRun(m *memory, sorted []uint64) run {
	r := run{m.alloc(len(sorted) * 8), len(sorted)}
	copy(r.entries(), sorted)
	return r
}

// order is a growing sorted set of 64-bit entries: a log-structured merge of
// sorted runs (O'Neil et al., "The log-structured merge-tree", 1996) without
// the disk. New entries stand in a short unsorted tail; a full tail becomes a
// run; two runs of a tier become one of the next. The writer merges small
// runs itself, the janitor the others. Readers take the published list of
// runs, inside an epoch, and never wait.
type order struct {
	mu    sync.Mutex // of replacing the list
	state atomic.Pointer[orderState]
	s     *Store
	even  bool // codes are hashes
}

type orderState struct {
	runs []run // oldest and largest first
	tail *tail
}

const (
	tailSize   = 256
	fanIn      = 2
	inlineTier = 5 // highest that the writer merges itself: 16,000 entries, about 0.1 ms
)

type tail struct {
	n  atomic.Uint32
	at [tailSize]uint64
}

func (o *order) init(s *Store) {
	o.s = s
	o.state.Store(&orderState{tail: &tail{}})
}

// add appends an entry. Writer only.
func (o *order) add(entry uint64) {
	t := o.state.Load().tail
	n := t.n.Load()
	t.at[n] = entry
	t.n.Store(n + 1)
	if n+1 == tailSize {
		o.turn(t)
	}
}

// turn makes a run of a full tail and merges what is due.
func (o *order) turn(t *tail) {
	sorted := t.at
	slices.Sort(sorted[:])
	r := newRun(o.s.mem, slices.Compact(sorted[:]))
	o.mu.Lock()
	runs := append(slices.Clip(o.state.Load().runs), r)
	o.state.Store(&orderState{runs, &tail{}})
	o.mu.Unlock()
	for {
		i, j := due(runs)
		if j == 0 {
			return
		}
		if !inline(runs[i]) {
			o.s.wake(o)
			return
		}
		runs = o.replace(runs[i:j], o.s.mem.merge(runs[i:j], noYield))
	}
}

// due returns the youngest fanIn runs that are of one tier.
func due(runs []run) (i, j int) {
	for j = len(runs); j >= fanIn; j-- {
		if i = j - fanIn; tier(runs[i]) == tier(runs[j-1]) {
			return i, j
		}
	}
	return 0, 0
}

// tier is the number of times fanIn full tails have been merged into a run,
// by its size; runs lose a little to doubles, hence the half.
func tier(r run) int {
	t := 0
	for n := r.n; n > tailSize*fanIn/2; n /= fanIn {
		t++
	}
	return t
}

// inline reports whether the writer merges the run, and not the janitor. The
// two work at the same time and what they merge is given back, so a run must
// be of one side whatever stands beside it: the tier alone decides, which the
// runs of a group share.
func inline(r run) bool { return tier(r) <= inlineTier }

// replace publishes a list with merged in place of its inputs, which are given
// back when no reader has them.
func (o *order) replace(inputs []run, merged run) []run {
	o.mu.Lock()
	old := o.state.Load()
	i := slices.Index(old.runs, inputs[0])
	runs := append(slices.Clone(old.runs[:i]), merged)
	runs = append(runs, old.runs[i+len(inputs):]...)
	fault.Point("merge.publish")
	o.state.Store(&orderState{runs, old.tail})
	o.mu.Unlock()
	o.s.epochs.retire(func() {
		for _, r := range inputs {
			o.s.mem.free(r.at, r.n*8)
		}
	})
	return runs
}

// merge writes several runs into one, without doubles. It calls yield now and
// then.
func (m *memory) merge(runs []run, yield func()) run {
	if len(runs) == 1 {
		return newRun(m, runs[0].entries())
	}
	if len(runs) > 2 {
		half := len(runs) / 2
		a, b := m.merge(runs[:half], yield), m.merge(runs[half:], yield)
		r := m.merge([]run{a, b}, yield)
		m.free(a.at, a.n*8)
		m.free(b.at, b.n*8)
		return r
	}
	a, b := runs[0].entries(), runs[1].entries()
	size := len(a) + len(b)
	out := run{m.alloc(size * 8), size}
	dst := out.entries()
	k := 0
	for len(a) > 0 && len(b) > 0 {
		if k%yieldEvery == 0 {
			yield()
		}
		x, y := a[0], b[0]
		dst[k] = min(x, y)
		k++
		if x <= y {
			a = a[1:]
		}
		if y <= x {
			b = b[1:]
		}
	}
	k += copy(dst[k:], a)
	k += copy(dst[k:], b)
	if blockSize(k*8) != blockSize(size*8) { // so many doubles: free must see the same size
		tight := newRun(m, dst[:k])
		m.free(out.at, size*8)
		return tight
	}
	return run{out.at, k}
}

// scan walks the entries of an order in [lo, hi], ascending, each once. It is
// valid inside the epoch it was made in.
type scan struct {
	lists [][]uint64
	last  uint64
	begun bool
}

func (o *order) scan(lo, hi uint64) scan {
	st := o.state.Load()
	sc := scan{lists: make([][]uint64, 0, len(st.runs)+1)}
	var guess [guessed]int
	o.interpolate(st.runs, lo, &guess)
	for k, r := range st.runs {
		e := r.entries()
		i := lowerBound(e, lo, guess[min(k, guessed-1)])
		if i < len(e) && e[i] <= hi {
			j := lowerBound(e[i:], hi, 0)
			if i+j < len(e) && e[i+j] == hi {
				j++
			}
			sc.lists = append(sc.lists, e[i:i+j])
		}
	}
	var young []uint64
	for _, e := range st.tail.at[:st.tail.n.Load()] {
		if e >= lo && e <= hi {
			young = append(young, e)
		}
	}
	if len(young) > 0 {
		slices.Sort(young)
		sc.lists = append(sc.lists, young)
	}
	return sc
}

// guessed is the number of runs whose misses overlap in a scan; those behind
// are small.
const guessed = 24

// interpolate guesses where x stands in each run. Where entries are even it
// looks and guesses again, a step in all runs at a time: each leaves about the
// square root of the error before (Perl, Itai and Avni, "Interpolation search",
// 1978).
func (o *order) interpolate(runs []run, x uint64, guess *[guessed]int) {
	runs = runs[:min(len(runs), guessed-1)]
	for k, r := range runs {
		guess[k] = int(scaled(x, r.n))
	}
	for steps := 2; o.even && steps > 0; steps-- {
		for k, r := range runs {
			if r.n == 0 {
				continue
			}
			if here := r.entries()[min(guess[k], r.n-1)]; here <= x {
				guess[k] = min(guess[k]+int(scaled(x-here, r.n)), r.n)
			} else {
				guess[k] = max(guess[k]-int(scaled(here-x, r.n)), 0)
			}
		}
	}
}

// scaled is where an entry would stand among n if they were even.
func scaled(entry uint64, n int) uint64 {
	hi, _ := bits.Mul64(entry, uint64(n))
	return hi
}

// lowerBound returns the place of the first entry that is not below x. It
// doubles its steps away from a guess and halves them back (Bentley and Yao,
// 1976), so that a good guess costs two or three cache misses, not twenty.
func lowerBound(e []uint64, x uint64, guess int) int {
	lo, hi := guess, guess // e[lo-1] < x <= e[hi], with the ends thought as such
	for step := 4; hi < len(e) && e[hi] < x; step *= 2 {
		lo = hi + 1
		hi += step
	}
	hi = min(hi, len(e))
	for step := 4; lo > 0 && e[lo-1] >= x; step *= 2 {
		hi = lo - 1
		lo = max(lo-step, 0)
	}
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if e[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// fill writes the next entries to buf and returns how many.
func (sc *scan) fill(buf []uint64) int {
	n := 0
	for n < len(buf) && len(sc.lists) > 0 {
		// Take from the list with the least head for as long as it stays least.
		best, bound := 0, ^uint64(0)
		for i := 1; i < len(sc.lists); i++ {
			if h := sc.lists[i][0]; h < sc.lists[best][0] {
				bound = sc.lists[best][0]
				best = i
			} else {
				bound = min(bound, h)
			}
		}
		l := sc.lists[best]
		for n < len(buf) && len(l) > 0 && l[0] <= bound {
			if e := l[0]; !sc.begun || e != sc.last {
				buf[n] = e
				n++
				sc.last, sc.begun = e, true
			}
			l = l[1:]
		}
		if len(l) == 0 {
			sc.lists = slices.Delete(sc.lists, best, best+1)
		} else {
			sc.lists[best] = l
		}
	}
	return n
}
