package hub

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// opener reads records back from the log. It keeps the batches used last as
// they are in the log, at most openBatches of them. It knows no scopes: who
// calls it has found the locator in a scoped index.
type opener struct {
	stream   log.Stream
	batches  *lru[uint64, log.Message]
	names    *lru[uint64, []cure.ID]
	decoders sync.Pool
}

const (
	openBatches  = 128
	namedBatches = 2048
)

// piece is one part of a record as it is in the log.
type piece struct {
	source  cure.Source
	arrived time.Time
	record  cure.Record
}

func newOpener(s log.Stream) *opener {
	return &opener{
		stream: s, batches: newLRU[uint64, log.Message](openBatches),
		names: newLRU[uint64, []cure.ID](namedBatches),
	}
}

// open reads the record at loc. Cost: a read of the log where the batch is not
// kept, then about a millisecond for a full batch. NotFound: the log does not
// reach back so far.
func (o *opener) open(ctx context.Context, loc store.Locator) (piece, error) {
	m, err := o.batch(ctx, loc.Seq)
	if err != nil {
		return piece{}, err
	}
	d, err := o.decoder()
	if err != nil {
		return piece{}, err
	}
	defer o.decoders.Put(d)
	src, err := cure.SourceOfSubject(m.Subject)
	if err != nil {
		return piece{}, err
	}
	rec, err := d.Open(m.Data, int(loc.Record))
	if err != nil {
		return piece{}, fmt.Errorf("open record: %w", err)
	}
	return piece{src, m.Time, rec}, nil
}

// name returns the ID of the record at loc, "" when the log does not reach
// back so far. It stands for the place in lists: the place itself would count
// batches that the viewer may not know of. Cost: as open for the first record
// of a batch, nothing for the next.
func (o *opener) name(ctx context.Context, loc store.Locator) string {
	ids, ok := o.names.get(loc.Seq)
	if !ok {
		ids = o.read(ctx, loc.Seq)
		o.names.put(loc.Seq, ids)
	}
	if int(loc.Record) >= len(ids) {
		return ""
	}
	return ids[loc.Record].String()
}

// read returns the IDs of a batch's records.
func (o *opener) read(ctx context.Context, seq uint64) []cure.ID {
	m, err := o.batch(ctx, seq)
	if err != nil {
		return nil
	}
	d, err := o.decoder()
	if err != nil {
		return nil
	}
	defer o.decoders.Put(d)
	b, err := d.Decode(m.Data)
	if err != nil {
		return nil
	}
	ids := make([]cure.ID, len(b.Envelopes))
	for i := range b.Envelopes {
		ids[i] = b.Envelopes[i].ID
	}
	return ids
}

func (o *opener) batch(ctx context.Context, seq uint64) (log.Message, error) {
	if m, ok := o.batches.get(seq); ok {
		return m, nil
	}
	m, err := o.stream.Read(ctx, seq)
	if err != nil {
		return m, fmt.Errorf("open record: %w", err)
	}
	o.batches.put(seq, m)
	return m, nil
}

func (o *opener) decoder() (*wire.Decoder, error) {
	if d, ok := o.decoders.Get().(*wire.Decoder); ok {
		return d, nil
	}
	return wire.NewDecoder()
}
