package store

import (
	"math"
	"slices"
	"sync/atomic"

	"github.com/opencure/cure"
)

// cells interns sources and cells, and holds the default marking of each
// source. A cell keeps the marking as its records said it; what the marking
// leaves open comes from the default at reading time, so that a new default
// holds for all records of the source at once.
//
// One writer changes it; readers take the published table.
type cells struct {
	table  atomic.Pointer[cellTable]
	byName map[cure.Source]SourceID
	byCell map[cellKey]CellID
}

type cellKey struct {
	source  SourceID
	marking cure.Marking
}

// cellTable is one published state, never changed: slices only grow behind
// the lengths seen here, and a change of defaults copies them.
type cellTable struct {
	version  uint64 // grows with every change
	regrade  uint64 // version of the last change of a default
	sources  []cure.Source
	defaults []cure.Marking
	cells    []cellKey
	tallies  []*tally // by cell
}

// tally counts the live observations of a cell and bounds their event times.
// The bounds widen only, until the cell knows nothing any more.
type tally struct {
	rows  atomic.Uint64
	pairs atomic.Uint64
	tags  atomic.Uint64
	span  atomic.Uint64 // first 32 | last 32
}

// noSpan is the span of nothing: any time widens it.
const noSpan = math.MaxUint32 << 32

func newTally() *tally {
	t := &tally{}
	t.span.Store(noSpan)
	return t
}

// Limits of what can be told apart. What comes beyond is refused and counted.
const (
	maxCells   = 1<<16 - 1
	maxSources = 1<<16 - 1
)

func (c *cells) init() {
	c.byName = map[cure.Source]SourceID{}
	c.byCell = map[cellKey]CellID{}
	c.table.Store(&cellTable{version: 1})
}

// source interns a source; false when there are too many.
func (c *cells) source(name cure.Source) (SourceID, bool) {
	if id, ok := c.byName[name]; ok {
		return id, true
	}
	t := *c.table.Load()
	if len(t.sources) == maxSources {
		return 0, false
	}
	id := SourceID(len(t.sources))
	t.sources = append(t.sources, name)
	t.defaults = append(t.defaults, cure.Marking{})
	t.version++
	c.byName[name] = id
	c.table.Store(&t)
	return id, true
}

// cell interns a (source, marking) pair; false when there are too many.
func (c *cells) cell(src SourceID, m cure.Marking) (CellID, bool) {
	k := cellKey{src, m}
	if id, ok := c.byCell[k]; ok {
		return id, true
	}
	t := *c.table.Load()
	if len(t.cells) == maxCells {
		return 0, false
	}
	id := CellID(len(t.cells))
	t.cells = append(t.cells, k)
	t.tallies = append(t.tallies, newTally())
	t.version++
	c.byCell[k] = id
	c.table.Store(&t)
	return id, true
}

// setDefault replaces the default marking of a source.
func (c *cells) setDefault(src SourceID, m cure.Marking) {
	t := *c.table.Load()
	t.defaults = slices.Clone(t.defaults)
	t.defaults[src] = m
	t.version++
	t.regrade = t.version
	c.table.Store(&t)
}

// setDefaults replaces the default markings of all sources; for restoring.
func (c *cells) setDefaults(all []cure.Marking) {
	t := *c.table.Load()
	t.defaults = slices.Clone(all)
	t.version++
	t.regrade = t.version
	c.table.Store(&t)
}

// effective returns what a cell stands for.
func (t *cellTable) effective(c CellID) Cell {
	k := t.cells[c]
	return Cell{t.sources[k.source], k.marking.Or(t.defaults[k.source])}
}

// ofSource appends the cells of a source.
func (t *cellTable) ofSource(src SourceID, dst []CellID) []CellID {
	for i, k := range t.cells {
		if k.source == src {
			dst = append(dst, CellID(i))
		}
	}
	return dst
}

// saw adds observations and annotations to a tally. Writer only.
func (t *tally) saw(rows, tags uint64, first, last uint32) {
	if w := t.span.Load(); first < uint32(w>>32) || last > uint32(w) {
		t.span.Store(join(min(first, uint32(w>>32)), max(last, uint32(w))))
	}
	t.rows.Add(rows)
	t.tags.Add(tags)
}
