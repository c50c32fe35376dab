package store

import (
	"sync"
	"sync/atomic"

	"github.com/opencure/cure"
)

// Reader is a store bound to a scope: every question goes through one. Values
// and sights outside the scope do not exist for it. Safe for concurrent use
// beside the writer; no call waits for it. Iterators hold back the reuse of
// freed memory while they are being ranged over, so a loop body should not
// wait for the network.
type Reader struct {
	s     *Store
	scope cure.Scope
	mu    sync.Mutex // of compiling
	v     atomic.Pointer[view]
}

// view is a scope compiled against the cells and sets of a moment: a bit a
// cell and a number a set. What came later is looked up the long way (sets)
// or not seen (cells).
type view struct {
	table *cellTable
	cells []bool
	sets  []uint16 // visible sources of the set; 0: the set is not seen
	limit uint32   // number of sets at which compiling anew pays
	store *Store
}

// maxReaders bounds the readers kept for reuse.
const maxReaders = 256

// Reader returns the store as the scope sees it. The same scope gets the same
// Reader as long as it is in use, so asking for one is cheap. O(cells + sets)
// for a new scope.
func (s *Store) Reader(scope cure.Scope) *Reader {
	s.readersMu.Lock()
	defer s.readersMu.Unlock()
	r := s.readers[scope]
	if r == nil {
		if len(s.readers) >= maxReaders {
			clear(s.readers)
		}
		r = &Reader{s: s, scope: scope}
		s.readers[scope] = r
	}
	return r
}

// view returns the compiled scope, up to date.
func (r *Reader) view() *view {
	v, t := r.v.Load(), r.s.cells.table.Load()
	if v != nil && v.table == t && r.s.sets.count.Load() <= v.limit {
		return v
	}
	return r.compile()
}

func (r *Reader) compile() *view {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Sets first: a set published later than the table could have a cell that
	// the table lacks, the other way round it cannot.
	n := r.s.sets.count.Load()
	t := r.s.cells.table.Load()
	old := r.v.Load()
	v := &view{table: t, cells: make([]bool, len(t.cells)), sets: make([]uint16, n), store: r.s}
	v.limit = n + n/8 + 64
	known := 0
	if old != nil && old.table.regrade == t.regrade {
		known = copy(v.cells, old.cells)
	}
	for i := known; i < len(t.cells); i++ {
		c := t.effective(CellID(i))
		v.cells[i] = r.scope.Sees(c.Source, c.Marking)
	}
	for i := range v.sets {
		v.sets[i] = v.countSources(setID(i))
	}
	r.v.Store(v)
	return v
}

// sees reports whether a cell is visible.
func (v *view) sees(c CellID) bool { return int(c) < len(v.cells) && v.cells[c] }

// sources returns the number of visible sources in a set.
func (v *view) sources(id setID) uint16 {
	if int(id) < len(v.sets) {
		return v.sets[id]
	}
	return v.countSources(id)
}

// countSources counts the long way. Cells of one source need not stand
// together in a set, and sets are short, so it compares.
func (v *view) countSources(id setID) uint16 {
	list := v.store.sets.cells(id)
	n := uint16(0)
	for i := range list.len() {
		c := list.at(i)
		if !v.sees(c) {
			continue
		}
		n++
		for k := range i {
			if d := list.at(k); v.sees(d) && v.table.cells[d].source == v.table.cells[c].source {
				n--
				break
			}
		}
	}
	return n
}

// see reports whether the scope sees a value, and returns its record.
func (v *view) see(id ID) (*value, bool) {
	if !v.store.values.exists(id) {
		return nil, false
	}
	rec := v.store.values.at(indexOf(id))
	return rec, v.sources(rec.set()) > 0
}
