package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// chain says which lines are one record.
type chain struct {
	begins  func(line []byte) bool
	belongs func(first, line []byte) bool
}

// maxFirst is what of a line is looked at to see where it belongs.
const maxFirst = 2 << 10

// Chained makes several lines one record: a line for which begins says so, and
// those behind it as long as belongs says so of the first and the line. Both see
// the first 2 KiB of a line. Other lines are as before. Of a framing of Lines or
// Packets. Before the first Next only.
func (f *File) Chained(begins func(line []byte) bool, belongs func(first, line []byte) bool) {
	f.chain = &chain{begins, belongs}
}

// nextChain returns the next record of several lines; ok is false where none
// begins.
func (f *File) nextChain(ctx context.Context, wait time.Duration) (fr Frame, ok bool, err error) {
	for f.at < len(f.buf) && (f.buf[f.at] == '\n' || f.buf[f.at] == '\r') {
		f.pass(1)
	}
	at := 0 // the line behind this is looked at
	var first []byte
	for {
		rest := f.buf[f.at:]
		n := bytes.IndexByte(rest[at:], '\n')
		line := rest[at:]
		if n >= 0 {
			line = line[:n]
		}
		line = line[:min(len(line), maxFirst)]
		switch {
		case n < 0 && f.end == nil && len(line) < maxFirst && len(rest) <= f.max:
			if err := f.fill(ctx, wait); err != nil {
				return Frame{}, true, err
			}
			continue
		case at == 0 && !f.chain.begins(line):
			return Frame{}, false, nil
		case at == 0:
			first = line
		case len(line) == 0 && n < 0, !f.chain.belongs(first, line): // the end, or another record
			return f.takeObject(at, n < 0 && f.end == io.EOF), true, nil
		}
		if first = rest[:len(first)]; n < 0 || at+n+1 > f.max {
			if f.end != nil && len(rest) <= f.max {
				return f.takeObject(len(rest), f.end == io.EOF), true, nil
			}
			if len(rest) <= f.max { // a long line, whose end is to come
				if err := f.fill(ctx, wait); err != nil {
					return Frame{}, true, err
				}
				continue
			}
			fr, err := f.passChain(ctx, bytes.Clone(first))
			return fr, true, err
		}
		at += n + 1
	}
}

// passChain passes over a record that is too long and returns its beginning.
func (f *File) passChain(ctx context.Context, first []byte) (Frame, error) {
	fr, err := f.passLong(ctx)
	if err != nil {
		return fr, err
	}
	for {
		rest := f.buf[f.at:]
		n := bytes.IndexByte(rest, '\n')
		if n < 0 && f.end == nil && len(rest) < maxFirst {
			if err := f.fill(ctx, Forever); err != nil {
				return Frame{}, err
			}
			continue
		}
		line := rest
		if n >= 0 {
			line = rest[:n]
		}
		if len(rest) == 0 || !f.chain.belongs(first, line[:min(len(line), maxFirst)]) {
			fr.Next = f.base + int64(f.at)
			return fr, nil
		}
		if _, err := f.passLong(ctx); err != nil {
			return Frame{}, err
		}
	}
}

// Begins returns the first bytes, at most n, without consuming them, when they
// are there: of a pipe it waits ten seconds at most. Before the first Next and
// Skip only.
func (f *File) Begins(n int) []byte {
	if f.rows != nil || f.digest != nil {
		return nil
	}
	for f.end == nil && len(f.buf)-f.at < n {
		if f.fill(context.Background(), commentsWait) != nil {
			break
		}
	}
	return bytes.Clone(f.buf[f.at:min(len(f.buf), f.at+n)])
}

// errGrown refuses what came behind a recording that was read.
var errGrown = errors.New("recording has grown since it was read: give recordings that have ended")

// Recording makes the whole input one record of at most max bytes, as
// [File.Whole] does, which has to have ended: what comes behind it later is
// refused. beside are ends of names: the first file that is there under the
// input's name with one of them, of at most max bytes, stands before the record
// and is taken off by [Beside]. Before the first Next only.
func (f *File) Recording(max int, beside ...string) {
	f.Whole(max)
	f.walk.ended = true
	src, ok := f.src.(*os.File)
	if !ok {
		return
	}
	for _, end := range beside {
		if b := small(src.Name()+end, max); b != nil {
			f.walk.beside = b
			return
		}
	}
}

// besideHead stands before what stood beside a recording, with its length.
const besideHead = "beside %d bytes\n"

// Beside takes apart what [File.Recording] put together; beside is nil where
// there was nothing.
func Beside(record []byte) (beside, rest []byte) {
	if !bytes.HasPrefix(record, []byte(besideHead[:7])) {
		return nil, record
	}
	line, _, ok := bytes.Cut(record[:min(len(record), 40)], []byte{'\n'})
	var n int
	if _, err := fmt.Sscanf(string(line), "beside %d bytes", &n); !ok || err != nil || n < 0 || n > len(record)-len(line)-1 || fmt.Sprintf(besideHead, n) != string(line)+"\n" {
		return nil, record
	}
	rest = record[len(line)+1:]
	return rest[:n], rest[n:]
}

// small reads a regular file of at most max bytes, nil where there is none.
func small(path string, max int) []byte {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > int64(max) {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(max)))
	if err != nil {
		return nil
	}
	return b
}
