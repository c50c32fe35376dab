package store

import (
	"hash/crc32"
	"os"
	"runtime"
	"sync/atomic"
)

// shadow makes a point-in-time copy of an array while the writer goes on: a
// page is written to the snapshot by the snapshot's goroutine, or by the
// writer just before it changes it, whoever comes first. There is no second
// copy of the store in memory, and the writer never waits for more than one
// page.
type shadow struct {
	out   *pageFile
	at    int64                         // of the section in the file
	limit uintptr                       // bytes of the array when the snapshot began
	read  func(off uintptr, buf []byte) // copies from the array
	state []atomic.Uint32               // by page: pageOpen, pageBusy, pageDone
	sums  []uint32                      // checksum by page
}

const (
	pageSize = 4096

	pageOpen = 0
	pageBusy = 1
	pageDone = 2
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// pageFile is where pages go. The writer hands its pages over, and writes
// them itself only when the snapshot's goroutine does not keep up: the system
// makes those wait who write faster than the disk.
type pageFile struct {
	f     *os.File
	kept  chan keptPage
	spare chan []byte // pages written, for use again
	err   atomic.Pointer[error]
}

type keptPage struct {
	at   int64
	data []byte
	sum  *uint32 // where its checksum goes
}

// A 32nd of what the writer can change may wait, but 16 MiB at least.
const (
	minKept   = 16 << 20 / pageSize
	keptShare = 32
)

// hold makes room for the pages that wait, of so many that the writer can
// change.
func (o *pageFile) hold(pages int) {
	n := max(minKept, pages/keptShare)
	o.kept, o.spare = make(chan keptPage, n), make(chan []byte, n)
}

func (o *pageFile) write(data []byte, at int64) {
	if _, err := o.f.WriteAt(data, at); err != nil {
		o.err.CompareAndSwap(nil, &err)
	}
}

// drain writes the pages that wait.
func (o *pageFile) drain() {
	for n := 1; ; n++ {
		select {
		case p := <-o.kept:
			o.writeKept(p)
		default:
			return
		}
		if n%keptYield == 0 {
			runtime.Gosched()
		}
	}
}

// keptYield is how many kept pages are written before others get a turn.
const keptYield = 16

func (o *pageFile) writeKept(p keptPage) {
	*p.sum = crc32.Checksum(p.data, castagnoli)
	o.write(p.data, p.at)
	select {
	case o.spare <- p.data:
	default:
	}
}

// page returns memory for a page to be kept.
func (o *pageFile) page(n uintptr) []byte {
	select {
	case p := <-o.spare:
		return p[:n]
	default:
		return make([]byte, pageSize)[:n]
	}
}

func newShadow(out *pageFile, at int64, limit uintptr, read func(uintptr, []byte)) *shadow {
	pages := (limit + pageSize - 1) / pageSize
	return &shadow{out: out, at: at, limit: limit, read: read, state: make([]atomic.Uint32, pages), sums: make([]uint32, pages)}
}

// keep saves the pages of [off, off+size) before the writer changes them.
func (s *shadow) keep(off, size uintptr) {
	if off >= s.limit {
		return
	}
	s.keepPage(off / pageSize)
	if last := (off + size - 1) / pageSize; last != off/pageSize && last*pageSize < s.limit {
		s.keepPage(last)
	}
}

func (s *shadow) keepPage(p uintptr) {
	st := &s.state[p]
	if st.Load() == pageDone {
		return
	}
	if !st.CompareAndSwap(pageOpen, pageBusy) {
		for st.Load() != pageDone {
			runtime.Gosched()
		}
		return
	}
	k := keptPage{s.at + int64(p)*pageSize, s.out.page(s.size(p)), &s.sums[p]}
	s.read(p*pageSize, k.data)
	select {
	case s.out.kept <- k:
	default:
		s.out.writeKept(k)
	}
	st.Store(pageDone)
}

func (s *shadow) size(p uintptr) uintptr { return min(pageSize, s.limit-p*pageSize) }

// save writes all pages that the writer has not saved.
func (s *shadow) save() {
	const run = 64 // pages of one write, some 0.1 ms
	buf := make([]byte, 0, run*pageSize)
	first := uintptr(0)
	flush := func() {
		if len(buf) > 0 {
			s.out.write(buf, s.at+int64(first)*pageSize)
		}
		buf = buf[:0]
		s.out.drain()
		runtime.Gosched()
	}
	for p := range uintptr(len(s.state)) {
		if !s.state[p].CompareAndSwap(pageOpen, pageBusy) {
			flush()
			continue
		}
		if len(buf) == 0 {
			first = p
		}
		n := uintptr(len(buf))
		buf = buf[:n+s.size(p)]
		s.read(p*pageSize, buf[n:])
		s.sums[p] = crc32.Checksum(buf[n:], castagnoli)
		s.state[p].Store(pageDone)
		if len(buf) > (run-1)*pageSize {
			flush()
		}
	}
	flush()
	for p := range s.state { // the writer may be in the middle of one
		for s.state[p].Load() != pageDone {
			runtime.Gosched()
		}
	}
	s.out.drain()
}
