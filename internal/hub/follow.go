package hub

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/opencure/cure"
)

// Following says which records somebody wants to follow, and from where.
type Following struct {
	// Rights sees what the scope of the follower sees. Followers who give the
	// same share what is made for them.
	Rights cure.Scope
	After  uint64    // begin behind this stream sequence
	From   time.Time // or with the first batch that arrived at or after this moment
	To     time.Time // up to what arrived before this moment, which has passed; zero: for ever
	Behind Moment    // or behind what was seen up to this moment
	Live   bool      // or now: what comes from here on
	Source string    // of this publisher or source
	Kind   cure.Kind // with a value of this kind
	Query  string    // with a value that fulfils this query
	Raw    bool      // with raw texts
}

// Moment is a place in the stream by what a follower has seen: it tells
// nothing of what the follower has not.
type Moment struct {
	At time.Time // arrival of the last batch in which something was visible
	N  int       // how many such batches arrived at that very time
}

// Gap is a part of the stream that a follower does not get.
type Gap struct {
	From, To uint64 // stream sequences, both missing
	Until    time.Time
	Why      string
}

// Slice is one batch as a follower gets it.
type Slice struct {
	Seq  uint64
	Time time.Time // of arrival
	*sheet
	Gap *Gap // instead of records
}

// Follower reads the log at its own pace as one scope sees it: what arrives,
// shared with all who follow, and what has arrived before, from the log. The
// hub never waits for it. For one goroutine; Close it when done.
type Follower struct {
	hub    *Hub
	scope  cure.Scope
	at     viewpoint
	filter *filter
	pos    uint64 // read up to and with this sequence
	end    uint64 // last sequence to read, where it is bounded
	ends   bool
	seen   Moment
	skip   int  // batches at that moment that were seen before
	told   bool // of RED
	each   bool // batches without records are returned too
}

// Follow begins to follow. Invalid: the query cannot be read, or After lies
// behind the end of the log, or To in the future.
func (h *Hub) Follow(ctx context.Context, sc cure.Scope, o Following) (*Follower, error) {
	f, err := newFilter(o.Source, o.Kind, o.Query)
	if err != nil {
		return nil, err
	}
	w := &Follower{
		hub: h, scope: sc, filter: f, pos: o.After,
		at:   viewpoint{scope: o.Rights, filter: f.text(), raw: o.Raw},
		seen: Moment{At: time.Unix(0, 1)}, // before everything
	}
	info, err := h.stream.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("follow records: %w", err)
	}
	switch {
	case o.Live:
		w.pos, w.seen.At = h.Sequence(), h.opts.Now()
	case !o.Behind.At.IsZero():
		w.seen, w.skip = o.Behind, o.Behind.N
		if w.pos, err = h.arrivedBefore(ctx, o.Behind.At); err != nil {
			return nil, fmt.Errorf("follow records: %w", err)
		}
	case !o.From.IsZero():
		w.seen.At = o.From
		if w.pos, err = h.arrivedBefore(ctx, o.From); err != nil {
			return nil, fmt.Errorf("follow records: %w", err)
		}
	case o.After > info.Last:
		return nil, cure.Errorf(cure.Invalid, "follow records: nothing has the number %d yet: this is another log, or it has lost its end", o.After)
	}
	if !o.To.IsZero() {
		if o.To.After(h.opts.Now()) {
			return nil, cure.Errorf(cure.Invalid, "follow records: %s has not come yet", o.To.UTC().Format(time.RFC3339))
		}
		w.ends = true
		if w.end, err = h.arrivedBefore(ctx, o.To); err != nil {
			return nil, fmt.Errorf("follow records: %w", err)
		}
	}
	h.live.join()
	return w, nil
}

// Close ends the following.
func (w *Follower) Close() { w.hub.live.leave() }

// Position returns the stream sequence up to which everything was read.
func (w *Follower) Position() uint64 { return w.pos }

// Seen returns up to which moment the follower has read, by what it could see,
// whether or not its filter let that through.
func (w *Follower) Seen() Moment { return w.seen }

// Waiting reports whether Next has something to read already.
func (w *Follower) Waiting() bool {
	head, _, _ := w.hub.live.state()
	return w.pos < head
}

