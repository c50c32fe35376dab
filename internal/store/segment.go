package store

import (
	"sort"
	"sync/atomic"
	"unsafe"

	"github.com/opencure/cure"
)

// pos is the place of an observation row: segment number 12 bits, row 20 bits.
// Places are given out in stream order and wrap around after four billion
// rows; which of two live places is newer is a matter of their distance to the
// head. Place 0 means none, so segment number 0 is never used.
type pos uint32

const (
	rowBits     = 20
	segmentRows = 1 << rowBits
	maxSegments = 1 << (32 - rowBits)
)

func (p pos) segment() uint32 { return uint32(p) >> rowBits }
func (p pos) row() uint32     { return uint32(p) & (segmentRows - 1) }

// row is one observation, 20 bytes. Rows of one record stand together, in
// stream order over all shards, so that the neighbours of a value are found by
// looking left and right. where and what change when a record is deleted or
// regraded and are read atomically; the rest is written before the row is
// published.
//
//	where  record ordinal 16 | cell 16
//	what   duration in seconds 16 | count 8 | role 4 | state 2 | dead 1 | start of a record 1
type row struct {
	value uint32 // place in values
	first uint32 // event time, Unix seconds
	prev  pos    // older row of the value in the same chain
	where uint32
	what  uint32
}

const (
	rowStart = 1 << 0
	rowDead  = 1 << 1
	// A count or duration at its maximum is written in the segment's extras.
	countExtra    = 1<<8 - 1
	durationExtra = 1<<16 - 1
)

func (r *row) load() (where, what uint32) {
	return atomic.LoadUint32(&r.where), atomic.LoadUint32(&r.what)
}

func whatOf(duration uint32, count uint32, role cure.Role, state cure.State, start bool) uint32 {
	w := min(duration, durationExtra)<<16 | min(count, countExtra)<<8 | uint32(role)<<4 | uint32(state)<<2
	if start {
		w |= rowStart
	}
	return w
}

func whereOf(record uint16, cell CellID) uint32 { return uint32(record)<<16 | uint32(cell) }

// extra holds what does not fit a row.
type extra struct{ row, count, last uint32 }

// batch says which rows of a segment came with one batch.
type batch struct {
	seq     uint64
	arrival uint32 // Unix seconds
	first   uint32 // its first row; the next batch's first is its end
	source  SourceID

	minEvent, maxEvent uint32 // of its rows
}

// bare is a record without observations: it can be found by its ID, no more.
type bare struct {
	batch uint32
	where uint32 // record 16 | cell 16
	dead  uint32
}

// segment is a stretch of the stream: the observations of some time of
// arrival, dropped as a whole.
type segment struct {
	no    uint32
	rows  unsafe.Pointer
	cap   uint32
	n     atomic.Uint32 // published rows
	store *Store

	batches list[batch]
	extras  list[extra]
	bares   list[bare]
	leaps   leaps
	records recordIndex

	minEvent, maxEvent atomic.Uint32 // of its rows
	minArr, maxArr     uint32        // of its batches, writer only
	trimmed            atomic.Bool
	warmed             uintptr // bytes of rows up to which pages were asked for
	cow                *shadow
}

const rowSize = unsafe.Sizeof(row{})

func newSegment(s *Store, no, rows uint32) *segment {
	g := &segment{no: no, cap: rows, store: s}
	g.rows = s.spaceOf(rows)
	end := rowSpace(rows)
	end = g.batches.place(g.rows, end, min(rows, maxBatches))
	end = g.extras.place(g.rows, end, rows)
	end = g.bares.place(g.rows, end, rows)
	g.leaps.place(g.rows, end, rows)
	g.minEvent.Store(1<<32 - 1)
	return g
}

// maxBatches is the number of batches a segment can hold.
const maxBatches = 1 << 16

// rowSpace is what the rows of a segment take at most, space what all of it
// does: one reservation, since making one may have to wait for others.
func rowSpace(rows uint32) uintptr { return (uintptr(rows)*rowSize + 63) &^ 63 }

func space(rows uint32) uintptr {
	end := behind[batch](rowSpace(rows), min(rows, maxBatches))
	end = behind[extra](end, rows)
	end = behind[bare](end, rows)
	return behind[uint64](end, rows)
}

func (g *segment) row(i uint32) *row {
	return (*row)(unsafe.Add(g.rows, uintptr(i)*rowSize))
}

// mut returns a row for changing after it was published.
func (g *segment) mut(i uint32) *row {
	if g.cow != nil {
		g.cow.keep(uintptr(i)*rowSize, rowSize)
	}
	return g.row(i)
}

// hasRoom reports whether a batch of so many rows and records still fits.
func (g *segment) hasRoom(rows, records int) bool {
	return int(g.n.Load())+rows <= int(g.cap) && g.batches.room() > 0 && g.bares.room() >= records
}

