package publish

import (
	"encoding/binary"
	"time"
)

// stateReader reads what states and checkpoints are made of. After the first
// thing that is not there everything reads as zero and bad is set.
type stateReader struct {
	b   []byte
	bad bool
}

func (r *stateReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if !r.skip(n) {
		return 0
	}
	return v
}

func (r *stateReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if !r.skip(n) {
		return 0
	}
	return v
}

func (r *stateReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.skip(1)
	return v
}

// text reads a string of at most max bytes.
func (r *stateReader) text(max int) string {
	n := r.uvarint()
	if r.bad || n > uint64(max) || n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	v := string(r.b[:n])
	r.b = r.b[n:]
	return v
}

// skip passes over a number of n bytes; n <= 0 says that it was none.
func (r *stateReader) skip(n int) bool {
	if n <= 0 {
		r.bad = true
	}
	if r.bad {
		return false
	}
	r.b = r.b[n:]
	return true
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// millis and fromMillis keep the zero Time apart from 1970.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
