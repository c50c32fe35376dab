package feed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed/sqlite"
)

const (
	blockSize = 256 << 10
	readAhead = 4 // blocks
	headSize  = HeadSize
	maxWindow = 64 << 20
)

// HeadSize is how many bytes identify a file that grows.
const HeadSize = 4 << 10

// File is an open input.
type File struct {
	name  string
	src   io.ReadCloser
	total int64 // of src in bytes, 0 when unknown
	taken atomic.Int64
	mtime time.Time

	blocks chan block
	free   chan []byte
	quit   chan struct{}
	done   chan struct{}

	framing Framing
	max     int
	buf     []byte // not yet consumed: buf[at:]
	at      int
	base    int64 // offset of buf[0] in the stream
	line    int
	end     error         // what follows the bytes in buf
	walk    *walk         // of Elements and Whole; nil: as framing says
	inside  bool          // Members: the head was read
	outer   bool          // and there was one
	events  *eventFraming // of exported logs, see Events; nil: none
	mail    *mailFraming  // nil: no mail
	chain   *chain        // nil: a line is a record of its own, see Chained
	capture *capture      // Packets: what the head of the capture said; nil before it was read
	rows    *rows         // of a database, whatever the framing; nil: none
	digest  *digest       // Captured: of a file that is named by a hash; nil: none
	timer   *time.Timer
}

// block is what the reading goroutine hands over.
type block struct {
	data []byte
	err  error
}

// Open opens a file; "-" is the standard input. gzip and zstd are known by
// their first bytes, so are SQLite databases, of which each event is a record
// (JSON). max bounds a record, 0 is MaxRecord.
func Open(path string, framing Framing, max int) (*File, error) {
	if path == "-" {
		return NewFile("-", os.Stdin, framing, max)
	}
	src, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, cure.Errorf(cure.NotFound, "open input: %w", err)
	}
	if err != nil {
		return nil, cure.Errorf(cure.Invalid, "open input: %w", err)
	}
	info, err := src.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a folder")
	}
	if err != nil {
		src.Close()
		return nil, cure.Errorf(cure.Invalid, "open input %s: %w", path, err)
	}
	regular := info.Mode().IsRegular()
	caught := framing == Captured && namedByHash(filepath.Base(path))
	if regular && (caught || isDatabase(src)) {
		f := newFile(filepath.Base(path), src, framing, max)
		f.total, f.mtime = info.Size(), info.ModTime()
		if f.taken.Store(f.total); caught {
			f.digest = &digest{Name: f.name, Time: f.mtime.UTC(), src: src}
		} else {
			f.rows = openRows(path)
		}
		return f, nil
	}
	f, err := NewFile(filepath.Base(path), src, framing, max)
	if err != nil {
		return nil, err
	}
	if regular {
		f.total, f.mtime = info.Size(), info.ModTime()
	}
	return f, nil
}

// isDatabase reports whether a file is a SQLite database.
func isDatabase(src *os.File) bool {
	head := make([]byte, len(sqlite.Magic))
	n, _ := src.ReadAt(head, 0)
	return sqlite.Has(head[:n])
}

// NewFile reads from src, which it closes.
func NewFile(name string, src io.ReadCloser, framing Framing, max int) (*File, error) {
	f := newFile(name, src, framing, max)
	go f.read()
	return f, nil
}

func newFile(name string, src io.ReadCloser, framing Framing, max int) *File {
	if max <= 0 || max > MaxRecord {
		max = MaxRecord
	}
	f := &File{
		name: name, src: src, framing: framing, max: max,
		blocks: make(chan block, readAhead),
		free:   make(chan []byte, readAhead+1),
		quit:   make(chan struct{}),
		done:   make(chan struct{}),
		timer:  time.NewTimer(time.Hour),
	}
	f.timer.Stop()
	return f
}

// Name returns the name without its folder, "-" for the standard input.
func (f *File) Name() string { return f.name }

// Time returns when a regular file was last written, the zero Time for others.
func (f *File) Time() time.Time { return f.mtime }

// Progress returns how many bytes of the file were read, compressed as it is,
// and how many it has, 0 when nobody knows. Safe for concurrent use.
func (f *File) Progress() (read, total int64) { return f.taken.Load(), f.total }

// Size returns the bytes of a regular file as it is on disk, 0 for others.
func (f *File) Size() int64 { return f.total }

// Close ends reading. Of a pipe that nobody writes to the reading goroutine
// ends with the pipe.
func (f *File) Close() error {
	close(f.quit)
	err := f.src.Close()
	f.timer.Stop()
	return err
}

