package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// StoreOptions say what the store is measured with.
type StoreOptions struct {
	N    int    // observations before the first question
	Dir  string // folder on the disk that counts, for the snapshot
	Seed uint64 // of the stream and of the questions
}

// minRows is the least a store is measured with: below, tables and first
// chunks are most of it.
const minRows = 10_000

// Store measures the in-memory store in this process: ingest with its memory
// and stalls, each kind of question under a scope that hides half the cells,
// reads beside the writer, snapshot and restore. Questions are drawn from
// shuffled samples over the whole stream. About 80 bytes an observation are
// needed, and as much on disk.
func Store(ctx context.Context, r Report, o StoreOptions) error {
	if o.N < minRows {
		return cure.Errorf(cure.Invalid, "measure a store of %d observations, want at least %d", o.N, minRows)
	}
	r.Head("store, %d observations, seed %d", o.N, o.Seed)
	b, err := newStoreBench(o)
	if err != nil {
		return err
	}
	defer func() { _ = b.s.Close() }()
	for _, measure := range []func(context.Context, Report) error{
		b.ingest, b.exact, b.batch, b.networks, b.suffixes, b.tags, b.window, b.pivot, b.beside, b.snapshot,
	} {
		if err := errors.Join(measure(ctx, r), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// storeBench is a store that is being filled and asked.
type storeBench struct {
	o      StoreOptions
	s      *store.Store
	half   *store.Reader // sees half the cells
	stream *storetest.Stream
	total  int   // rows the stream will make
	rows   int   // applied
	before int64 // bytes this process had before the first row
	last   store.Arrival
	values int                  // made when the ingest ended
	known  map[cure.Source]bool // have their default marking
	noted  linkCount
}

// besideShare and snapshotShare are the parts of N that the stream holds for
// what is written after the ingest: three phases beside a reader or none, and
// all the time that a snapshot takes.
const (
	besideShare   = 20
	snapshotShare = 4
)

func newStoreBench(o StoreOptions) (*storeBench, error) {
	s, err := store.New(storeOptions)
	if err != nil {
		return nil, err
	}
	total := o.N + 3*(o.N/besideShare) + o.N/snapshotShare
	return &storeBench{
		o: o, s: s, half: s.Reader(storetest.Half()), total: total,
		stream: storetest.NewStream(total, o.Seed), known: map[cure.Source]bool{},
	}, nil
}

var storeOptions = store.Options{Seed: [16]byte{1}}

// linkCount counts what the store notices, in place of the hub's events.
type linkCount struct{ linked, fresh uint64 }

func (c *linkCount) Linked(store.ID, cure.Kind, []byte, store.CellID) { c.linked++ }
func (c *linkCount) New(store.ID, cure.Kind, []byte, store.CellID)    { c.fresh++ }

// write applies batches until n rows are written, more is false, or the
// stream or ctx ends. It returns the rows; each gets the time of each Apply.
func (b *storeBench) write(ctx context.Context, n int, each *Latencies, more func() bool) (rows int, err error) {
	for rows < n && more() && ctx.Err() == nil {
		at, batch := b.stream.Next()
		if batch == nil {
			return rows, nil
		}
		start := time.Now()
		applied, err := b.s.Apply(at, batch, &b.noted)
		each.Add(time.Since(start))
		if err != nil || !applied {
			return rows, errors.Join(err, fmt.Errorf("apply batch %d: applied %t", at.Seq, applied))
		}
		if src := batch.Source; !b.known[src] {
			b.s.SetDefault(src, cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPGreen, Licence: cure.LicenceMembers})
			b.known[src] = true
		}
		rows += len(batch.Rows)
		b.rows += len(batch.Rows)
		b.last = at
	}
	return rows, ctx.Err()
}

func always() bool { return true }

// seed derives a seed of questions from that of the stream.
func (b *storeBench) seed(n uint64) uint64 { return b.o.Seed<<16 + n }

// sample draws keys of values over the whole stream.
func (b *storeBench) sample(count int, seed uint64) *store.Keys {
	var q store.Keys
	storetest.Sample(&q, b.values, count, b.seed(seed))
	return &q
}

// keyOf returns key i of a batch.
func keyOf(q *store.Keys, i int) (cure.Kind, []byte) {
	start := uint32(0)
	if i > 0 {
		start = q.Ends[i-1]
	}
	return q.Kinds[i], q.Data[start:q.Ends[i]]
}