// batchOf returns the batch a row came with.
func (g *segment) batchOf(i uint32) *batch {
	n := g.batches.len()
	k := sort.Search(n, func(k int) bool { return g.batches.at(k).first > i })
	return g.batches.at(k - 1)
}

// span returns event time and count of a row.
func (g *segment) span(i uint32, r *row, what uint32) (first, last, count uint32) {
	first, last, count = r.first, r.first+what>>16, what>>8&0xff
	if count == countExtra || what>>16 == durationExtra {
		k, _ := g.extraOf(i)
		e := g.extras.at(k)
		last, count = e.last, e.count
	}
	return first, last, count
}

// extraOf returns the place of a row's extra.
func (g *segment) extraOf(i uint32) (int, bool) {
	n := g.extras.len()
	k := sort.Search(n, func(k int) bool { return g.extras.at(k).row >= i })
	return k, k < n && g.extras.at(k).row == i
}

// record returns the rows [from, to) of the record that row i belongs to, as
// far as published.
func (g *segment) record(i uint32) (from, to uint32) {
	n := g.n.Load()
	if i >= n {
		return i, i
	}
	for from = i; from > 0 && atomic.LoadUint32(&g.row(from).what)&rowStart == 0; from-- {
	}
	for to = i + 1; to < n && atomic.LoadUint32(&g.row(to).what)&rowStart == 0; to++ {
	}
	return from, to
}

// raw returns the first n rows as bytes; read copies some.
func (g *segment) raw(n uint32) []byte {
	return unsafe.Slice((*byte)(g.rows), uintptr(n)*rowSize)
}

func (g *segment) read(off uintptr, buf []byte) {
	copy(buf, unsafe.Slice((*byte)(unsafe.Add(g.rows, off)), len(buf)))
}

// release gives the memory back; no reader may be inside.
func (g *segment) release() {
	m := g.store.mem
	m.release(g.rows)
	g.records.release(m)
}

// close gives back the memory that a closed segment will not use, and sorts
// its records and leaps. The janitor does it, inside an epoch.
func (g *segment) close() {
	g.records.seal(g.store.mem, &g.store.epochs)
	g.leaps.seal()
	g.trim()
}

func (g *segment) trim() {
	g.store.mem.trim(g.rows, int(uintptr(g.n.Load())*rowSize), int(uintptr(g.cap)*rowSize))
	g.trimmed.Store(true)
}

func (g *segment) bytes() int64 {
	rows := int64(g.n.Load()) * int64(rowSize)
	if !g.trimmed.Load() {
		rows = pageCeil(rows)
	}
	return rows + g.batches.bytes() + g.extras.bytes() + g.bares.bytes() + g.leaps.bytes()
}

// list is an append-only list of pointer-free records.
type list[T any] struct {
	base unsafe.Pointer
	cap  uint32
	n    atomic.Uint32
}

// place gives the list room for n elements behind off bytes of a reservation,
// and returns where that ends.
func (l *list[T]) place(p unsafe.Pointer, off uintptr, n uint32) (end uintptr) {
	l.base, l.cap = unsafe.Add(p, off), n
	return behind[T](off, n)
}

// behind returns where n elements that begin at off end.
func behind[T any](off uintptr, n uint32) uintptr {
	var t T
	return (off + uintptr(n)*unsafe.Sizeof(t) + 63) &^ 63
}

func (l *list[T]) at(i int) *T {
	var t T
	return (*T)(unsafe.Add(l.base, uintptr(i)*unsafe.Sizeof(t)))
}

func (l *list[T]) len() int  { return int(l.n.Load()) }
func (l *list[T]) room() int { return int(l.cap - l.n.Load()) }

func (l *list[T]) add(t T) {
	n := l.n.Load()
	*l.at(int(n)) = t
	l.n.Store(n + 1)
}

// raw returns the first n elements as bytes.
func (l *list[T]) raw(n int) []byte {
	var t T
	return unsafe.Slice((*byte)(l.base), n*int(unsafe.Sizeof(t)))
}

func (l *list[T]) bytes() int64 {
	var t T
	return pageCeil(int64(l.n.Load()) * int64(unsafe.Sizeof(t)))
}

// bareBytes copies the bare records; the writer may be regrading one, which
// its control will do again after a restart.
func (x *plannedSegment) bareBytes() []byte {
	out := make([]bare, x.bares)
	for i := range out {
		b := x.g.bares.at(i)
		out[i] = bare{b.batch, atomic.LoadUint32(&b.where), atomic.LoadUint32(&b.dead)}
	}
	if len(out) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(out)*int(unsafe.Sizeof(bare{})))
}
