package publish

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/wire"
)

const (
	checkpointEvery = 64  // batches
	maxBadWaiting   = 128 // bad records kept before they are sent
	maxBatch        = wire.MaxEncoded - 16<<10
	// slack is for what one more raw record and the checkpoint itself add, so
	// that a checkpoint fits into every batch that is not full.
	slack = wire.MaxInline + maxAttrs + 16<<10
)

// batcher makes batches of records, in which it puts the checkpoints, and
// hands them to the sink. It is driven by one goroutine; only the answers of
// the sink come from another.
type batcher struct {
	ctx    context.Context // of the run: records come by callbacks that have none
	sink   Sink
	src    cure.Source
	open   Opening
	enc    *wire.Encoder
	fold   Fold
	mask   *Masker
	cp     *checkpoint
	now    func() time.Time
	result *Result

	every int       // batches from one checkpoint to the next
	seq   uint64    // of the last batch made
	since int       // batches since the last checkpoint
	due   bool      // the next batch carries one
	each  bool      // every batch carries one: the input cannot be read again
	begun time.Time // when what is not sent yet began to wait; zero: nothing waits
	bad   []Bad
	err   error // the first that ended the run

	before func()                        // called before each checkpoint
	safe   func(id string, offset int64) // nil, or told how far an input is in the log

	mu     sync.Mutex
	acked  uint64 // stream sequence
	failed error
	flying sync.WaitGroup
}

// add takes a record of the fold.
func (b *batcher) add(rec *cure.Record) {
	if b.err != nil {
		return
	}
	if len(rec.Raw) > wire.MaxInline {
		if b.err = b.putRaw(rec); b.err != nil {
			return
		}
	}
	if err := b.enc.Add(rec); err != nil {
		if cure.KindOf(err) != cure.Invalid { // full cannot be: see slack
			b.err = cure.Errorf(cure.Internal, "add record to a batch of %d bytes: %w", b.enc.Size(), err)
			return
		}
		b.quarantine(Bad{Reason: reason(err), Input: b.cp.name, Time: b.now().UTC(), Raw: rec.Raw})
		return
	}
	b.result.Published++
	b.result.Observations += int64(len(rec.Observations))
}

// putRaw moves a long raw text to the objects of the sink.
func (b *batcher) putRaw(rec *cure.Record) error {
	sum, err := b.sink.Put(b.ctx, rec.Raw)
	if err != nil {
		return err
	}
	rec.Raw = nil
	rec.Attrs = append(rec.Attrs, cure.Attr{Name: "raw", Value: "sha256:" + sum})
	return nil
}

// full reports whether it is time to cut by content: the encoder says so, or
// what a checkpoint adds would not fit any more.
func (b *batcher) full() bool {
	return b.enc.Full() || b.enc.Size()+b.fold.Pending()+b.cp.size()+slack > maxBatch
}

// again reports whether the batch being made is one that the hub has from
// before an interruption. Such a batch is cut by its content and by nothing
// else: it has to be the same.
func (b *batcher) again() bool { return b.seq < b.open.Seq }

// patience returns how long what was read may wait for more.
func (b *batcher) patience() time.Duration {
	if b.begun.IsZero() || b.again() {
		return feed.Forever
	}
	// A clock that was set back must not make it wait for that long.
	return min(max(0, wire.FlushAfter-b.now().Sub(b.begun)), wire.FlushAfter)
}

// step cuts the batch when it is full. It is called between raw records.
func (b *batcher) step() {
	if b.err == nil && b.full() {
		b.cut()
	}
}

// cut ends a batch because of its content.
func (b *batcher) cut() {
	if b.due || b.each || b.since+1 >= b.every {
		b.checkpoint()
		return
	}
	b.since++
	b.flush()
	b.begun = b.now()
}

// checkpoint ends a batch with all that is open and the state behind it.
func (b *batcher) checkpoint() {
	b.before()
	b.fold.Spill(b.add)
	if b.err != nil {
		return
	}
	b.cp.seq, b.cp.at, b.cp.learned = b.seq+1, b.now().UTC(), b.mask.learned
	if b.err = b.saveFold(); b.err != nil {
		return
	}
	state := b.cp.encode(b.open.Key, b.mask)
	rec := cure.Record{
		ID:       cure.NewID(string(b.src), "checkpoint", string(state)),
		Controls: []cure.Control{{Op: cure.OpCheckpoint, State: state}},
	}
	if err := b.enc.Add(&rec); err != nil {
		b.err = cure.Errorf(cure.Internal, "add checkpoint of %d bytes: %w", len(state), err)
		return
	}
	b.due, b.since, b.begun = false, 0, time.Time{}
	b.flush()
}

