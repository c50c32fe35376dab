// Package hub fuses what all sources say. It answers "who knows this value,
// since when, how often, and what belongs to it?" for one scope at a time.
//
// In go batches of records from the log, in stream order; one goroutine
// applies them to the store and notices links. Out come answers to queries
// ([Hub.Answer], [Hub.Search], [Hub.Lookup] and others, safe for concurrent
// use beside the writer) and events ([Hub.Subscribe]). Publishers write
// through [Hub.OpenSource] and [Hub.Send]; nothing enters but through the log.
//
// Every read takes a cure.Scope, and nothing that is returned (counts, links,
// weights, near matches) is derived from anything outside it.
//
// Limits: lists are cut at the limit asked for and say so; opening a record
// reads the log, everything else is answered from memory.
package hub

import (
	"context"
	"log/slog"
	"time"

	"github.com/opencure/cure"
)

// Hub is the fused state and the way to write to it. Make one with [Open] and
// keep [Hub.Run] running.
type Hub struct {
	opts Options
}

// Policy says how sources are marked. It must be pure for a version: replicas
// apply it in stream order and have to agree.
type Policy struct {
	Version uint64
	Default func(cure.Source) cure.Marking // of a source opened for the first time
	Floor   func(cure.Source) cure.Marking // records below are raised to it
}

// Options configure a hub.
type Options struct {
	Dir           string     // folder of snapshots; "": none are kept
	Self          cure.Scope // sees everything: for the hub's own bookkeeping
	Policy        Policy
	Own           []string      // own prefixes and domains, handed to publishers
	Heap          bool          // store on the Go heap
	Memory        int64         // budget in bytes; 0: no limit
	KeepSegments  time.Duration // observations, by arrival; 0: 30 days
	KeepPairs     time.Duration // what a source knows of a value; 0: 400 days
	SnapshotEvery time.Duration // 0: 10 minutes
	Rebuild       bool          // drop snapshots that do not fit the log instead of refusing to start
	Logger        *slog.Logger
	Now           func() time.Time
}

// Open prepares a hub: it reads the cluster's secrets and the newest good
// snapshot. The log is read by [Hub.Run].
func Open(ctx context.Context, o Options) (*Hub, error) { return nil, errSkeleton }

// Run consumes the log until ctx ends; it returns ctx's error or what broke.
func (h *Hub) Run(ctx context.Context) error { return errSkeleton }

// Close gives the store's memory back. Run must have returned and no query
// may be running.
func (h *Hub) Close() error { return errSkeleton }

var errSkeleton = cure.Errorf(cure.Unavailable, "hub is not connected")
