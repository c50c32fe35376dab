package store

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mappable says that arenas can live outside the Go heap.
const mappable = true

// mapPages maps n zeroed bytes, a multiple of the huge page, aligned to it.
// The kernel refuses only when the address space or the overcommit limit is
// used up; there is no way on then, so it panics with that reason.
func mapPages(n int, huge bool) unsafe.Pointer {
	q := mapAnywhere(n) // since 6.7 the system aligns what is large by itself
	if uintptr(q)&(hugeSize-1) != 0 {
		unmapPages(q, n)
		q = mapAligned(n)
	}
	if huge {
		adviseHuge(q, n)
	}
	return q
}

func mapAnywhere(n int) unsafe.Pointer {
	const flags = unix.MAP_ANON | unix.MAP_PRIVATE | unix.MAP_NORESERVE
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_READ|unix.PROT_WRITE, flags)
	if err != nil {
		panic(fmt.Sprintf("store: map %d bytes: %v", n, err))
	}
	return p
}

// mapAligned maps more than it needs and gives back both ends.
func mapAligned(n int) unsafe.Pointer {
	p := mapAnywhere(n + hugeSize)
	head := -uintptr(p) & (hugeSize - 1)
	if head > 0 {
		unmapPages(p, int(head))
	}
	q := unsafe.Add(p, head)
	if tail := hugeSize - int(head); tail > 0 {
		unmapPages(unsafe.Add(q, n), tail)
	}
	return q
}

// unmapPages returns pages to the system. An error would mean that the
// arguments were never a mapping.
func unmapPages(p unsafe.Pointer, n int) {
	if err := unix.MunmapPtr(p, uintptr(n)); err != nil {
		panic(fmt.Sprintf("store: unmap %d bytes: %v", n, err))
	}
}

// adviseHuge asks for huge pages. A kernel without them is slower, not wrong.
func adviseHuge(p unsafe.Pointer, n int) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), n), unix.MADV_HUGEPAGE)
}

// emptyPages gives the pages back and keeps their place: they read as zero.
func emptyPages(p unsafe.Pointer, n int) {
	if err := unix.Madvise(unsafe.Slice((*byte)(p), n), unix.MADV_DONTNEED); err != nil {
		clear(unsafe.Slice((*byte)(p), n))
	}
}

// populatePages has pages made before they are written to. A kernel that
// cannot (before 5.14) makes them when they are.
func populatePages(p unsafe.Pointer, n int) {
	_ = unix.Madvise(unsafe.Slice((*byte)(p), n), unix.MADV_POPULATE_WRITE)
}
