package store

import (
	"sync/atomic"
	"unsafe"
)

// array is a growing array of pointer-free records in chunks that never move,
// so that a reader may hold an element while the writer appends. One writer
// appends; an index may be read once its publication (an atomic store of the
// index, or of a length) has been seen. Index 0 is never given out: it means
// "none" in every chain of the store.
type array[T any] struct {
	dir    []atomic.Pointer[T] // first element of each chunk, preallocated
	shift  uint32
	mask   uint32
	n      uint32 // next index, writer only
	mem    *memory
	warmed uintptr // bytes up to which pages were asked for
	cow    *shadow // pages of a running snapshot, nil at other times
}

const (
	maxIndex   = 1 << 30
	mappedBits = 20 // elements of a chunk off-heap: some 30 MB, touched as needed
	heapBits   = 14
)

func (a *array[T]) init(m *memory) {
	a.mem, a.shift = m, mappedBits
	if m.heap {
		a.shift = heapBits
	}
	a.mask = 1<<a.shift - 1
	a.dir = make([]atomic.Pointer[T], maxIndex>>a.shift)
	a.n = 1
}

// at returns element i.
func (a *array[T]) at(i uint32) *T {
	var t T
	return (*T)(unsafe.Add(unsafe.Pointer(a.dir[i>>a.shift].Load()), uintptr(i&a.mask)*unsafe.Sizeof(t)))
}

// mut returns element i for changing: a running snapshot gets to keep the old
// content of its page first.
func (a *array[T]) mut(i uint32) *T {
	if a.cow != nil {
		var t T
		a.cow.keep(uintptr(i)*unsafe.Sizeof(t), unsafe.Sizeof(t))
	}
	return a.at(i)
}

// grow appends a zero element and returns its index; false when the array is
// at its limit of a billion elements.
func (a *array[T]) grow() (uint32, bool) {
	i := a.n
	if i == maxIndex {
		return 0, false
	}
	a.chunk(i >> a.shift)
	a.n++
	return i, true
}

// chunk makes sure that a chunk is there. The first begins on small pages, so
// that short arrays stay small.
func (a *array[T]) chunk(c uint32) {
	if a.dir[c].Load() == nil {
		var t T
		a.dir[c].Store((*T)(a.mem.reserve(int(unsafe.Sizeof(t))<<a.shift, c > 0)))
	}
}

// length returns the bytes in use.
func (a *array[T]) length() uintptr {
	var t T
	return uintptr(a.n) * unsafe.Sizeof(t)
}

// reader returns a function that copies bytes, lying in one chunk, of what is
// in use now.
func (a *array[T]) reader() func(off uintptr, buf []byte) {
	if a.n == 1 { // element 0 alone has no chunk yet
		return func(_ uintptr, buf []byte) { clear(buf) }
	}
	return func(off uintptr, buf []byte) { copy(buf, a.span(off, len(buf))) }
}

// span returns n bytes of the array that lie in one chunk; chunks are whole
// pages.
func (a *array[T]) span(off uintptr, n int) []byte {
	var t T
	chunk := unsafe.Sizeof(t) << a.shift
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(a.dir[off/chunk].Load()), off%chunk)), n)
}

// extend makes room for n elements, for restoring.
func (a *array[T]) extend(n uint32) {
	a.n = n
	for c := range (n + a.mask) >> a.shift {
		a.chunk(c)
	}
}

// bytes returns what the used part occupies.
func (a *array[T]) bytes() int64 {
	var t T
	return pageCeil(int64(a.n) * int64(unsafe.Sizeof(t)))
}

// pageCeil rounds up to what the system hands out for n touched bytes.
func pageCeil(n int64) int64 {
	if n > hugeSize {
		return (n + hugeSize - 1) &^ (hugeSize - 1)
	}
	return (n + 4095) &^ 4095
}