// Next waits for the next batch with records for the follower, or a gap. A
// batch of which it sees nothing is passed over. Unavailable: the hub ends, or
// the log cannot be read. io.EOF: To is reached. It may be called again after
// any error.
func (w *Follower) Next(ctx context.Context) (Slice, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Slice{}, err
		}
		if err := w.ready(ctx); err != nil {
			return Slice{}, err
		}
		s, err := w.step(ctx)
		if err != nil || s.Gap != nil || s.sheet != nil || w.each {
			return s, err
		}
	}
}

// ready waits until there is a batch to read; the errors are those of Next.
func (w *Follower) ready(ctx context.Context) error {
	for {
		if w.ends && w.pos >= w.end {
			return io.EOF
		}
		head, beat, ended := w.hub.live.state()
		if w.pos < head {
			return nil
		}
		if ended {
			return cure.Errorf(cure.Unavailable, "hub has stopped")
		}
		select {
		case <-beat:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// step reads one batch; the slice is empty where nothing of it is for the
// follower.
func (w *Follower) step(ctx context.Context) (Slice, error) {
	c := w.hub.live.at(w.pos + 1)
	if c == nil {
		var gap *Gap
		var err error
		if c, gap, err = w.hub.past(ctx, w.pos+1); err != nil {
			return Slice{}, err
		}
		if gap != nil {
			if w.ends {
				gap.To = min(gap.To, w.end)
			}
			w.pos = gap.To
			return Slice{Seq: gap.To, Gap: gap}, nil
		}
	}
	w.pos = c.seq
	s := w.hub.sheet(c, w.at, w.filter)
	if w.again(c, s) || len(s.Records) == 0 {
		return Slice{}, nil
	}
	if s.red && !w.told && w.hub.opts.Red != nil {
		w.told = true
		w.hub.opts.Red(ctx, w.scope, "stream "+w.filter.text())
	}
	return Slice{Seq: c.seq, Time: c.time, sheet: s}, nil
}

// again notes that something was visible, and reports whether the follower had
// it before.
func (w *Follower) again(c *chunk, s *sheet) bool {
	switch {
	case !s.seen:
	case !c.time.Equal(w.seen.At):
		w.seen, w.skip = Moment{c.time, 1}, 0
	case w.skip > 0:
		w.skip--
		return true
	default:
		w.seen.N++
	}
	return false
}

// past reads a batch from the log, or says up to where that is not possible.
func (h *Hub) past(ctx context.Context, seq uint64) (*chunk, *Gap, error) {
	if oldest := h.store.Oldest(); seq < oldest {
		return nil, h.gap(ctx, seq, oldest, "older than single observations are kept"), nil
	}
	if c, ok := h.old.get(seq); ok {
		return c, nil, nil
	}
	m, err := h.stream.Read(ctx, seq)
	if err == nil {
		c := chunkOf(m)
		h.old.put(seq, c)
		return c, nil, nil
	}
	if cure.KindOf(err) != cure.NotFound {
		return nil, nil, fmt.Errorf("follow records: %w", err)
	}
	info, err := h.stream.Info(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("follow records: %w", err)
	}
	if info.First > seq {
		return nil, h.gap(ctx, seq, info.First, "the log no longer reaches back so far"), nil
	}
	return &chunk{seq: seq}, nil, nil // one message that the log has lost
}

// gap says that everything from a sequence to the one before another is gone.
func (h *Hub) gap(ctx context.Context, from, to uint64, why string) *Gap {
	g := &Gap{From: from, To: to - 1, Why: why}
	if m, err := h.stream.Read(ctx, to); err == nil {
		g.Until = m.Time
	}
	return g
}

// arrivedBefore returns the last sequence that arrived before t, as far as the
// log reaches back. Cost: some twenty reads of the log.
func (h *Hub) arrivedBefore(ctx context.Context, t time.Time) (uint64, error) {
	info, err := h.stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	lo, hi := max(info.First, 1), info.Last+1 // the first at or after t lies in [lo, hi]
	for lo < hi {
		mid := lo + (hi-lo)/2
		m, err := h.stream.Read(ctx, mid)
		if err != nil && cure.KindOf(err) != cure.NotFound {
			return 0, err
		}
		if err != nil || m.Time.Before(t) { // what the log lost is at its beginning
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1, nil
}
