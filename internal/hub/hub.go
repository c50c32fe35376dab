// Package hub fuses what all sources say. It answers "who knows this value,
// since when, how often, and what belongs to it?" for one scope at a time.
//
// In go batches of records from the log, in stream order; one writer applies
// them to the store and notices links. Out come answers to queries
// ([Hub.Answer], [Hub.Search], [Hub.Lookup] and others, safe for concurrent
// use beside the writer) and events ([Hub.Subscribe]). Publishers write
// through [Hub.OpenSource] and [Hub.Send]; nothing enters but through the log.
//
// Every read takes a cure.Scope, and nothing that is returned (counts, links,
// weights, near matches, order) is derived from anything outside it. Lists are
// therefore sorted by what they show, never by the order of arrival.
//
// The log is untrusted: applying checks each batch again (source is subject,
// canonical form, sizes, marking floor), as a pure function of batch and
// policy, so that all replicas refuse the same.
//
// Limits: lists are cut at the limit asked for and say so; opening a record
// reads the log, everything else is answered from memory.
package hub

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// Policy says how sources are marked. Its functions are pure: replicas apply
// them in stream order and have to agree.
type Policy struct {
	Default func(cure.Source) cure.Marking // of a source opened for the first time; nil: [Strict] for all
	Floor   func(cure.Source) cure.Marking // records below are raised to it; nil: none
}

// Strict is what the marking of a source falls back to in parts that nobody
// set: own organisation only.
var Strict = cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPAmber, Licence: cure.LicenceInternal}

// Options configure a hub. Log and Self are required.
type Options struct {
	Log           log.Backend
	Self          cure.Scope // sees everything: the hub's own bookkeeping, never an answer
	Dir           string     // folder of snapshots; "": none are kept
	Policy        Policy
	Own           []string      // own prefixes and domains, handed to publishers
	Heap          bool          // store on the Go heap
	Memory        int64         // budget in bytes; 0: no limit
	LogBytes      int64         // size at which the log takes no more; 0: no limit of its own
	LogAge        time.Duration // age at which it drops batches; 0: keeps them
	KeepSegments  time.Duration // single observations, by arrival; 0: 30 days
	KeepPairs     time.Duration // what a source knows of a value; 0: 400 days
	SnapshotEvery time.Duration // 0: 10 minutes
	QuarantineMax int64         // bytes of the quarantine; 0: 256 MiB
	QuarantineAge time.Duration // 0: 30 days
	Rebuild       bool          // leave snapshots that do not fit the log instead of refusing to start
	// Red is told of each answer with something RED in it, who asked and what.
	// It must not block for long.
	Red func(ctx context.Context, sc cure.Scope, query string)
	// Aliases returns what people decided about a tag being the same as others,
	// as far as the scope may know it, the earlier first; nil: nothing.
	Aliases func(sc cure.Scope, tag cure.Observable) []cure.Override
	Logger  *slog.Logger
	Now     func() time.Time
}

// Stream is the stream of all batches as these options want it.
func (o *Options) Stream() log.StreamConfig {
	return log.StreamConfig{Name: "obs", Subjects: []string{"obs.>"}, MaxBytes: o.LogBytes, MaxAge: o.LogAge}
}

func (o *Options) defaults() {
	o.KeepSegments = orElse(o.KeepSegments, 30*24*time.Hour)
	o.KeepPairs = orElse(o.KeepPairs, 400*24*time.Hour)
	o.SnapshotEvery = orElse(o.SnapshotEvery, 10*time.Minute)
	o.QuarantineMax = orElse(o.QuarantineMax, 256<<20)
	o.QuarantineAge = orElse(o.QuarantineAge, 30*24*time.Hour)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Hub is the fused state and the way to write to it. Make one with [Open] and
// keep [Hub.Run] running. Safe for concurrent use.
type Hub struct {
	opts    Options
	log     *slog.Logger
	stream  log.Stream // batches of all sources
	bad     log.Stream // quarantine
	objects log.Objects
	secret  secret
	begin   time.Time

	created time.Time // of the log

	write sync.Mutex // held by whoever changes the store
	store *store.Store
	dec   *wire.Decoder
	sink  *sink

	progress *progress
	desks    *desks
	ledger   *ledger
	supplies supplies
	ward     *ward
	opener   *opener
	library  *library
	fan      *fan
	live     *live
	fresh    *fresh
	roster   *roster
	old      *lru[uint64, *chunk] // of the past, for those who catch up
	wide     wide
	engines  engines

	corrected corrections
	upkeep    upkeep
}

// Open prepares a hub: it reads the cluster's secrets and the newest snapshot
// that is whole. The log is read by [Hub.Run]. Conflict: the snapshot does not
// belong to this log, or the log has lost what the snapshot lacks.
func Open(ctx context.Context, o Options) (*Hub, error) {
	o.defaults()
	if o.Log == nil || o.Self.IsZero() {
		return nil, cure.Errorf(cure.Invalid, "open hub: no log or no scope of its own")
	}
	h := &Hub{opts: o, log: o.Logger, begin: o.Now()}
	if err := h.connect(ctx); err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	if err := h.restore(ctx); err != nil {
		return nil, fmt.Errorf("open hub: %w", err)
	}
	return h, nil
}

// connect opens the streams and makes the parts that hold no data yet.
func (h *Hub) connect(ctx context.Context) (err error) {
	h.stream, err = h.opts.Log.Stream(ctx, h.opts.Stream())
	if err != nil {
		return err
	}
	h.bad, err = h.opts.Log.Stream(ctx, log.StreamConfig{
		Name: "quarantine", Subjects: []string{"quarantine.>"},
		MaxAge: h.opts.QuarantineAge,
	})
	if err != nil {
		return err
	}
	if h.objects, err = h.opts.Log.Objects(ctx, "objects"); err != nil {
		return err
	}
	if h.secret, err = openSecret(ctx, h.opts.Log); err != nil {
		return err
	}
	if h.dec, err = wire.NewDecoder(); err != nil {
		return err
	}
	h.opener = newOpener(h.stream)
	h.library = newLibrary()
	h.ledger = newLedger()
	h.desks = newDesks()
	h.ward = newWard()
	h.fan = newFan()
	h.fresh, h.roster = newFresh(), newRoster()
	h.live, h.old = newLive(), newLRU[uint64, *chunk](oldChunks)
	h.wide = newWide()
	return nil
}

// Close gives the store's memory back. Run must have returned and no query
// may be running.
func (h *Hub) Close() error { return h.store.Close() }

// Sequence returns the stream sequence applied last.
func (h *Hub) Sequence() uint64 { return h.progress.at() }

// Applied waits until the batch of that stream sequence is applied.
func (h *Hub) Applied(ctx context.Context, seq uint64) error { return h.progress.wait(ctx, seq) }

// Ready reports whether the hub has caught up with the log as it was when Run
// began. Before that, answers lack what is still to be read.
func (h *Hub) Ready() bool { return h.progress.ready() }
