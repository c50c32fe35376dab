package hub

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/wire"
)

// live is the newest part of the log, held for all who follow it: each batch
// is decoded once, and rendered once for each way of looking at it. Nobody who
// follows is known to the writer: it adds a batch and goes on. Who is slower
// than the part held here is long reads the log itself.
type live struct {
	followers atomic.Int64

	mu    sync.Mutex
	ring  []*chunk // stream order, without holes
	bytes int
	head  uint64        // sequence followers may read up to
	beat  chan struct{} // closed when head moves
	ended bool
}

// The newest batches that are held, while anybody follows.
const (
	liveChunks = 256
	liveBytes  = 16 << 20 // as they are in the log
	// beatEvery is the shortest time between two wake-ups of all who follow:
	// a thousand of them are woken together, twenty times a second.
	beatEvery = 50 * time.Millisecond
	// oldChunks is how many batches of the past are held for those who catch
	// up: after a restart they do so together.
	oldChunks = 64
)

func newLive() *live { return &live{beat: make(chan struct{})} }

func (l *live) wanted() bool { return l.followers.Load() > 0 }

// join counts a follower; leave takes it back.
func (l *live) join() { l.followers.Add(1) }

func (l *live) leave() {
	if l.followers.Add(-1) > 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.followers.Load() == 0 {
		l.ring, l.bytes = nil, 0
	}
}

// add holds a batch; writer only.
func (l *live) add(c *chunk) {
	if !l.wanted() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.ring); n > 0 && l.ring[n-1].seq+1 != c.seq {
		l.ring, l.bytes = nil, 0
	}
	l.ring = append(l.ring, c)
	l.bytes += len(c.data)
	for len(l.ring) > liveChunks || l.bytes > liveBytes && len(l.ring) > 1 {
		l.bytes -= len(l.ring[0].data)
		l.ring[0] = nil
		l.ring = l.ring[1:]
	}
}

// at returns a batch that is held, nil for another.
func (l *live) at(seq uint64) *chunk {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) == 0 || seq < l.ring[0].seq || seq-l.ring[0].seq >= uint64(len(l.ring)) {
		return nil
	}
	return l.ring[seq-l.ring[0].seq]
}

// state returns up to where may be read and what closes when that moves.
func (l *live) state() (head uint64, beat <-chan struct{}, ended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head, l.beat, l.ended
}

// run moves the head after the log until ctx ends.
func (l *live) run(ctx context.Context, p *progress) error {
	defer l.move(0, true)
	for {
		head, _, _ := l.state()
		if p.wait(ctx, head+1) != nil {
			return nil
		}
		l.move(p.at(), false)
		select {
		case <-time.After(beatEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

func (l *live) move(head uint64, end bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.head, l.ended = max(l.head, head), end
	close(l.beat)
	l.beat = make(chan struct{})
}

// chunk is one batch of the log as those who follow share it.
type chunk struct {
	seq     uint64
	time    time.Time
	source  cure.Source
	data    []byte   // as in the log; nil: nothing of it was taken
	counted []tally  // records by marking
	notices *notices // what was new in it; nil: nothing, or not known any more

	decode  sync.Once
	records []cure.Record

	mu    sync.Mutex
	views map[viewpoint]*sheet
	beats map[cure.Scope]*beat
}

// tally counts records of a batch under one marking.
type tally struct {
	marking cure.Marking
	n       int
}

// chunkOf makes a chunk of a message as it is in the log.
func chunkOf(m log.Message) *chunk {
	c := &chunk{seq: m.Seq, time: m.Time}
	if src, err := cure.SourceOfSubject(m.Subject); err == nil {
		c.source, c.data = src, m.Data
	}
	return c
}

// count tallies the records of a batch that hold more than controls.
func (c *chunk) count(b *wire.Batch, def cure.Marking) {
	n := make([]int, len(b.Markings))
	for i := range b.Envelopes {
		n[b.Envelopes[i].Marking]++
	}
	last := -1
	for i := range b.Controls {
		if r := int(b.Controls[i].Record); r != last && r < len(b.Envelopes) {
			n[b.Envelopes[r].Marking]--
			last = r
		}
	}
	for i, k := range n {
		if k > 0 {
			c.counted = append(c.counted, tally{b.Markings[i].Or(def), k})
		}
	}
}

// open returns the records of the batch, decoded once. One that cannot be read
// was refused when it was applied, and has none.
func (c *chunk) open(o *opener) []cure.Record {
	c.decode.Do(func() {
		if c.data == nil {
			return
		}
		d, err := o.decoder()
		if err != nil {
			return
		}
		defer o.decoders.Put(d)
		c.records, _ = d.Records(c.data)
	})
	return c.records
}
