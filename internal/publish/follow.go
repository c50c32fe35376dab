package publish

import (
	"context"
	"errors"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Follow publishes what a stream brings until ctx ends, then it returns its
// error. As with [Run], broken records and inputs do not end it, and after any
// other error the next Follow goes on where this one was: nothing acknowledged
// is lost and nothing counts twice. It never tries again by itself: package
// keep does.
func Follow(ctx context.Context, cfg Config, stream feed.Stream) (Result, error) {
	r, err := open(ctx, cfg, nil)
	if err != nil {
		return Result{}, err
	}
	r.out.safe = stream.Safe
	if err = r.takeUpStream(ctx, stream); err == nil {
		err = r.follow(ctx, stream)
	}
	if e := r.out.wait(); err == nil {
		err = e
	}
	r.result.Seq = r.out.sequence()
	return *r.result, err
}

// takeUpStream is takeUp for a stream: what has to be made again comes first.
func (r *runner) takeUpStream(ctx context.Context, stream feed.Stream) error {
	o, cp := &r.out.open, r.out.cp
	if o.Seq < cp.seq {
		return cure.Errorf(cure.Internal, "open %s: hub has batch %d but the checkpoint of batch %d", r.cfg.Source, o.Seq, cp.seq)
	}
	r.again, r.copied = cp.input, cp.copied
	if o.Seq == cp.seq {
		return nil
	}
	in, err := stream.Next(ctx, r.sofar(cp.input))
	if cure.KindOf(err) == cure.NotFound {
		return r.abandon()
	}
	if err != nil {
		return err
	}
	return r.take(ctx, stream, in)
}

// sofar says what was published.
func (r *runner) sofar(want string) feed.Progress {
	p := feed.Progress{Want: want, Offset: r.out.cp.offset}
	if len(r.out.cp.positions) > 0 {
		p.At = r.out.cp.at
	}
	return p
}

// follow publishes one input after the other.
func (r *runner) follow(ctx context.Context, stream feed.Stream) error {
	for {
		in, err := stream.Next(ctx, r.sofar(""))
		if err != nil {
			return err
		}
		if err := r.take(ctx, stream, in); err != nil {
			return err
		}
	}
}

// take publishes one input of a stream and closes it.
func (r *runner) take(ctx context.Context, stream feed.Stream, in feed.Input) error {
	err := errors.Join(r.read(ctx, in), in.Close())
	r.in = nil
	if err == nil {
		err = r.out.wait()
	}
	if err == nil {
		stream.Done(in, r.trouble)
	}
	return err
}
