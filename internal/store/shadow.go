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
// them itself only when the snapshot's goroutine does not keep up.
type pageFile struct {
	f    *os.File
	kept chan keptPage
	err  atomic.Pointer[error]
}

type keptPage struct {
	at   int64
	data []byte
}

// maxKept is the number of pages that wait: 16 MiB.
const maxKept = 4096

func (o *pageFile) write(data []byte, at int64) {
	if _, err := o.f.WriteAt(data, at); err != nil {
		o.err.CompareAndSwap(nil, &err)
	}
}

// drain writes the pages that wait.
func (o *pageFile) drain() {
	for {
		select {
		case p := <-o.kept:
			o.write(p.data, p.at)
		default:
			return
		}
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
	data := make([]byte, s.size(p))
	s.read(p*pageSize, data)
	s.sums[p] = crc32.Checksum(data, castagnoli)
	k := keptPage{s.at + int64(p)*pageSize, data}
	select {
	case s.out.kept <- k:
	default:
		s.out.write(k.data, k.at)
	}
	st.Store(pageDone)
}

func (s *shadow) size(p uintptr) uintptr { return min(pageSize, s.limit-p*pageSize) }

// save writes all pages that the writer has not saved.
func (s *shadow) save() {
	const run = 256 // pages of one write
	buf := make([]byte, 0, run*pageSize)
	first := uintptr(0)
	flush := func() {
		if len(buf) > 0 {
			s.out.write(buf, s.at+int64(first)*pageSize)
		}
		buf = buf[:0]
		s.out.drain()
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
