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
	decoders sync.Pool
}

const openBatches = 128

// piece is one part of a record as it is in the log.
type piece struct {
	source  cure.Source
	arrived time.Time
	record  cure.Record
}

func newOpener(s log.Stream) (*opener, error) {
	return &opener{stream: s, batches: newLRU[uint64, log.Message](openBatches)}, nil
}

// open reads the record at loc. Cost: a read of the log where the batch is not
// kept, then about a millisecond for a full batch. NotFound: the log does not
// reach back so far.
func (o *opener) open(ctx context.Context, loc store.Locator) (piece, error) {
	m, ok := o.batches.get(loc.Seq)
	if !ok {
		var err error
		if m, err = o.stream.Read(ctx, loc.Seq); err != nil {
			return piece{}, fmt.Errorf("open record: %w", err)
		}
		o.batches.put(loc.Seq, m)
	}
	d, _ := o.decoders.Get().(*wire.Decoder)
	if d == nil {
		var err error
		if d, err = wire.NewDecoder(); err != nil {
			return piece{}, err
		}
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
