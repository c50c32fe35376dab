package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/fault"
)

// file is what a segment is written to.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Close() error
}

// createFile makes an empty segment and its directory entry durable.
func createFile(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// group is the records that one fsync makes durable.
type group struct {
	buf   []byte // records whose CRC is not there yet
	count uint64
	done  chan struct{} // closed when first and err are set
	first uint64        // number of the first record
	err   error
}

func newGroup() *group { return &group{done: make(chan struct{})} }

// Append adds a record and returns its number when it is durable. Unavailable
// when the spool is full or the disk fails: then the record may still be there
// after a restart. Also when ctx ends before; the record is then on its way.
// data may be reused after the call.
func (s *Spool) Append(ctx context.Context, data []byte) (uint64, error) {
	if most := min(MaxRecord, s.cfg.MaxBytes-headerSize-int64(len(magic))); int64(len(data)) > most {
		return 0, cure.Errorf(cure.Invalid, "append to spool: record of %d bytes, want at most %d", len(data), most)
	}
	for {
		g, index, err := s.enqueue(ctx, data)
		if err != nil {
			return 0, err
		}
		select {
		case <-g.done:
		case <-ctx.Done():
			return 0, cure.Errorf(cure.Unavailable, "append to spool: %w", ctx.Err())
		}
		switch {
		case index < 0: // the group was full; try the next
			continue
		case g.err != nil:
			return 0, g.err
		}
		return g.first + uint64(index), nil
	}
}

// enqueue puts a record into the pending group. An index of -1 means that the
// group has no room: wait until it is done.
func (s *Spool) enqueue(ctx context.Context, data []byte) (*group, int, error) {
	if err := s.ready(ctx); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.pending
	switch {
	case s.closed:
		return nil, 0, errClosed
	case s.held()+int64(len(g.buf)+headerSize+len(data)) > s.cfg.MaxBytes:
		return nil, 0, cure.Errorf(cure.Unavailable, "append to spool: full, %d bytes wait to be taken", s.bytes)
	case len(g.buf) > 0 && len(g.buf)+len(data) > maxPending:
		return g, -1, nil
	}
	g.buf = append(appendHeader(g.buf, len(data)), data...)
	g.count++
	select {
	case s.more <- struct{}{}:
	default:
	}
	return g, int(g.count - 1), nil
}

// held returns the bytes that wait to be taken, or may. When all records are
// acknowledged the last segment goes as soon as the next one begins.
func (s *Spool) held() int64 {
	if s.acked == s.durable {
		return int64(len(magic))
	}
	return s.bytes
}

// commit writes groups until the spool is closed. It is the only writer.
func (s *Spool) commit() {
	w := writer{s: s}
	defer w.seal()
	for {
		select {
		case <-s.more:
		case <-s.done:
		}
		s.mu.Lock()
		g, first, closed := s.pending, s.durable+1, s.closed
		s.pending = newGroup()
		s.mu.Unlock()
		if g.count > 0 {
			g.first = first
			if err := w.write(g); err != nil {
				g.err = cure.Errorf(cure.Unavailable, "append to spool: %w", err)
			}
			close(g.done)
		}
		if closed {
			return
		}
	}
}

// writer holds the growing segment.
type writer struct {
	s    *Spool
	file file // nil: the next group begins a segment
	size int64
}

// write makes a group durable. After an error the segment is not touched
// again: what an fsync that failed has left behind is not known.
func (w *writer) write(g *group) error {
	for b, n := g.buf, g.first; len(b) > 0; n++ {
		b = b[sealRecord(b, n):]
	}
	if w.file != nil && w.full(len(g.buf)) {
		w.seal()
	}
	if w.file == nil {
		if err := w.begin(g.first); err != nil {
			return err
		}
	}
	_, err := w.file.Write(g.buf)
	fault.Point("spool.write")
	if err == nil {
		err = w.file.Sync()
	}
	fault.Point("spool.sync")
	if err != nil {
		w.seal()
		return err
	}
	w.size += int64(len(g.buf))
	w.s.committed(g.first+g.count-1, int64(len(g.buf)))
	return nil
}

// full reports whether the segment should not take n more bytes: it would be
// too large, or nothing in it is needed any more and it is worth replacing.
func (w *writer) full(n int) bool {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	most := w.s.cfg.SegmentBytes
	return w.size+int64(n) > most || w.size > most/4 && w.s.acked == w.s.durable
}

func (w *writer) begin(first uint64) error {
	g := segment{first: first, size: int64(len(magic))}
	f, err := w.s.open(g.path(w.s.cfg.Dir))
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(magic)); err != nil {
		f.Close()
		return err
	}
	w.file, w.size = f, g.size
	w.s.grown(g)
	return nil
}

func (w *writer) seal() {
	if w.file != nil {
		_ = w.file.Close() // everything that counts is fsynced
		w.file = nil
	}
}

// grown adds a segment. One of the same number held nothing durable and was
// overwritten.
func (s *Spool) grown(g segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := len(s.segments) - 1; i >= 0 && s.segments[i].first == g.first {
		s.bytes -= s.segments[i].size
		s.segments = s.segments[:i]
	}
	s.segments = append(s.segments, g)
	s.bytes += g.size
	s.dropAcked()
}

// committed publishes that records up to last are durable.
func (s *Spool) committed(last uint64, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable = last
	s.bytes += size
	s.segments[len(s.segments)-1].size += size
	close(s.changed)
	s.changed = make(chan struct{})
}
