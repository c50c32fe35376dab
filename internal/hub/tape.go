package hub

import (
	"context"
	"errors"
	"io"
	"time"
)

// Tape is the log as an engine reads it: whole records, in stream order, as
// they stand now: what was deleted is left out, and what was regraded has its
// present marking. For one goroutine; Close it when done.
type Tape struct {
	w *Follower
	b *Bench
}

// Cut is one batch of a tape.
type Cut struct {
	Seq     uint64
	Records []Opened // with observations, annotations or more; a batch may have none
	AsOf    uint64   // corrections that are in them
	Gap     *Gap     // instead of records
}

// Tape begins to read what arrived from a moment on: of one source, or of all
// when source is "". It ends with the stream sequence upto, unless that is 0.
func (b *Bench) Tape(ctx context.Context, from time.Time, upto uint64, source string) (*Tape, error) {
	w, err := b.hub.Follow(ctx, b.scope, Following{Rights: b.scope, From: from, Source: source})
	if err != nil {
		return nil, err
	}
	w.each, w.ends, w.end = true, upto > 0, upto
	return &Tape{w, b}, nil
}

// Next returns the next batch, those without records as well. ok is false at
// the end of a tape that has one. Unavailable: the hub ends.
func (t *Tape) Next(ctx context.Context) (c Cut, ok bool, err error) {
	if err := t.w.ready(ctx); err != nil {
		if errors.Is(err, io.EOF) {
			return c, false, nil
		}
		return c, false, err
	}
	// Before the records are opened: a correction while they are must count
	// as one that is not in them.
	c.AsOf = t.b.Corrections()
	s, err := t.w.Next(ctx)
	if errors.Is(err, io.EOF) {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	c.Seq, c.Gap = t.w.Position(), s.Gap
	if s.sheet != nil {
		c.Records = s.Records
	}
	return c, true, nil
}

// Waiting reports whether Next has something already.
func (t *Tape) Waiting() bool { return t.w.Waiting() }

// Close ends the reading.
func (t *Tape) Close() { t.w.Close() }

// Sequence returns the stream sequence that is applied.
func (b *Bench) Sequence() uint64 { return b.hub.Sequence() }

// Ready waits until the hub has caught up with the log of its start.
func (b *Bench) Ready(ctx context.Context) error { return b.hub.progress.waitReady(ctx) }
