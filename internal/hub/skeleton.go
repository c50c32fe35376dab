package hub

import (
	"context"
	"net/netip"
	"time"

	"github.com/opencure/cure"
)

// Applied waits until the batch of that stream sequence is applied.
func (h *Hub) Applied(ctx context.Context, seq uint64) error { return errSkeleton }

// Sequence returns the stream sequence applied last.
func (h *Hub) Sequence() uint64 { return 0 }

// Ready reports whether the hub has caught up with the log of its start.
func (h *Hub) Ready() bool { return false }

// OpenSource gives the source to the caller, taking it from whoever had it.
func (h *Hub) OpenSource(ctx context.Context, src cure.Source) (Desk, error) {
	return Desk{}, errSkeleton
}

// Send appends one batch of an open source and returns its stream sequence
// when it is durable. Conflict: opened by another, or a gap in the batches.
func (h *Hub) Send(ctx context.Context, src cure.Source, token string, payload []byte) (uint64, error) {
	return 0, errSkeleton
}

// Push encodes records and appends them; the same key again appends nothing.
func (h *Hub) Push(ctx context.Context, src cure.Source, key string, records []cure.Record) (uint64, error) {
	return 0, errSkeleton
}

// Control appends control records of a source.
func (h *Hub) Control(ctx context.Context, src cure.Source, c ...cure.Control) (uint64, error) {
	return 0, errSkeleton
}

// Quarantine keeps raw records that could not be read.
func (h *Hub) Quarantine(ctx context.Context, src cure.Source, bad []BadRecord) error {
	return errSkeleton
}

// Quarantined returns the newest bad records the scope sees, newest first.
func (h *Hub) Quarantined(ctx context.Context, sc cure.Scope, src cure.Source, c Cursor) ([]BadRecord, error) {
	return nil, errSkeleton
}

// Lookup answers a batch of keys, a row a source. It reuses dst.
func (h *Hub) Lookup(sc cure.Scope, q *Keys, dst *Hits) error { return errSkeleton }

// Summaries returns one line a value, in the order asked.
func (h *Hub) Summaries(ctx context.Context, sc cure.Scope, values []cure.Observable) ([]Summary, error) {
	return nil, errSkeleton
}

// Answer returns all that is known about one value.
func (h *Hub) Answer(ctx context.Context, sc cure.Scope, o cure.Observable) (Answer, error) {
	return Answer{}, errSkeleton
}

// Search runs a query of the search language.
func (h *Hub) Search(ctx context.Context, sc cure.Scope, query string, c Cursor) (Results, error) {
	return Results{}, errSkeleton
}

// Timeline returns when a value was observed.
func (h *Hub) Timeline(ctx context.Context, sc cure.Scope, o cure.Observable, from, to time.Time, c Cursor) (Timeline, error) {
	return Timeline{}, errSkeleton
}

// Neighbours returns the values that stand in one record with o.
func (h *Hub) Neighbours(ctx context.Context, sc cure.Scope, o cure.Observable, c Cursor) (Neighbours, error) {
	return Neighbours{}, errSkeleton
}

// Covering returns the CIDR observables that contain the address, longest first.
func (h *Hub) Covering(ctx context.Context, sc cure.Scope, a netip.Addr) ([]Summary, error) {
	return nil, errSkeleton
}

// Tagged returns the values tied to a tag.
func (h *Hub) Tagged(ctx context.Context, sc cure.Scope, tag string, c Cursor) (Results, error) {
	return Results{}, errSkeleton
}

// Seen returns the values that at least k sources observed in [from, to].
func (h *Hub) Seen(ctx context.Context, sc cure.Scope, k int, from, to time.Time, c Cursor) (Results, error) {
	return Results{}, errSkeleton
}

// PortTime returns the records with a port in [from, to].
func (h *Hub) PortTime(ctx context.Context, sc cure.Scope, port cure.Observable, from, to time.Time, c Cursor) ([]RecordRef, error) {
	return nil, errSkeleton
}

// Pivot goes from the seeds over shared records.
func (h *Hub) Pivot(ctx context.Context, sc cure.Scope, seeds []cure.Observable, o PivotOptions) (Pivot, error) {
	return Pivot{}, errSkeleton
}

// Record opens a record by its ID or by the reference a sighting carries.
func (h *Hub) Record(ctx context.Context, sc cure.Scope, ref string) (Opened, error) {
	return Opened{}, errSkeleton
}

// Matrix counts shared values, by publisher or by source.
func (h *Hub) Matrix(ctx context.Context, sc cure.Scope, bySource bool) (Matrix, error) {
	return Matrix{}, errSkeleton
}

// Shared returns what a and b both hold; each is a publisher or a source.
func (h *Hub) Shared(ctx context.Context, sc cure.Scope, a, b string, c Cursor) (Shared, error) {
	return Shared{}, errSkeleton
}

// Top returns the values of a kind (KindNone: all) that most sources hold.
func (h *Hub) Top(ctx context.Context, sc cure.Scope, kind cure.Kind, n int) ([]Summary, error) {
	return nil, errSkeleton
}

// Rare returns values that exactly two publishers share, newest first: the
// links worth most.
func (h *Hub) Rare(ctx context.Context, sc cure.Scope, kind cure.Kind, n int) ([]Summary, error) {
	return nil, errSkeleton
}

// Stats counts what the scope sees.
func (h *Hub) Stats(sc cure.Scope) Stats { return Stats{} }

// Sources returns the state of each visible source, sorted by name.
func (h *Hub) Sources(sc cure.Scope) []SourceStatus { return nil }

// Status returns the state of the hub, for operators.
func (h *Hub) Status(ctx context.Context) Status { return Status{} }

// Subscribe begins a stream of events as the scope sees them. A slow reader
// is told what it missed; it never holds up the hub.
func (h *Hub) Subscribe(sc cure.Scope, buffer int) *Subscription { return nil }

// Subscription is a stream of events. Close it when done.
type Subscription struct{}

// Next waits for the next event.
func (s *Subscription) Next(ctx context.Context) (Event, error) { return Event{}, errSkeleton }

// Close ends the subscription.
func (s *Subscription) Close() {}

// Snapshot writes a snapshot now and returns the sequence it holds.
func (h *Hub) Snapshot(ctx context.Context) (uint64, error) { return 0, errSkeleton }
