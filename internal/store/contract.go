package store

import (
	"iter"
	"net/netip"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// ID is a value (an observable) inside one store. IDs are dense, survive
// rebuilds, and mean nothing in another store.
type ID uint32

// CellID is a (source, effective marking) pair, interned. Scopes are sets of
// cells.
type CellID uint16

// SourceID is a source, interned.
type SourceID uint16

// Cell is what a CellID stands for. Marking is effective: a change of the
// source's default changes it at once for all its records.
type Cell struct {
	Source  cure.Source
	Marking cure.Marking
}

// RoleSet is a bit mask over cure.Role.
type RoleSet uint16

// Sight is what one cell knows of one value, all observations folded. Times
// are Unix seconds.
type Sight struct {
	Cell        CellID
	Roles       RoleSet
	First, Last uint32 // event time
	Count       uint32
	Listed      bool // last said by a list
	Ended       bool // taken off the list: validity has ended
}

// Sighting is one observation of a value, as kept in a segment.
type Sighting struct {
	Cell        CellID
	Role        cure.Role
	State       cure.State
	First, Last uint32 // event time, Unix seconds
	Count       uint32
	Loc         Locator
}

// Locator says where a record is written: stream sequence of its batch and
// ordinal of the record in it.
type Locator struct {
	Seq    uint64
	Record uint16
}

// PartRow is one observation of a record's part: the value and its cell. ID is
// NoID for a part without observations.
type PartRow struct {
	ID   ID
	Cell CellID
}

// Arrival is the place of a batch in the stream.
type Arrival struct {
	Seq  uint64
	Time time.Time
}

// Sink receives what Apply notices, on the writer's goroutine; it must not
// block and must not keep key, which is valid during the call only.
type Sink interface {
	// Linked: cell saw the value for the first time and another cell knew it:
	// of another source, or of the same one under another marking. Which of
	// them makes a link depends on who looks.
	Linked(id ID, kind cure.Kind, key []byte, cell CellID)
	// New: no cell knew the value before.
	New(id ID, kind cure.Kind, key []byte, cell CellID)
}

// Options configure a store.
type Options struct {
	Seed   [16]byte // key of the value hash: values are attacker-chosen. A restored store keeps its own
	Heap   bool     // arenas on the Go heap: for other systems and the race detector
	Budget int64    // bytes the store should use, 0 for no limit (see Shed)

	// SegmentRows and SegmentAge say when a segment of observations is closed
	// and the next begun: the grain of Expire and Shed. 0: 1<<20 rows, 24 h.
	SegmentRows int
	SegmentAge  time.Duration
}

// writer is what the hub needs of a store; one goroutine at a time.
type writer interface {
	// Apply applies one batch, controls included, in stream order. A batch at
	// or below the watermark of its (source, epoch), or at or below the
	// applied stream sequence, is skipped: applied is false, err nil. The
	// newest 1,024 epochs of a source are remembered, in stream order.
	// Unknown or impossible rows are counted, never a panic.
	Apply(at Arrival, b *wire.Batch, sink Sink) (applied bool, err error)
	// SetDefault sets the marking a source's records have unless they say
	// otherwise. O(1).
	SetDefault(src cure.Source, m cure.Marking)
	// Expire drops segments that arrived before segments, and pairs last seen
	// (event time or arrival, whichever is later) before pairs.
	Expire(segments, pairs time.Time) (dropped int)
	// Shed drops the oldest segments until the store is under the given part
	// of its budget; returns how many observations went.
	Shed(part float64) int
}

// reader is what a Reader (a store bound to a scope) offers. Safe for
// concurrent use beside the writer. Values and sights outside the scope do
// not exist for it: no count, order or timing that could tell is derived from
// them.
type reader interface {
	// Exact finds one value; ok is false when no cell of the scope knows it.
	Exact(kind cure.Kind, key []byte) (id ID, ok bool)
	// Batch finds many at once with overlapped probes: ids[i] is the value of
	// keys i, or NoID. The fast way for more than about eight.
	Batch(q *Keys, ids []ID) []ID
	// Sights appends what each visible cell knows of the value.
	Sights(id ID, dst []Sight) []Sight
	// Observable returns the value's text form (one allocation); AppendValue
	// appends it to dst.
	Observable(id ID) cure.Observable
	AppendValue(dst []byte, id ID) []byte
	// AppendValues appends many text forms, and where each ends: the fast way
	// for more than about eight.
	AppendValues(dst []byte, ends []uint32, ids []ID) ([]byte, []uint32)
	Kind(id ID) cure.Kind
	Cell(c CellID) Cell

	// In yields the addresses inside a prefix, in order; Covering the CIDR
	// observables that contain an address, longest first; Under the domain,
	// its subdomains and, with mails, mail addresses at them.
	In(p netip.Prefix) iter.Seq[ID]
	Covering(a netip.Addr) []ID
	Under(domain string, kind cure.Kind) iter.Seq[ID]

	// All yields every visible value from an ID on, in order of IDs.
	All(from ID) iter.Seq[ID]
	// Notes appends what enrichers say about a value, as far as visible.
	Notes(id ID, dst []Note) []Note
	// Enriched counts, for each enricher, the values it says something about by
	// group of the visible sources that hold them.
	Enriched(group func(cure.Source) string) map[string]map[string]uint64
	// Tags appends the tags visible cells tie to a value; Tagged yields the
	// values tied to a tag, in ID order, each once.
	Tags(id ID, dst []TagSight) []TagSight
	Tagged(tag ID) iter.Seq[ID]
	// Related appends the tags related to a value in one way, at most max of
	// a source.
	Related(id ID, how cure.Relation, max int, dst []TagSight) (all []TagSight, cut bool)

	// Timeline yields the observations of a value, newest arrival first,
	// whose event time touches [from, to].
	Timeline(id ID, from, to time.Time) iter.Seq[Sighting]
	// Record yields where the parts of a record are written.
	Record(id cure.ID) []Locator
	// Part appends what is visible of a record's part at a place.
	Part(id cure.ID, at Locator, dst []PartRow) []PartRow
	// Neighbours yields the values that stand in one record with id, each
	// once, and how many were left out beyond max.
	Neighbours(id ID, max int) (ids []ID, cut int)
	// Degree counts the same values, at most max, in its newest records.
	Degree(id ID, max, records int) int
	// Beside visits the observations of a value in [from, to] with what else
	// stands in their records, and the roles of that.
	Beside(id ID, from, to time.Time, visit func(s Sighting, others []Companion) bool) (cut bool)
	// Pivot goes hops steps from the seeds over shared records, with caps.
	Pivot(seeds []ID, o PivotOptions) PivotResult

	// Arrivals visits the visible observations that arrived in [from, to].
	Arrivals(from, to time.Time, visit func(arrival uint32, id ID, cell CellID) bool)
	// AtLeast yields values with observations from at least k sources whose
	// event time is in [from, to].
	AtLeast(k int, from, to time.Time) iter.Seq[ID]
	// PortTime yields records with a port observable in [from, to].
	PortTime(port ID, from, to time.Time) iter.Seq[Sighting]
	// Matrix counts the values that each pair of sources shares; the diagonal
	// counts the values of a source.
	Matrix(group func(cure.Source) string) Matrix
	// Shared yields values that a source of a and a source of b both know.
	Shared(a, b func(cure.Source) bool) iter.Seq[ID]
	// Top yields values of a kind (0: all) by number of sources, then count.
	Top(kind cure.Kind, n int) []ID
	Stats() Stats
}

// NoID is the ID of nothing.
const NoID ID = 1<<32 - 1

// TagSight is a tag tied to a value by a cell.
type TagSight struct {
	Tag        ID
	Cell       CellID
	Relation   cure.Relation
	Confidence uint8
	Time       uint32
	Loc        Locator
}

// Note is what an enricher says about a value, under the marking of the
// record that said it. Times are Unix seconds; Expires 0 means never: the
// caller, who has a clock, drops what has expired.
type Note struct {
	Enricher string
	Version  uint32
	Name     string
	Value    string
	Score    float32
	Cell     CellID
	Time     uint32
	Expires  uint32
	Loc      Locator // where the why is written
}

// PivotOptions bound a pivot.
type PivotOptions struct {
	Hops      int // 1 or 2
	MaxValues int // stop after so many values
	MaxFanout int // values with more neighbours are not expanded, and named
}

// PivotResult is what a pivot reached and what it left out.
type PivotResult struct {
	IDs       []ID // seeds excluded, nearest first
	Hop       []uint8
	TooCommon []ID // reached but not expanded: more than MaxFanout neighbours
	Cut       bool // MaxValues was reached
}

// Matrix is the group by group count of shared values.
type Matrix struct {
	Names  []string   // sorted
	Shared [][]uint64 // symmetric; diagonal: values of the group
}

// Stats counts what the scope sees. Memory is of the whole store.
type Stats struct {
	Values       map[cure.Kind]uint64
	Observations uint64
	Pairs        uint64
	Tagged       uint64
	Sources      []SourceStats
	Bytes        int64 // resident bytes of all arenas
	Segments     int
}

// SourceStats is the part of one source.
type SourceStats struct {
	Source       cure.Source
	Values       uint64
	Observations uint64
	First, Last  uint32
}

// Keys is a batch of binary keys to look up; reuse it between calls.
type Keys struct {
	Kinds []cure.Kind
	Ends  []uint32 // Ends[i] is the end of key i in Data
	Data  []byte
}

// Add appends one key.
func (q *Keys) Add(o cure.Observable) {
	q.Kinds = append(q.Kinds, o.Kind)
	q.Data = o.AppendKey(q.Data)
	q.Ends = append(q.Ends, uint32(len(q.Data)))
}

// Reset empties q and keeps its memory.
func (q *Keys) Reset() { q.Kinds, q.Ends, q.Data = q.Kinds[:0], q.Ends[:0], q.Data[:0] }

// The contract is kept.
var (
	_ writer = (*Store)(nil)
	_ reader = (*Reader)(nil)
)
