package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	magic      = "CUREspl1"
	headerSize = 8 // of a record
	suffix     = ".spool"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// segment is one file of records, numbered from first on.
type segment struct {
	first uint64
	size  int64
}

func (g segment) path(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("%020d%s", g.first, suffix))
}

// errTorn says that a segment ends in something that is no record.
var errTorn = errors.New("torn record")

// appendHeader leaves room for the header of a record of n bytes, which
// sealRecord completes when the number is known.
func appendHeader(dst []byte, n int) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	return append(dst, 0, 0, 0, 0)
}

// sealRecord writes the CRC of the record at the beginning of b and returns
// its size.
func sealRecord(b []byte, number uint64) int {
	size := headerSize + int(binary.LittleEndian.Uint32(b))
	binary.LittleEndian.PutUint32(b[4:], checksum(number, b[:4], b[headerSize:size]))
	return size
}

func checksum(number uint64, length, data []byte) uint32 {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], number)
	c := crc32.Update(0, castagnoli, n[:])
	c = crc32.Update(c, castagnoli, length)
	return crc32.Update(c, castagnoli, data)
}

// reader reads the records of one segment. The bytes are untrusted: memory is
// bounded by the largest record, and whatever is no record is errTorn.
type reader struct {
	r      *bufio.Reader
	number uint64 // of the next record
	buf    []byte
}

// newReader reads the magic. errTorn where it is not there.
func newReader(r io.Reader, first uint64) (*reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	var m [len(magic)]byte
	if _, err := io.ReadFull(b, m[:]); err != nil {
		return nil, torn(err)
	}
	if string(m[:]) != magic {
		return nil, errTorn
	}
	return &reader{r: b, number: first}, nil
}

// next returns the next record, valid until the call after; io.EOF at a clean
// end. After an error other than io.EOF the reader is of no use.
func (r *reader) next() ([]byte, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r.r, h[:]); err == io.EOF {
		return nil, io.EOF
	} else if err != nil {
		return nil, torn(err)
	}
	n := binary.LittleEndian.Uint32(h[:])
	if n > MaxRecord {
		return nil, errTorn
	}
	if err := r.fill(int(n)); err != nil {
		return nil, err
	}
	if checksum(r.number, h[:4], r.buf) != binary.LittleEndian.Uint32(h[4:]) {
		return nil, errTorn
	}
	r.number++
	return r.buf, nil
}

// fill reads n bytes in steps, so that a wrong length costs no more memory
// than the file has bytes.
func (r *reader) fill(n int) error {
	r.buf = r.buf[:0]
	for len(r.buf) < n {
		have := len(r.buf)
		step := min(n-have, max(cap(r.buf)-have, 64<<10))
		r.buf = slices.Grow(r.buf, step)[:have+step]
		if _, err := io.ReadFull(r.r, r.buf[have:]); err != nil {
			return torn(err)
		}
	}
	return nil
}

// torn keeps errors of the disk apart from a file that ends too early.
func torn(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errTorn
	}
	return err
}

// findSegments lists the segments of a folder and finds the last good record
// of the last one. Segments at the end without any are removed: nobody was
// told that something in them is safe.
func findSegments(dir string) (list []segment, last uint64, err error) {
	entries, err := os.ReadDir(dir) // sorted by name, which is by number
	if err != nil {
		return nil, 0, err
	}
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), suffix)
		first, bad := strconv.ParseUint(name, 10, 64)
		if !ok || bad != nil || len(name) != 20 || first == 0 || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, 0, err
		}
		list = append(list, segment{first, info.Size()})
	}
	for len(list) > 0 {
		g := list[len(list)-1]
		last, err := lastRecord(g.path(dir), g.first)
		if err != nil || last >= g.first {
			return list, last, err
		}
		if err := os.Remove(g.path(dir)); err != nil {
			return nil, 0, err
		}
		list = list[:len(list)-1]
	}
	return nil, 0, nil
}

// lastRecord returns the number of the last good record, first-1 if there is
// none.
func lastRecord(path string, first uint64) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r, err := newReader(f, first)
	for err == nil {
		_, err = r.next()
	}
	switch {
	case r == nil && errors.Is(err, errTorn):
		return first - 1, nil
	case err == io.EOF, errors.Is(err, errTorn):
		return r.number - 1, nil
	}
	return 0, err
}
