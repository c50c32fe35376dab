package similar

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// Name of the engine, and the second part of its source.
const Name = "similar"

// code is the fingerprint: another one retracts what older code said.
const code = "1"

// Engine makes an index an engine of the hub: it reads the log of the last
// thirty days, follows it, and says of each detection who else behaves like
// its sources.
func (ix *Index) Engine() hub.Engine { return &engine{ix} }

type engine struct{ ix *Index }

// Name implements hub.Engine.
func (e *engine) Name() string { return Name }

// Fingerprint implements hub.Engine.
func (e *engine) Fingerprint() string { return code }

// shift is one run of the engine.
type shift struct {
	ix      *Index
	bench   *hub.Bench
	seq     uint64    // read up to
	settled time.Time // when what was read was last made findable
	rest    time.Duration
	cases   []suspects
}

// restPart bounds the time that is spent on making things findable: one part
// in so many.
const restPart = 20

// Run implements hub.Engine.
func (e *engine) Run(ctx context.Context, b *hub.Bench) error {
	if err := b.Ready(ctx); err != nil {
		return err
	}
	s := &shift{ix: e.ix, bench: b}
	s.ix.clear()
	s.ix.follow.step(0, false)
	tape, err := b.Tape(ctx, b.Now().Add(-Keep), 0, "")
	if err != nil {
		return err
	}
	defer tape.Close()
	for {
		wait := time.Duration(0)
		if !tape.Waiting() {
			if wait = s.rest - b.Now().Sub(s.settled); wait <= 0 {
				wait = 0
				if err := s.idle(ctx); err != nil {
					return err
				}
			}
		}
		if err := s.next(ctx, tape, wait); err != nil {
			return err
		}
	}
}

// next takes one batch in, or returns after a while where there is none.
func (s *shift) next(ctx context.Context, tape *hub.Tape, wait time.Duration) error {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if wait > 0 {
		limited, cancel = context.WithTimeout(ctx, wait)
	}
	defer cancel()
	c, _, err := tape.Next(limited)
	if err != nil {
		if wait > 0 && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
		return err
	}
	s.take(&c)
	s.seq = c.Seq
	return nil
}

// take adds the records of a batch.
func (s *shift) take(c *hub.Cut) {
	s.bench.Looked(uint64(len(c.Records)))
	for i := range c.Records {
		r := &c.Records[i]
		m := r.Marking.Or(hub.Strict)
		for k := range r.Detections {
			s.note(&r.Detections[k], m)
		}
		if !strings.HasPrefix(string(r.Source), hub.EngineSource("").Publisher()+"/") {
			s.ix.Add(r.Source, m, &r.Record, c.AsOf)
		}
	}
}

// idle is what is done when everything was read: what was corrected is read
// again, what is new made findable, and said.
func (s *shift) idle(ctx context.Context) error {
	begin := s.bench.Now()
	for _, src := range s.ix.corrected(s.bench.Corrected) {
		if err := s.again(ctx, src); err != nil {
			return err
		}
	}
	s.ix.Settle()
	s.settled = s.bench.Now()
	s.rest = min(restPart*s.settled.Sub(begin), time.Minute)
	if err := s.tellCases(ctx); err != nil {
		return err
	}
	s.ix.follow.step(s.seq, true)
	return nil
}

// corrected returns the sources that were corrected after they were read.
func (ix *Index) corrected(number func(cure.Source) uint64) (all []cure.Source) {
	for src, asOf := range ix.asOf { // the writer alone changes it
		if number(src) > asOf {
			all = append(all, src)
		}
	}
	return all
}

// again reads a source from the log once more, as it stands now. Until that is
// done, nobody finds anything of it.
func (s *shift) again(ctx context.Context, src cure.Source) error {
	s.ix.drop(src)
	tape, err := s.bench.Tape(ctx, s.bench.Now().Add(-Keep), s.seq, string(src))
	if err != nil {
		return err
	}
	defer tape.Close()
	for {
		c, ok, err := tape.Next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		for i := range c.Records {
			r := &c.Records[i]
			s.ix.Add(src, r.Marking.Or(hub.Strict), &r.Record, c.AsOf)
		}
	}
}
