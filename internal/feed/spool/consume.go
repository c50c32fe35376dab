package spool

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/opencure/cure"
)

// Consume calls fn with every durable record from number from on, in order,
// and follows the tail until ctx ends or fn fails; it returns that error. It
// begins at the first record kept when from is older, 0 included. data is
// valid until fn returns. Several readers may be at work; what one of them
// acknowledges is gone for the others.
func (s *Spool) Consume(ctx context.Context, from uint64, fn func(n uint64, data []byte) error) error {
	for {
		g, next, err := s.await(ctx, from)
		if err != nil {
			return err
		}
		var end uint64
		from, end, err = s.readSegment(ctx, g, next, fn)
		if err != nil {
			return err
		}
		if end > from { // the segment has not what it should
			s.mu.Lock()
			s.lost += end - from
			s.mu.Unlock()
			from = end
		}
	}
}

// await returns the segment that holds the first record from number from on,
// and its number, when it is durable.
func (s *Spool) await(ctx context.Context, from uint64) (segment, uint64, error) {
	for {
		if err := s.ready(ctx); err != nil {
			return segment{}, 0, err
		}
		s.mu.Lock()
		from = max(from, s.first())
		if from <= s.durable {
			g := s.segments[0]
			for _, later := range s.segments {
				if later.first <= from {
					g = later
				}
			}
			s.mu.Unlock()
			return g, from, nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-s.done:
		case <-ctx.Done():
		}
	}
}

// readSegment passes on the records of g from number from on. It returns the
// number to go on with, and the number before which the segment should have
// had everything: larger when records are lost.
func (s *Spool) readSegment(ctx context.Context, g segment, from uint64, fn func(uint64, []byte) error) (next, end uint64, err error) {
	f, err := os.Open(g.path(s.cfg.Dir))
	if errors.Is(err, os.ErrNotExist) && from <= s.Stats().Acked {
		return s.Stats().First, 0, nil // acknowledged meanwhile
	}
	if err != nil {
		return 0, 0, cure.Errorf(cure.Unavailable, "read spool: %w", err)
	}
	defer f.Close()
	next = from
	r, err := newReader(f, g.first)
	for err == nil {
		end, last := s.bounds(g)
		if r.number >= end && last {
			if err := s.tail(ctx, end); err != nil {
				return 0, 0, err
			}
			continue
		}
		if r.number >= end {
			return next, end, nil
		}
		number := r.number
		var data []byte
		if data, err = r.next(); err != nil || number < from {
			continue
		}
		if err := s.ready(ctx); err != nil {
			return 0, 0, err
		}
		if err := fn(number, data); err != nil {
			return 0, 0, err
		}
		next = number + 1
	}
	if err != io.EOF && !errors.Is(err, errTorn) {
		return 0, 0, cure.Errorf(cure.Unavailable, "read spool: %w", err)
	}
	end, _ = s.bounds(g)
	return next, end, nil
}

// bounds returns the number before which the records of g end, and whether g
// is the last segment, which may grow.
func (s *Spool) bounds(g segment) (end uint64, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, later := range s.segments {
		if later.first > g.first {
			return later.first, false
		}
	}
	return s.durable + 1, true
}

// tail waits until record number n is durable.
func (s *Spool) tail(ctx context.Context, n uint64) error {
	_, _, err := s.await(ctx, n)
	return err
}
