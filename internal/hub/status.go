package hub

import (
	"time"

	"github.com/opencure/cure"
)

// SourceStatus is the state of one source. Default and Operating are there for
// scopes only that see everything of the source: they count hidden records
// too.
type SourceStatus struct {
	Source       cure.Source   `json:"source"`
	Values       uint64        `json:"values"`
	Observations uint64        `json:"observations"`
	First        time.Time     `json:"first,omitzero"` // event time
	Last         time.Time     `json:"last,omitzero"`
	Default      *cure.Marking `json:"default,omitempty"` // of records that say nothing else
	Operating    *Operating    `json:"operating,omitempty"`
}

// Operating counts what came from a source, whoever may see it.
type Operating struct {
	Batches     uint64        `json:"batches"`
	Records     uint64        `json:"records"`
	Refused     uint64        `json:"refused"`           // batches and rows apply did not take
	Why         string        `json:"why,omitempty"`     // of the last refusal
	Raised      uint64        `json:"raised,omitempty"`  // records lifted to the floor of their source
	Unknown     uint64        `json:"unknown,omitempty"` // items of kinds this version does not know
	Duplicates  uint64        `json:"duplicates"`        // batches that came again
	Quarantined uint64        `json:"quarantined"`
	Arrived     time.Time     `json:"arrived,omitzero"` // last batch
	Lag         time.Duration `json:"lag"`              // arrival minus event time of the last batch
	Skew        time.Duration `json:"skew"`             // arrival minus the publisher's clock
	Epoch       uint64        `json:"epoch"`
	Seq         uint64        `json:"seq"`
	Writer      bool          `json:"writer"` // somebody has it open
}

// Status is the state of the hub as a whole, for operators.
type Status struct {
	Ready       bool          `json:"ready"`   // caught up with the log of the start
	Applied     uint64        `json:"applied"` // stream sequence
	Last        uint64        `json:"last"`    // of the stream
	Behind      uint64        `json:"behind"`
	Started     time.Time     `json:"started"`
	Snapshot    time.Time     `json:"snapshot,omitzero"` // time of the last one
	SnapshotSeq uint64        `json:"snapshot_seq"`
	Bytes       int64         `json:"bytes"` // resident, all arenas
	Budget      int64         `json:"budget"`
	Memory      string        `json:"memory"` // "ok", "warn", "shedding"
	Shed        uint64        `json:"shed"`   // observations dropped for memory since the start
	Expired     uint64        `json:"expired"`
	Segments    int           `json:"segments"`
	Kept        time.Duration `json:"kept"` // how long observations are kept
	Log         string        `json:"log"`  // driver and sync of the log
	LogBytes    uint64        `json:"log_bytes"`
	Engines     []EngineState `json:"engines,omitempty"`
	Subscribers int           `json:"subscribers"`
}

// EngineState is the state of one engine.
type EngineState struct {
	Name    string `json:"name"`
	Version uint32 `json:"version"`
	Read    uint64 `json:"read"`    // values looked at
	Emitted uint64 `json:"emitted"` // records published
	Missed  uint64 `json:"missed"`  // events lost to a full queue, made good by a scan
	Err     string `json:"err,omitempty"`
}
