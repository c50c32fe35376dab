// Package similar finds addresses that behave alike: which other addresses
// look for the same ports, at the same times, with the same tools?
//
// In go records of darknets, honeypots and alerts, in any order; out come, for
// one address and one viewer, the addresses most like it, each with a score
// and with what the two have in common. Where an address lives (network,
// operator, country) is never looked at: that would find neighbours.
//
// What an address does is a set of tokens with decayed counts ([kind]): ports,
// ports by hours of the week, five-minute slots on rare ports, fingerprints,
// logins, commands, sensors. A token weighs as much as it is rare (inverse
// document frequency, Spärck Jones 1972), and two addresses are as alike as
// their weighted sets are (weighted Jaccard). Candidates come from sketches
// (internal/num/minhash), what is shown is compared exactly. A count is halved
// every seven days by forward decay (Cormode, Shkapenyuk, Srivastava, Xu 2009):
// only ratios of counts of one address are used, so nothing has to be touched
// as time goes by. A token worth less than a packet of thirty days ago is gone.
//
// # Whose tokens
//
// A viewer must not learn from a list of similar addresses what somebody else
// holds. So the unit of everything is the cell, a source under a marking, of
// which a scope is a set: tokens, their frequencies, sketches and their tables
// are of one cell, and are made of nothing else. A question looks at the cells
// that its scope sees, finds candidates in each, and compares what these cells
// together say of the two addresses. Whatever is added to another cell changes
// nothing: not a weight, not a candidate, not the order. Sketches over what
// each scope sees would have been a little sharper for addresses whose
// behaviour is spread over many sources, at the price of an index for each
// set of rights; one index with a filter behind it would have leaked by
// frequencies and by what did not fit.
//
// # Evidence
//
// An address is compared from five packets or three tokens on ([enough]). The
// score is the share of pairs with that overlap that were of one group, on
// labelled data ([Calibration]); it is no probability of being hostile.
//
// # Cost and limits
//
// About 220 bytes an address with a dozen tokens, in each cell; at most 64
// tokens an address and two million addresses a cell, what comes beyond is
// counted ([Index.Status]). A question draws a few sketches and compares some
// 200 addresses. After a restart an index is read from the log again. An
// [Index] is written by one goroutine and safe for any number of readers.
package similar

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/minhash"
)

// Keep is how long behaviour counts; half of it is forgotten every HalfLife.
const (
	Keep     = 30 * 24 * time.Hour
	HalfLife = 7 * 24 * time.Hour
)

// maxRows is how many addresses a cell holds.
const maxRows = 2 << 20

// cellKey is the unit of visibility.
type cellKey struct {
	source  cure.Source
	marking cure.Marking
}

// Index holds what addresses do. Make one with [New].
type Index struct {
	sketcher *minhash.Sketcher
	now      func() time.Time
	weights  Weights

	mu    sync.RWMutex
	cells []*cell // in order of source and marking
	byKey map[cellKey]*cell
	asOf  map[cure.Source]uint64 // corrections that were made when a source was first read

	follow following
	x      extract // of the writer
}

// seed of all sketches: they are never compared with those of another process.
const seed = 0x0c0de

// New makes an empty index.
func New(now func() time.Time) *Index {
	return &Index{
		sketcher: minhash.New(seed), now: now, weights: DefaultWeights(),
		byKey: map[cellKey]*cell{}, asOf: map[cure.Source]uint64{}, follow: newFollowing(),
	}
}

// Add takes a record of a source in under its effective marking. For the
// writer; what was added is found after the next [Index.Settle]. asOf is the
// number of the last correction that is in it; the first record of a source
// counts.
func (ix *Index) Add(src cure.Source, m cure.Marking, rec *cure.Record, asOf uint64) {
	now := ix.now()
	if !ix.x.read(rec, now.Add(-Keep), now) {
		return
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if _, ok := ix.asOf[src]; !ok {
		ix.asOf[src] = asOf
	}
	c := ix.cell(cellKey{src, m})
	for _, a := range ix.x.actors {
		c.add(a, &ix.x)
	}
}

// cell returns a cell, a new one if need be.
func (ix *Index) cell(k cellKey) *cell {
	if c, ok := ix.byKey[k]; ok {
		return c
	}
	c := newCell(k)
	ix.byKey[k] = c
	at, _ := slices.BinarySearchFunc(ix.cells, c, compareCells)
	ix.cells = slices.Insert(ix.cells, at, c)
	return c
}

func compareCells(a, b *cell) int {
	return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.marking.String(), b.marking.String()))
}

// drop forgets all of a source.
func (ix *Index) drop(src cure.Source) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.cells = slices.DeleteFunc(ix.cells, func(c *cell) bool { return c.source == src })
	for k := range ix.byKey {
		if k.source == src {
			delete(ix.byKey, k)
		}
	}
	delete(ix.asOf, src)
}

// clear forgets everything.
func (ix *Index) clear() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.cells, ix.byKey, ix.asOf = nil, map[cellKey]*cell{}, map[cure.Source]uint64{}
}

// small is up to how many addresses a cell is built anew for any change.
const small = 4096

// Settle makes what was added findable. For the writer. Cost: a sketch for each
// address that changed; a cell of which a sixteenth changed is built anew, in
// some 10 µs an address and processor.
func (ix *Index) Settle() {
	for _, c := range ix.cells { // the writer alone changes the list
		switch {
		case !c.stirred:
		case len(c.rows) <= small, len(c.changed) > len(c.rows)/16:
			built := c.rebuilt(ix)
			ix.mu.Lock()
			*c = *built
			ix.mu.Unlock()
		default:
			fresh := c.freshen(ix)
			ix.mu.Lock()
			c.fresh, c.stirred = fresh, false
			ix.mu.Unlock()
		}
	}
}

// Status says how much an index holds.
type Status struct {
	Cells     int
	Addresses int // one for each cell that has it
	Tokens    int
	Left      uint64 // addresses that had no room
}

// Status counts what is held.
func (ix *Index) Status() Status {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	s := Status{Cells: len(ix.cells)}
	for _, c := range ix.cells {
		s.Addresses += len(c.rows)
		s.Left += c.left
		for i := range c.rows {
			s.Tokens += int(c.rows[i].n)
		}
	}
	return s
}

// key16 is an address as it is held.
type key16 [16]byte

func (k key16) addr() netip.Addr { return netip.AddrFrom16(k).Unmap() }