// read is the goroutine that reads ahead.
func (f *File) read() {
	defer close(f.done)
	in, err := decompress(&counter{f.src, &f.taken})
	for {
		var buf []byte
		select {
		case buf = <-f.free:
		default:
			buf = make([]byte, blockSize)
		}
		n := 0
		if err == nil {
			n, err = in.Read(buf[:blockSize])
		}
		select {
		case f.blocks <- block{buf[:n], err}:
		case <-f.quit:
			return
		}
		if err != nil {
			return
		}
	}
}

// counter counts what is read from the file itself.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// utf16 is what redirections of PowerShell write.
var utf16 = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)

// decompress takes off what the first bytes say.
func decompress(src io.Reader) (plain, error) {
	magic := make([]byte, 4)
	n, err := io.ReadFull(src, magic)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return plain{}, err
	}
	in := io.MultiReader(bytes.NewReader(magic[:n]), src)
	switch {
	case bytes.HasPrefix(magic[:n], []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(in)
		return plain{z, true}, err
	case bytes.HasPrefix(magic[:n], []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		return plain{z, true}, err
	case bytes.HasPrefix(magic[:n], []byte{0xff, 0xfe}) && n == 4 && magic[2] != 0 && magic[3] == 0: // of text that begins in ASCII
		return plain{utf16.NewDecoder().Reader(in), false}, nil
	}
	return plain{in, false}, nil
}

// plain is a stream without its compression; packed says that it had one.
type plain struct {
	io.Reader
	packed bool
}

// fill appends the next block to buf. ErrIdle: nothing came in time.
func (f *File) fill(ctx context.Context, wait time.Duration) error {
	var b block
	select {
	case b = <-f.blocks:
	default:
		var late <-chan time.Time
		if wait >= 0 {
			f.timer.Reset(wait)
			defer f.timer.Stop()
			late = f.timer.C
		}
		select {
		case b = <-f.blocks:
		case <-late:
			return ErrIdle
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if f.at > 0 {
		f.base += int64(f.at)
		f.buf = f.buf[:copy(f.buf, f.buf[f.at:])]
		f.at = 0
	}
	f.buf = append(f.buf, b.data...)
	if b.err == nil {
		f.free <- b.data
		return nil
	}
	f.end = b.err
	if b.err != io.EOF {
		f.end = &ErrCut{Offset: f.base + int64(len(f.buf)), Err: b.err}
	}
	return nil
}

// Identity returns a name for the content that stays while the file grows, is
// renamed or compressed: SHA-256 over its first 4 KiB, of a shorter file over
// its whole lines. known may hold identities from before: if one of them names
// the beginning of a file that has grown meanwhile, that one is returned. ""
// for a file without a whole line. Of a database see [File.Anchor]. Before the
// first Next only.
func (f *File) Identity(ctx context.Context, known func(id string) bool) (string, error) {
	if f.rows != nil {
		return f.rows.name(known), nil
	}
	if f.digest != nil {
		return f.digest.sum(ctx)
	}
	for f.end == nil && len(f.buf) < headSize {
		if err := f.fill(ctx, Forever); err != nil {
			return "", err
		}
	}
	if f.framing == Packets {
		id, old := captureID(f.buf[:min(len(f.buf), headSize)], known)
		if old || id != "" && len(f.buf) < headSize {
			return id, nil
		}
	}
	return Head(f.buf, known), nil
}

// Head is [File.Identity] for the first bytes of a file.
func Head(head []byte, known func(id string) bool) string {
	if head = head[:min(len(head), headSize)]; len(head) < headSize { // its last line may still be being written
		head = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	if len(head) == 0 {
		return ""
	}
	for n := len(head); n > 0 && known != nil; n = bytes.LastIndexByte(head[:n-1], '\n') + 1 {
		if id := identity(head[:n]); known(id) {
			return id
		}
	}
	return identity(head)
}

func identity(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:12])
}

// Rereadable reports whether the bytes of a path can be read again: of a
// regular file. It opens nothing, which would take the data of a pipe.
func Rereadable(path string) (bool, error) {
	if path == "-" {
		return false, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return false, cure.Errorf(cure.NotFound, "open input: %w", err)
	}
	return info.Mode().IsRegular(), nil
}

// Sum returns the SHA-256 of a whole regular file as it is on disk: the
// identity of a copy.
func Sum(path string) (string, error) {
	src, err := os.Open(path)
	if err != nil {
		return "", cure.Errorf(cure.NotFound, "open input: %w", err)
	}
	defer src.Close()
	h := sha256.New()
	if _, err := io.Copy(h, src); err != nil {
		return "", cure.Errorf(cure.Invalid, "read input: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}
