// Package spool keeps on disk what a source cannot send again. It answers "is
// what I was handed safe?" for push, syslog and UDP; sources that can be read
// again (files, polls) have their checkpoint instead.
//
// Records of bytes go in with [Spool.Append], which returns when they are
// fsynced: concurrent callers share one fsync (group commit), so many small
// senders are as fast as one large one. They come out with [Spool.Consume] in
// the same order, numbered 1, 2, 3 …, and are deleted, in whole segments, when
// [Spool.Ack] says that everything up to a number is safe in the log. The
// acknowledged number is written at once but fsynced only when a segment goes,
// so records may come again after a power failure: at least once.
//
// # Files
//
//	lock                         held while open
//	acked                        two slots of number and CRC, written in turn
//	00000000000000000001.spool   segments, named after their first record
//
//	segment = magic (8 bytes), record …
//	record  = length (4) CRC-32C (4) data; the CRC is over number, length, data
//
// A segment is never written again after the process that made it. Whatever a
// crash leaves at its end is recognised by the CRC and passed over: only
// records that nobody was told are safe can be there. Where the disk has lost
// acknowledged records the numbers jump, and [Stats] counts them.
//
// # Limits
//
// The segments take at most MaxBytes on disk; beyond that Append refuses with
// cure.Unavailable, which the transport passes on to the sender (429, no
// answer, a counted drop). A record has at most [MaxRecord] bytes. Memory: what
// waits for the next fsync, at most 4 MiB beside the largest record, and one
// record per reader. Safe for concurrent use; two processes on one folder are
// refused.
package spool

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/dirlock"
)

// MaxRecord is the most bytes a record may have.
const MaxRecord = 16 << 20

// Defaults and bounds of [Config].
const (
	defaultMaxBytes     = 1 << 30
	defaultSegmentBytes = 16 << 20
	maxPending          = 4 << 20 // bytes that wait for the next fsync
)

// Config says where a spool is and how large it may become.
type Config struct {
	Dir          string // made if absent, for this user only; of one source
	MaxBytes     int64  // of all segments; 0: 1 GiB
	SegmentBytes int64  // size at which a segment is closed; 0: 16 MiB; at most a quarter of MaxBytes
}

// Stats is the state of a spool at one moment.
type Stats struct {
	First uint64 // first record kept, Last+1 when there is none
	Last  uint64 // last durable record, 0 before the first
	Acked uint64 // everything up to here is acknowledged
	Bytes int64  // on disk
	Lost  uint64 // records missed while reading since Open
}

// Spool is an open spool.
type Spool struct {
	cfg  Config
	lock *dirlock.Lock
	acks *os.File
	open func(path string) (file, error) // makes a segment; replaced in tests

	mu       sync.Mutex
	segments []segment // in order; the last may be growing
	durable  uint64    // last record that is fsynced
	acked    uint64
	ackSlot  int // slot written last
	bytes    int64
	lost     uint64
	pending  *group        // what the next commit takes
	more     chan struct{} // has an element when pending is not empty
	changed  chan struct{} // closed and replaced when durable grows
	closed   bool
	done     chan struct{} // closed with the spool
	wg       sync.WaitGroup
}

// Open opens the spool of a folder. It reads the last segment, so it takes as
// long as reading SegmentBytes. cure.Conflict when another process has it,
// cure.Unavailable when the folder cannot be used.
func Open(cfg Config) (*Spool, error) {
	return open(cfg, createFile)
}

func open(cfg Config, create func(string) (file, error)) (*Spool, error) {
	if cfg.MaxBytes < 0 || cfg.SegmentBytes < 0 {
		return nil, cure.Errorf(cure.Invalid, "open spool: size below zero")
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = defaultMaxBytes
	}
	if cfg.SegmentBytes == 0 {
		cfg.SegmentBytes = defaultSegmentBytes
	}
	cfg.SegmentBytes = min(cfg.SegmentBytes, cfg.MaxBytes/4)
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, cure.Errorf(cure.Unavailable, "open spool: %w", err)
	}
	lock, err := dirlock.Acquire(cfg.Dir)
	var held *dirlock.HeldError
	switch {
	case errors.As(err, &held):
		return nil, cure.Errorf(cure.Conflict, "open spool: %w", err)
	case err != nil:
		return nil, cure.Errorf(cure.Unavailable, "open spool: %w", err)
	}
	s := &Spool{
		cfg: cfg, lock: lock, open: create,
		pending: newGroup(), more: make(chan struct{}, 1),
		changed: make(chan struct{}), done: make(chan struct{}),
	}
	if err := s.recover(); err != nil {
		_ = lock.Release()
		return nil, cure.Errorf(cure.Unavailable, "open spool: %w", err)
	}
	s.wg.Go(s.commit)
	return s, nil
}

// recover finds where the last process stopped.
func (s *Spool) recover() error {
	var err error
	if s.acks, s.acked, s.ackSlot, err = openAcks(s.cfg.Dir); err != nil {
		return err
	}
	if s.segments, s.durable, err = findSegments(s.cfg.Dir); err != nil {
		_ = s.acks.Close()
		return err
	}
	s.durable = max(s.durable, s.acked)
	for _, g := range s.segments {
		s.bytes += g.size
	}
	s.dropAcked()
	return nil
}

// Stats returns the state.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{First: s.first(), Last: s.durable, Acked: s.acked, Bytes: s.bytes, Lost: s.lost}
}

// first returns the first record kept.
func (s *Spool) first() uint64 {
	if len(s.segments) == 0 {
		return s.durable + 1
	}
	return s.segments[0].first
}

// Close waits for the commit under way, lets appends and readers that wait
// fail with cure.Unavailable, and gives the folder back. It may be called
// twice.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.done)
	s.mu.Unlock()
	s.wg.Wait()
	err := errors.Join(s.acks.Sync(), s.acks.Close(), s.lock.Release())
	if err != nil {
		return cure.Errorf(cure.Unavailable, "close spool: %w", err)
	}
	return nil
}

var errClosed = cure.Errorf(cure.Unavailable, "spool is closed")

// ready is what calls begin with.
func (s *Spool) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return cure.Errorf(cure.Unavailable, "use spool: %w", err)
	}
	select {
	case <-s.done:
		return errClosed
	default:
		return nil
	}
}
