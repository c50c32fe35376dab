package listen

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Next implements feed.Stream: the spool, again and again.
func (t *Intake) Next(ctx context.Context, p feed.Progress) (feed.Input, error) {
	if p.Want != "" && p.Want != t.id {
		return nil, cure.Errorf(cure.NotFound, "the spool that was being read is not there any more")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.ended.Load() && t.empty() {
		return nil, feed.ErrEnded
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	return &input{intake: t, ctx: ctx, stop: stop, timer: time.NewTimer(time.Hour)}, nil
}

// empty reports whether all that is kept is in the log.
func (t *Intake) empty() bool { s := t.spool.Stats(); return s.Acked == s.Last }

// Safe implements feed.Stream: the parcels before that place are not needed
// any more. One that cannot be acknowledged now is with the next.
func (t *Intake) Safe(id string, offset int64) {
	if n := offset >> ordinal; id == t.id && n > 1 {
		if err := t.spool.Ack(uint64(n - 1)); err != nil {
			t.cfg.Logger.Warn("spool keeps what is in the log", "err", err)
		}
	}
}

// Done implements feed.Stream.
func (t *Intake) Done(feed.Input, error) {
	if t.ended.Load() {
		if err := t.spool.Ack(t.spool.Stats().Last); err != nil {
			t.cfg.Logger.Warn("spool keeps what is in the log", "err", err)
		}
	}
}

// ordinal is how many bits of an offset count the messages of a parcel; those
// above count the parcels from 1.
const ordinal = 20

// parcelIn is a parcel on its way from the spool to the reader.
type parcelIn struct {
	n        uint64
	messages []message
	err      error
}

// input reads a spool as an input. Its offsets are parcel and ordinal.
type input struct {
	intake *Intake
	ctx    context.Context // of the goroutine that reads the spool
	stop   context.CancelFunc
	timer  *time.Timer
	from   int64
	line   int
	read   int64

	parcels chan parcelIn
	now     parcelIn
	at      int
}

// Name implements feed.Input.
func (i *input) Name() string { return i.intake.cfg.Name }

// Path implements feed.Input.
func (i *input) Path() string { return "" }

// Time implements feed.Input.
func (i *input) Time() time.Time { return time.Time{} }

// Identity implements feed.Input.
func (i *input) Identity() string { return i.intake.id }

// Size implements feed.Input.
func (i *input) Size() int64 { return 0 }

// Shaped implements feed.Input.
func (i *input) Shaped() *feed.File { return nil }

// Progress implements feed.Input.
func (i *input) Progress() (read, total int64) { return i.read, 0 }

// Close implements feed.Input.
func (i *input) Close() error {
	i.stop()
	i.timer.Stop()
	if i.parcels != nil {
		for range i.parcels { // the goroutine ends
		}
	}
	return nil
}

// Skip implements feed.Input.
func (i *input) Skip(_ context.Context, offset int64) error {
	i.from = offset
	return nil
}

// begin begins to read the spool.
func (i *input) begin() {
	i.parcels = make(chan parcelIn, 2)
	go func() {
		defer close(i.parcels)
		err := i.intake.spool.Consume(i.ctx, uint64(i.from>>ordinal), func(n uint64, data []byte) error {
			_, messages, err := decode(bytes.Clone(data))
			select {
			case i.parcels <- parcelIn{n, messages, err}:
				return nil
			case <-i.ctx.Done():
				return i.ctx.Err()
			}
		})
		select {
		case i.parcels <- parcelIn{err: err}:
		case <-i.ctx.Done():
		}
	}()
}

// endLook is how often an input that has an end looks for it.
const endLook = 100 * time.Millisecond

// Next implements feed.Input.
func (i *input) Next(ctx context.Context, wait time.Duration) (feed.Frame, error) {
	if i.parcels == nil {
		i.begin()
	}
	for i.at >= len(i.now.messages) {
		if i.intake.ended.Load() && i.now.n >= i.intake.spool.Stats().Last && len(i.parcels) == 0 {
			return feed.Frame{}, io.EOF
		}
		look := wait
		if wait < 0 || wait > endLook {
			look = endLook
		}
		i.timer.Reset(look)
		select {
		case p, ok := <-i.parcels:
			if err := p.err; err != nil && p.n == 0 || !ok {
				return feed.Frame{}, errors.Join(err, ctx.Err())
			}
			i.now, i.at = p, 0 // a broken parcel has no messages
			if int64(p.n) == i.from>>ordinal {
				i.at = int(i.from & (1<<ordinal - 1))
			}
		case <-i.timer.C:
			if wait >= 0 {
				if wait -= look; wait <= 0 {
					return feed.Frame{}, feed.ErrIdle
				}
			}
		case <-ctx.Done():
			return feed.Frame{}, ctx.Err()
		}
	}
	m := i.now.messages[i.at]
	f := feed.Frame{Data: m.data, Long: m.long, Offset: int64(i.now.n)<<ordinal | int64(i.at)}
	i.at++
	i.line++
	i.read += int64(len(m.data))
	if f.Line, f.Next = i.line, f.Offset+1; i.at == len(i.now.messages) {
		f.Next = int64(i.now.n+1) << ordinal
	}
	return f, nil
}
