// Package feed brings bytes: it opens a file or the standard input, takes gzip
// and zstd off, and cuts out raw records, with the place of each. It knows no
// format of a publisher and does not decode.
//
// Input is hostile: a record has at most a given length (a longer one is
// reported with its place and passed over), a compressed stream is read as it
// goes and never held (a gzip bomb costs time, not memory), and a stream that
// is cut short gives all records before the cut.
//
// One goroutine per open [File] reads and decompresses ahead, at most
// [readAhead] blocks; it ends with Close. A File belongs to one goroutine.
package feed

import (
	"errors"

	"github.com/opencure/cure"
)

// Framing is how raw records are cut out of a stream.
type Framing uint8

// The framings.
const (
	// Lines: a record is a line. Empty lines are passed over, a carriage
	// return at the end is cut, so is a byte-order mark at the beginning.
	Lines Framing = iota
	// Objects: a record is a JSON object, one a line or as elements of one
	// array, on as many lines as it takes. What stands between objects
	// (commas, brackets, white space) is passed over. A line that begins with
	// '{' always begins an object, so that a broken one costs only itself.
	Objects
	// Members: a record is an element of the array "objects" of one outer
	// object, as in a STIX bundle, whatever else stands in that; without such
	// an array as Objects.
	Members
	// Packets: a record is a packet of a capture (pcap, pcapng) or a data frame
	// of Frame Streams, with a [PacketHead] before it; of a stream that is
	// neither a line.
	Packets
	// Captured: as Objects; but a regular file that is named by a hash (32, 40
	// or 64 hexadecimal digits) is one record, its digest, and its content is
	// not kept.
	Captured
)

// MaxRecord is the longest raw record in bytes unless a caller wants less.
const MaxRecord = 1 << 20

// Frame is one raw record and where it stands.
type Frame struct {
	Data   []byte // valid until the next call; of a record that is too long its beginning
	Offset int64  // of its first byte in the uncompressed stream
	Next   int64  // offset behind it: where to go on
	Line   int    // from 1; counts from where reading began
	Long   bool   // longer than the limit
	Last   bool   // ended by the end of the stream, not by its own: perhaps still being written
	None   error  // the whole input holds no record: why, and Data is what it begins with instead
}

// ErrIdle says that no record came in time.
var ErrIdle = errors.New("no record in time")

// ErrCut says that a stream ended where it must not: a compressed file that
// was cut, or cannot be read further.
type ErrCut struct {
	Offset int64 // in the uncompressed stream: all before it was read
	Err    error
}

// Error returns the text.
func (e *ErrCut) Error() string {
	return cure.Errorf(cure.Invalid, "read input up to byte %d: %w", e.Offset, e.Err).Error()
}

// Unwrap returns the reason.
func (e *ErrCut) Unwrap() error { return e.Err }
