// Package store answers, for one viewer at a time: who saw this observable,
// when, with what tags, together with what, and where in the log is it written?
// It is the in-memory index of the hub.
//
// In go batches, in stream order, by [Store.Apply]; what they say to delete,
// regrade or take back is done at once. Out come IDs, sights, rows and counts,
// by a [Reader], which is a store bound to a [cure.Scope]. The store knows no
// log, no policy and no clock: times come with the batches and the calls.
//
// # How it is laid out
//
//	value   an observable, 32 bytes; its ID is its place
//	pair    what one cell knows of one value, 24 bytes, in a chain of the value
//	cell    (source, marking); a set of cells is interned, a value names its set
//	row     one observation, 20 bytes, in a segment; the rows of a record side
//	        by side, those of a value in a chain
//	leap    where a value's chain goes on in an older segment, 8 bytes
//	index   hash tables: value, annotation, set; one a segment for records
//	order   sorted runs of 64-bit entries: addresses, names, tags
//
// Everything lies in arenas without pointers, off the heap where the system
// allows it, and nothing ever moves.
//
// # Cost
//
// About 80 bytes an observation, with one value to two observations and two
// pairs to three. An exact look-up is three or four cache misses, in a batch
// about one; a row of a range one; an observation in a window some 10 ns.
//
// # Concurrency
//
// One goroutine at a time writes. Readers take no lock and never wait; what
// they read of a value is from before or after a change of it, and two calls
// may see two moments. Freed memory is used again when the readers that could
// hold it have left. Merging of runs happens on a goroutine that Close ends.
//
// # Limits
//
// A billion values, pairs and annotations each; 65 thousand sources and cells;
// four billion rows in four thousand segments. What goes beyond is refused and
// counted, rows push out the oldest segment. Event times are seconds from 1970
// to 2106. Keys are at most 4 KiB.
package store

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/opencure/cure"
)

// Store is the index. Make one with New or Restore; Close gives its memory
// back. One goroutine at a time writes (the methods that write take one lock,
// so that snapshot and expiry may run from others); readers take none.
type Store struct {
	options Options
	mem     *memory
	epochs  epochs

	cells  cells
	sets   sets
	values values
	pairs  pairs
	orders orders
	tags   annotations
	notes  notes

	// Segments by number, and in order of the stream.
	segments [maxSegments]atomic.Pointer[segment]
	live     atomic.Pointer[[]*segment] // replaced, never changed
	size     atomic.Int64               // what Bytes returned last
	head     atomic.Uint32              // place of the next row
	observed atomic.Uint64              // rows ever written

	lastSegment uint32         // number
	spareSpace  unsafe.Pointer // for the next segment, nil: not made; writer only
	prefixes    prefixLengths

	mu           sync.Mutex // of writing
	snapshotting sync.Mutex
	applied      atomic.Uint64
	marks        watermarks
	refused      atomic.Uint64
	work         scratch

	readersMu sync.Mutex
	readers   map[cure.Scope]*Reader

	dirtyMu sync.Mutex
	dirty   map[*order]bool
	closed  []*segment // not sealed yet
	cold    []stretch  // to be populated
	wakeup  chan struct{}
	done    chan struct{}
	idle    chan struct{}
	ending  sync.Once
}

// New makes an empty store and starts its janitor.
func New(o Options) (*Store, error) {
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	go s.janitor()
	return s, nil
}

func newStore(o Options) (*Store, error) {
	if o.SegmentRows == 0 {
		o.SegmentRows = segmentRows
	}
	if o.SegmentAge == 0 {
		o.SegmentAge = 24 * time.Hour
	}
	if o.SegmentRows < 0 || o.SegmentRows > segmentRows || o.SegmentAge < 0 || o.Budget < 0 {
		return nil, cure.Errorf(cure.Invalid, "segments of %d rows and %v, want at most %d rows", o.SegmentRows, o.SegmentAge, segmentRows)
	}
	s := &Store{
		options: o,
		mem:     newMemory(o.Heap),
		marks:   watermarks{},
		readers: map[cure.Scope]*Reader{},
		dirty:   map[*order]bool{},
		wakeup:  make(chan struct{}, 1),
		done:    make(chan struct{}),
		idle:    make(chan struct{}),
	}
	s.cells.init()
	s.sets.init(s)
	s.values.init(s)
	s.pairs.init(s.mem)
	s.tags.init(s)
	s.notes.init(s.mem)
	s.orders.init(s)
	s.head.Store(segmentRows)
	s.live.Store(&[]*segment{})
	return s, nil
}

// Close ends the janitor and gives all memory back. Nobody may use the store
// or an iterator of its readers any more.
func (s *Store) Close() error {
	s.ending.Do(func() {
		close(s.done)
		<-s.idle
		s.mu.Lock()
		defer s.mu.Unlock()
		s.mem.close()
	})
	return nil
}

// allOrders returns the orders in the order of a snapshot.
func (s *Store) allOrders() []*order { return append(s.orders.all(), &s.tags.postings) }

// Applied returns the stream sequence of the last batch applied.
func (s *Store) Applied() uint64 { return s.applied.Load() }

// Watermark returns epoch and sequence of the source's last batch applied.
func (s *Store) Watermark(src cure.Source) (epoch, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.marks.last(src)
	return w.epoch, w.seq
}

// Refused returns how many rows, annotations and notes were not taken because
// they were impossible: unknown kinds, keys outside the batch, and the like.
func (s *Store) Refused() uint64 { return s.refused.Load() }

// SetDefault sets the marking a source's records have unless they say
// otherwise. It holds at once for all of them. O(number of sources).
func (s *Store) SetDefault(src cure.Source, m cure.Marking) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := s.cells.source(src); ok {
		s.cells.setDefault(id, m)
	}
}

// Default returns the default marking of a source, zero when it has none.
func (s *Store) Default(src cure.Source) cure.Marking {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.cells.byName[src]
	if !ok {
		return cure.Marking{}
	}
	return s.cells.table.Load().defaults[id]
}

// Bytes returns what the store occupies: arenas as far as touched, tables and
// runs. The Go side (names, sets being interned) is small and not in it.
func (s *Store) Bytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes()
}

func (s *Store) bytes() int64 {
	n := s.mem.bytes.Load() + s.values.bytes() + pageCeil(int64(s.values.keys.end)) +
		s.pairs.bytes() + s.sets.bytes() + s.sets.signs.bytes() + pageCeil(int64(s.sets.members.end)) + s.tags.bytes() + s.notes.bytes()
	for _, g := range *s.live.Load() {
		n += g.bytes()
	}
	s.size.Store(n)
	return n
}
