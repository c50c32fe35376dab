package store

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
)

// snapshotReader reads one snapshot file.
type snapshotReader struct {
	f        *os.File
	size     int64
	m        *manifest
	sections map[string]*section
}

// readSnapshot makes a store of a snapshot file; the janitor is not started.
func readSnapshot(path string, o Options) (*Store, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cure.Errorf(cure.Unavailable, "open snapshot: %w", err)
	}
	defer f.Close()
	r := &snapshotReader{f: f}
	if err := r.open(); err != nil {
		return nil, err
	}
	copy(o.Seed[:], r.m.Seed)
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	if err := r.restore(s); err != nil {
		s.mem.close()
		return nil, err
	}
	return s, nil
}

// open reads the end of the file, the manifest and the checksums.
func (r *snapshotReader) open() error {
	st, err := r.f.Stat()
	if err != nil {
		return cure.Errorf(cure.Unavailable, "open snapshot: %w", err)
	}
	r.size = st.Size()
	torn := func(why string) error { return cure.Errorf(cure.Invalid, "snapshot is torn: %s", why) }
	var foot [snapshotFooter]byte
	if r.size < pageSize+snapshotFooter {
		return torn("too short")
	}
	if _, err := r.f.ReadAt(foot[:], r.size-snapshotFooter); err != nil {
		return cure.Errorf(cure.Unavailable, "read snapshot: %w", err)
	}
	at := binary.LittleEndian.Uint64(foot[0:])
	n := binary.LittleEndian.Uint64(foot[8:])
	sums := binary.LittleEndian.Uint64(foot[16:])
	size := uint64(r.size)
	if string(foot[28:]) != snapshotMagic {
		return torn("no end")
	}
	if n > size || sums > size || at > size || at+n+sums+snapshotFooter != size || sums%4 != 0 {
		return torn("lengths do not add up")
	}
	data := make([]byte, n+sums)
	if _, err := r.f.ReadAt(data, int64(at)); err != nil {
		return cure.Errorf(cure.Unavailable, "read snapshot: %w", err)
	}
	if crc32.Checksum(data, castagnoli) != binary.LittleEndian.Uint32(foot[24:]) {
		return torn("checksum of the manifest")
	}
	if r.m, err = decodeManifest(data[:n]); err != nil {
		return err
	}
	return r.index(int64(at), data[n:])
}

// index checks that the sections lie in the file and gives each its sums.
func (r *snapshotReader) index(end int64, sums []byte) error {
	r.sections = map[string]*section{}
	for i := range r.m.Sections {
		sec := &r.m.Sections[i]
		if sec.At < pageSize || sec.At%pageSize != 0 || sec.Len < 0 || sec.At > end || sec.Len > end-sec.At || sec.pages()*4 > int64(len(sums)) {
			return cure.Errorf(cure.Invalid, "section %.40q lies outside the snapshot", sec.Name)
		}
		for range sec.pages() {
			sec.sums = append(sec.sums, binary.LittleEndian.Uint32(sums))
			sums = sums[4:]
		}
		r.sections[sec.Name] = sec
	}
	return nil
}

// length returns the number of elements of a section; a section that is not
// there or not of whole elements is an error.
func (r *snapshotReader) length(name string, element uintptr, limit uint64) (uint32, error) {
	sec := r.sections[name]
	if sec == nil {
		return 0, cure.Errorf(cure.Invalid, "snapshot without section %q", name)
	}
	n := uint64(sec.Len) / uint64(element)
	if uint64(sec.Len)%uint64(element) != 0 || n > limit {
		return 0, cure.Errorf(cure.Invalid, "section %q of %d bytes", name, sec.Len)
	}
	return uint32(n), nil
}

// readRun is how much is read at a time: a divisor of every chunk.
const readRun = 64 * pageSize

// load reads a section piece by piece into what span returns, on all
// processors, and checks every page. span(off, n) is asked for pieces of
// pageSize or, where wide says that they do not cross a chunk, readRun.
func (r *snapshotReader) load(name string, run int64, span func(off int64, n int) []byte) error {
	sec := r.sections[name]
	if sec == nil {
		return cure.Errorf(cure.Invalid, "snapshot without section %q", name)
	}
	var next atomic.Int64
	var g errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			for {
				off := next.Add(run) - run
				if off >= sec.Len {
					return nil
				}
				buf := span(off, int(min(run, sec.Len-off)))
				if _, err := r.f.ReadAt(buf, sec.At+off); err != nil {
					return cure.Errorf(cure.Unavailable, "read section %q: %w", name, err)
				}
				for k := 0; k < len(buf); k += pageSize {
					page := buf[k:min(k+pageSize, len(buf))]
					if crc32.Checksum(page, castagnoli) != sec.sums[(off+int64(k))/pageSize] {
						return cure.Errorf(cure.Invalid, "snapshot is torn: page %d of section %q", (off+int64(k))/pageSize, name)
					}
				}
			}
		})
	}
	return g.Wait()
}

// bytes reads a whole section.
func (r *snapshotReader) bytes(name string) ([]byte, error) {
	sec := r.sections[name]
	if sec == nil {
		return nil, cure.Errorf(cure.Invalid, "snapshot without section %q", name)
	}
	data := make([]byte, sec.Len)
	return data, r.load(name, readRun, func(off int64, n int) []byte { return data[off : off+int64(n)] })
}

// run reads a section of sorted words into a run.
func (r *snapshotReader) run(name string, m *memory) (run, error) {
	n, err := r.length(name, 8, maxIndex)
	if err != nil || n == 0 {
		return run{}, err
	}
	x := run{m.alloc(int(n) * 8), int(n)}
	data := wordBytes(x.entries())
	if err := r.load(name, readRun, func(off int64, n int) []byte { return data[off : off+int64(n)] }); err != nil {
		return x, err
	}
	if !slices.IsSorted(x.entries()) {
		return x, cure.Errorf(cure.Invalid, "section %q is not in order", name)
	}
	return x, nil
}

// wordBytes returns words as bytes, in place.
func wordBytes(words []uint64) []byte {
	if len(words) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
}

// loadArray reads a section into an array.
func loadArray[T any](r *snapshotReader, name string, a *array[T]) error {
	var t T
	n, err := r.length(name, unsafe.Sizeof(t), maxIndex)
	if err != nil {
		return err
	}
	if n == 0 {
		return cure.Errorf(cure.Invalid, "section %q is empty", name)
	}
	a.extend(n)
	return r.load(name, pageSize*16, func(off int64, n int) []byte { return a.span(uintptr(off), n) })
}

// loadList reads a section into a list.
func loadList[T any](r *snapshotReader, name string, l *list[T]) error {
	var t T
	n, err := r.length(name, unsafe.Sizeof(t), uint64(l.cap))
	if err != nil {
		return err
	}
	data := l.raw(int(n))
	if err := r.load(name, readRun, func(off int64, n int) []byte { return data[off : off+int64(n)] }); err != nil {
		return err
	}
	l.n.Store(n)
	return nil
}
