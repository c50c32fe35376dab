package hub

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// Push encodes records and appends them. The same key again counts nothing
// twice: a retry is recognised even after a crash. An empty key names nothing, and
// each call is new. The records of one call may fill several batches; the
// sequence returned is that of the last. Invalid: a record is not canonical;
// then nothing of the call is in the log.
func (h *Hub) Push(ctx context.Context, src cure.Source, key string, records []cure.Record) (uint64, error) {
	if err := src.Check(); err != nil {
		return 0, err
	}
	if err := h.progress.waitReady(ctx); err != nil {
		return 0, err
	}
	if !h.ledger.known(src) {
		if err := h.introduce(ctx, src); err != nil {
			return 0, fmt.Errorf("push records: %w", err)
		}
	}
	if key == "" {
		var r [16]byte
		rand.Read(r[:])
		key = hex.EncodeToString(r[:])
	}
	return h.appendOnce(ctx, src, "push\x00"+key, records)
}

// Control appends control records of a source: what they do takes its place
// in the order of the stream.
func (h *Hub) Control(ctx context.Context, src cure.Source, controls ...cure.Control) (uint64, error) {
	for i := range controls {
		if c := &controls[i]; !c.Op.Valid() || c.Op == cure.OpCheckpoint {
			return 0, cure.Errorf(cure.Invalid, "control source: operation %s is not for callers", c.Op)
		}
	}
	if !h.ledger.known(src) {
		return 0, cure.Errorf(cure.NotFound, "control source: no source %s", src)
	}
	return h.Push(ctx, src, "", []cure.Record{{Controls: controls}})
}

// appendOnce writes records as batches under an epoch made from the key. All
// are encoded before the first is appended.
func (h *Hub) appendOnce(ctx context.Context, src cure.Source, key string, records []cure.Record) (uint64, error) {
	batches, err := h.encode(wire.Header{
		Source: src, Epoch: h.secret.onceEpoch(src, key), Created: h.opts.Now(),
	}, records)
	if err != nil {
		return 0, err
	}
	if len(batches) == 0 {
		return 0, cure.Errorf(cure.Invalid, "push records: there are none")
	}
	var last uint64
	for i, b := range batches {
		id := fmt.Sprintf("%s:%x:%d", src, h.secret.onceEpoch(src, key), i+1)
		if last, err = h.stream.Append(ctx, src.Subject(), id, b); err != nil {
			return 0, fmt.Errorf("push records: %w", err)
		}
	}
	return last, nil
}

// encode cuts records into batches numbered from 1. Where they are cut
// depends on the records alone, so that a retry writes the same batches.
func (h *Hub) encode(head wire.Header, records []cure.Record) ([][]byte, error) {
	enc, err := wire.NewEncoder(h.secret.seed)
	if err != nil {
		return nil, err
	}
	var batches [][]byte
	flush := func() error {
		if enc.Len() == 0 {
			return nil
		}
		head.Seq++
		b, err := enc.Flush(head)
		batches = append(batches, b)
		return err
	}
	for i := range records {
		rec := &records[i]
		if rec.ID.IsZero() {
			rec.ID = derivedID(head.Source, head.Epoch, i)
		}
		err := enc.Add(rec)
		if err == wire.ErrFull {
			if err = flush(); err == nil {
				err = enc.Add(rec)
			}
		}
		if err == nil && enc.Full() {
			err = flush()
		}
		if err != nil {
			return nil, fmt.Errorf("encode record %d: %w", i+1, err)
		}
	}
	return batches, flush()
}

// derivedID names a record that came without a name.
func derivedID(src cure.Source, epoch uint64, i int) cure.ID {
	return cure.NewID(string(src), fmt.Sprint(epoch), fmt.Sprint(i))
}
