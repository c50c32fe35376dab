// Package tail follows files: a log that is written and rotated ([Log]), and a
// folder into which whole files come ([Folder]). Both are a feed.Stream; who
// reads it remembers how far it was, so nothing is kept here.
//
// Files are known by their first bytes (feed.Head), not by name or inode: a
// log that was renamed, copied or compressed is the same log. There is no
// notification by the kernel in it, only looks at the file, four a second:
// that works on every file system, network ones too, and costs a stat.
//
// Limits: a log has at most 256 older files that are looked at, a folder at
// most 10,000 entries a look. Each open file costs a goroutine and about 1 MiB.
package tail

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// every is the time between two looks unless a test wants less.
const every = 250 * time.Millisecond

// settled is after how many looks without change a file counts as finished.
const settled = 8

// stamp tells whether a file is as it was when it was last looked at.
type stamp struct {
	info fs.FileInfo
}

// same reports whether the file is that one, and has not been written since.
func (s stamp) same(info fs.FileInfo) bool {
	return os.SameFile(s.info, info) && s.info.Size() == info.Size() && s.info.ModTime().Equal(info.ModTime())
}

// finished are the files that were read to their end and have not changed.
// Safe for concurrent use.
type finished struct {
	mu   sync.Mutex
	list []stamp // the oldest first
}

// maxFinished bounds what is remembered; more are opened once more in vain.
const maxFinished = 1024

func (f *finished) has(info fs.FileInfo) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.list {
		if s.same(info) {
			return true
		}
	}
	return false
}

func (f *finished) add(info fs.FileInfo) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) == maxFinished {
		f.list = f.list[1:]
	}
	f.list = append(f.list, stamp{info})
}

// pause waits for the next look.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openFile opens a regular file.
func openFile(path string) (*os.File, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no regular file")
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// head reads the first bytes of a file.
func head(f *os.File) []byte {
	b := make([]byte, feed.HeadSize)
	n, _ := f.ReadAt(b, 0)
	return b[:n]
}

// packed reports whether a file that begins so is gzip or zstd.
func packed(head []byte) bool {
	return len(head) > 3 && (head[0] == 0x1f && head[1] == 0x8b || head[0] == 0x28 && head[1] == 0xb5 && head[2] == 0x2f && head[3] == 0xfd)
}

// whole is a file that is not written any more.
type whole struct {
	*feed.File
	path, id string
	info     fs.FileInfo
}

// Path implements feed.Input.
func (w *whole) Path() string {
	if w.Verbatim() {
		return ""
	}
	return w.path
}

// Shaped implements feed.Input.
func (w *whole) Shaped() *feed.File { return w.File }

// Identity implements feed.Input.
func (w *whole) Identity() string { return cmp.Or(w.Anchor(), w.id) }

// openWhole opens a finished file, compressed or not. An identity of "" asks
// for that of its first bytes.
func openWhole(ctx context.Context, path, id string, info fs.FileInfo, framing feed.Framing, max int, known func(string) bool) (*whole, error) {
	if id == "" {
		f, err := feed.Open(path, framing, max)
		if err != nil {
			return nil, err
		}
		id, err = f.Identity(ctx, known)
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	f, err := feed.Open(path, framing, max)
	if err != nil {
		return nil, err
	}
	return &whole{File: f, path: path, id: id, info: info}, nil
}

// unusable is the error of a file that cannot be opened.
func unusable(err error) error {
	return cure.Errorf(cure.Unavailable, "open input: %w", err)
}
