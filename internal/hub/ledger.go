package hub

import (
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// ledger is what the hub remembers of each source beside the store: how far
// its publisher is, its last checkpoint, and what was counted on the way. It
// is a function of the stream up to seq.
type ledger struct {
	mu       sync.RWMutex
	seq      uint64 // last batch that was entered
	accounts map[cure.Source]*account
	strange  uint64 // messages of no source
	shelf    shelf
}

// account is the page of one source.
type account struct {
	Writer  writer    `json:"writer"`
	Counts  Operating `json:"counts"`
	Created time.Time `json:"created"` // publisher's clock in the last batch

	Corrected uint64 `json:"corrected,omitempty"` // stream sequence of the last deletion or new marking

	Left []leftover `json:"left,omitempty"`
}

// writer is how far the publisher of a source has come.
type writer struct {
	Seq   uint64 `json:"seq"`             // last batch of its epoch
	At    uint64 `json:"at"`              // its stream sequence
	State []byte `json:"state,omitempty"` // of the last checkpoint
}

func newLedger() *ledger { return &ledger{accounts: map[cure.Source]*account{}} }

// known reports whether the source has said anything.
func (l *ledger) known(src cure.Source) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.accounts[src] != nil
}

// writer returns how far the publisher of a source is.
func (l *ledger) writer(src cure.Source) writer {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if a := l.accounts[src]; a != nil {
		return a.Writer
	}
	return writer{}
}

// counts returns the figures of a source.
func (l *ledger) counts(src cure.Source) Operating {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := l.accounts[src]
	if a == nil {
		return Operating{}
	}
	c := a.Counts
	c.Seq = a.Writer.Seq
	return c
}

// sources returns all sources, in no order.
func (l *ledger) sources() []cure.Source {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := make([]cure.Source, 0, len(l.accounts))
	for src := range l.accounts {
		all = append(all, src)
	}
	return all
}

// page returns the account of a source; the lock is held for writing.
func (l *ledger) page(src cure.Source) *account {
	a := l.accounts[src]
	if a == nil {
		a = &account{}
		l.accounts[src] = a
	}
	return a
}

// refuse enters a message that could not be applied.
func (l *ledger) refuse(seq uint64, src cure.Source, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq <= l.seq {
		return
	}
	l.seq = seq
	if src == "" {
		l.strange++
		return
	}
	a := l.page(src)
	a.Counts.Refused++
	a.Counts.Why = why.Error()
}

// entry is what apply tells the ledger about a batch.
type entry struct {
	seq     uint64
	arrived time.Time
	batch   *wire.Batch
	raised  int
	again   bool         // the store had it
	def     cure.Marking // default of the source
}

// enter notes a batch.
func (l *ledger) enter(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.seq <= l.seq {
		return
	}
	l.seq = e.seq
	b := e.batch
	a := l.page(b.Source)
	own := b.Epoch&once == 0
	if own && b.Seq <= a.Writer.Seq || e.again {
		a.Counts.Duplicates++
		return
	}
	if own {
		a.Writer.Seq, a.Writer.At = b.Seq, e.seq
		for i := range b.Controls {
			if c := &b.Controls[i].Item; c.Op == cure.OpCheckpoint {
				a.checkpoint(c.State, e.arrived)
			}
		}
	}
	for i := range b.Controls {
		op := b.Controls[i].Item.Op
		if a.Counts.Records > 0 && (op == cure.OpDelete || op == cure.OpRegrade) { // not the default of a source that begins
			a.Corrected = e.seq
		}
	}
	a.count(&e)
	l.shelf.take(&e)
}

func (a *account) count(e *entry) {
	b, c := e.batch, &a.Counts
	n := len(b.Envelopes) - orders(b)
	c.Batches++
	c.Records += uint64(n)
	c.Rate = decayed(c.Rate, e.arrived.Sub(c.Arrived)) + float64(n)/paceTime.Seconds()
	if n > 0 {
		c.Good = e.arrived
	}
	c.Refused += uint64(len(b.Refused))
	if n := len(b.Refused); n > 0 {
		c.Why = b.Refused[n-1].Reason
	}
	c.Raised += uint64(e.raised)
	c.Unknown += uint64(b.Unknown)
	c.Arrived = e.arrived
	c.Skew = e.arrived.Sub(b.Created)
	var newest int64
	for i := range b.Rows {
		newest = max(newest, b.Rows[i].Last)
	}
	if newest > 0 {
		c.Lag = e.arrived.Sub(time.UnixMilli(newest))
	}
}

// orders counts the records of a batch that are controls: they came from the
// hub or a publisher's checkpoint, not from the source.
func orders(b *wire.Batch) (n int) {
	last := -1
	for i := range b.Controls {
		if r := int(b.Controls[i].Record); r != last {
			n, last = n+1, r
		}
	}
	return n
}
