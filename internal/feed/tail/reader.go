package tail

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/opencure/cure/internal/feed"
)

// growing is a file that is still being written. It ends when it was replaced
// under its name and nothing has come for a while, or when it was truncated.
type growing struct {
	*feed.File
	r *reader
}

// Shaped implements feed.Input.
func (g *growing) Shaped() *feed.File { return g.File }

// Path implements feed.Input: the file is not whole.
func (g *growing) Path() string { return "" }

// Identity implements feed.Input. While the file is shorter than what
// identifies it, each whole line makes the identity more exact.
func (g *growing) Identity() string { return g.r.identity() }

// Size implements feed.Input.
func (g *growing) Size() int64 {
	info, err := g.r.f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// reader reads a file and, at its end, waits for more.
type reader struct {
	f     *os.File
	path  string
	every time.Duration
	quit  chan struct{}

	at    int64 // bytes read
	quiet int   // looks since the file was replaced and nothing came

	mu   sync.Mutex
	head []byte // first bytes, grows with the file
	id   string
	told bool // the identity under which the file was opened
	once sync.Once
}

func newReader(f *os.File, path string, head []byte, id string, every time.Duration) *reader {
	return &reader{f: f, path: path, head: head, id: id, every: every, quit: make(chan struct{})}
}

// identity returns first the name by which the file was known when it was
// opened, then the most exact one there is: a line that many logs begin with
// must not go on standing for this one.
func (r *reader) identity() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.told {
		r.told = true
		return r.id
	}
	if len(r.head) < feed.HeadSize {
		if now := head(r.f); len(now) > len(r.head) && bytes.HasPrefix(now, r.head) {
			r.head = now
		}
	}
	if id := feed.Head(r.head, nil); id != "" {
		r.id = id
	}
	return r.id
}

// Read implements io.Reader. It blocks at the end of the file; io.EOF means
// that the file is over.
func (r *reader) Read(p []byte) (int, error) {
	for {
		n, err := r.f.Read(p)
		if n > 0 {
			r.at += int64(n)
			r.quiet = 0
			return n, nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if !r.wait() {
			return 0, io.EOF
		}
	}
}

// wait waits until there may be more; false: there will be none.
func (r *reader) wait() bool {
	t := time.NewTimer(r.every)
	defer t.Stop()
	for {
		select {
		case <-r.quit:
			return false
		case <-t.C:
		}
		info, err := r.f.Stat()
		switch {
		case err != nil || info.Size() < r.at:
			return false // truncated: it begins anew
		case info.Size() > r.at:
			return r.unchanged()
		}
		if named, err := os.Stat(r.path); err == nil && !os.SameFile(info, named) {
			if r.quiet++; r.quiet >= settled {
				return false
			}
		}
		t.Reset(r.every)
	}
}

// unchanged reports whether the file begins as it did: one that was truncated
// and has grown beyond the old place between two looks does not.
func (r *reader) unchanged() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.HasPrefix(head(r.f), r.head)
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.once.Do(func() { close(r.quit) })
	return r.f.Close()
}