// reached returns what to do once the batch is durable: tell how far the input
// is in the log, if the batch carries a checkpoint.
func (b *batcher) reached() func() {
	if b.safe == nil || b.cp.seq != b.seq {
		return nil
	}
	id, safe := b.cp.input, b.safe
	offset, ok := b.cp.offset(id)
	if !ok {
		return nil
	}
	return func() { safe(id, offset) }
}

// saveFold puts the state of the fold into the checkpoint.
func (b *batcher) saveFold() error {
	b.cp.fold = b.fold.AppendState(b.cp.fold[:0])
	b.cp.foldSum = ""
	if len(b.cp.fold) <= maxInlineState {
		return nil
	}
	sum, err := b.sink.Put(b.ctx, b.cp.fold)
	b.cp.foldSum, b.cp.fold = sum, b.cp.fold[:0]
	return err
}

// loadFold is the inverse.
func (b *batcher) loadFold() error {
	state := b.cp.fold
	if b.cp.foldSum != "" {
		var err error
		if state, err = b.sink.Get(b.ctx, b.cp.foldSum); err != nil {
			return err
		}
	}
	return b.fold.Restore(state)
}

// flush sends the batch unless the hub has it from before an interruption.
func (b *batcher) flush() {
	if b.err = b.ctx.Err(); b.err != nil {
		return
	}
	b.seq++
	payload, err := b.enc.Flush(wire.Header{Source: b.src, Epoch: b.open.Epoch, Seq: b.seq, Created: b.now().UTC()})
	if err != nil {
		b.err = err
		return
	}
	if b.seq <= b.open.Seq {
		return
	}
	if b.sendBad(); b.err != nil {
		return
	}
	b.result.Batches++
	b.flying.Add(1)
	reached := b.reached()
	done := func(seq uint64, err error) {
		if err == nil && reached != nil {
			reached()
		}
		b.done(seq, err)
	}
	if err := b.sink.Send(b.ctx, b.src, b.open.Token, payload, done); err != nil {
		b.flying.Done()
		b.err = err
		return
	}
	b.mu.Lock()
	b.err = b.failed
	b.mu.Unlock()
}

// done takes the sink's answer to a batch.
func (b *batcher) done(seq uint64, err error) {
	b.mu.Lock()
	if err != nil && b.failed == nil {
		b.failed = err
	}
	if b.failed == nil {
		b.acked = max(b.acked, seq)
	}
	b.mu.Unlock()
	b.flying.Done()
}

// sequence returns the stream sequence up to which all is durable.
func (b *batcher) sequence() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.acked
}

// wait waits for all answers.
func (b *batcher) wait() error {
	b.flying.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.err = b.failed
	}
	return b.err
}

// quarantine notes a bad record; it is sent before the batch it stands in.
func (b *batcher) quarantine(bad Bad) {
	b.refused(bad.Reason)
	if b.again() {
		return // sent before the interruption
	}
	bad.Raw = append([]byte(nil), bad.Raw[:min(len(bad.Raw), MaxBad)]...)
	bad.ID = b.badID(&bad)
	b.bad = append(b.bad, bad)
	if len(b.bad) >= maxBadWaiting {
		b.sendBad()
	}
}

// badID names a bad record by where it stands and what it says. It is keyed: a
// hash of a short text would tell the text.
func (b *batcher) badID(bad *Bad) string {
	if b.cp.input == "" {
		return ""
	}
	h := hmac.New(sha256.New, b.open.Key[:])
	fmt.Fprintf(h, "%q %d %q %d ", b.cp.input, bad.Offset, bad.Reason, len(bad.Raw))
	h.Write(bad.Raw)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// refused counts a raw record that could not be used.
func (b *batcher) refused(reason string) {
	b.result.Quarantined++
	count(&b.result.Reasons, reason)
}

// sendBad masks only now: the records since may have named a sensor.
func (b *batcher) sendBad() {
	for i := range b.bad {
		b.bad[i].Input = b.mask.Text(b.bad[i].Input)
		b.bad[i].Raw = bytes.Clone(b.mask.Bytes(b.bad[i].Raw))
	}
	if len(b.bad) > 0 && b.err == nil {
		b.err = b.sink.Quarantine(b.ctx, b.src, b.bad)
		b.bad = b.bad[:0]
	}
}

// maxNames bounds the names that are counted; more are counted as "other".
const maxNames = 100

func count(m *map[string]int64, name string) {
	if *m == nil {
		*m = make(map[string]int64)
	}
	if _, ok := (*m)[name]; !ok && len(*m) >= maxNames {
		name = "other"
	}
	(*m)[name]++
}

// reason is the text of an error as the quarantine shows it.
func reason(err error) string {
	const most = 200
	s := err.Error()
	return s[:min(len(s), most)]
}
