package store

import (
	"sync"
	"sync/atomic"
	"time"

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

	lastSegment uint32 // number
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
	wakeup  chan struct{}
	done    chan struct{}
	idle    chan struct{}
	closing sync.Once
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
	s.pairs.array.init(s.mem)
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
	s.closing.Do(func() {
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
