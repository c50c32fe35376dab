package store

import (
	"context"
	"iter"
	"net/netip"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

var (
	_ writer = (*Store)(nil)
	_ reader = (*Reader)(nil)
)

type Store struct{}

func New(o Options) (*Store, error) { return &Store{}, nil }

// Restore opens the newest whole snapshot in dir; none gives an empty store
// and Restored.Seq 0.
func Restore(dir string, o Options) (*Store, Restored, error) { return &Store{}, Restored{}, nil }

// Restored says what Restore did.
type Restored struct {
	Path    string
	Seq     uint64
	Refused []error
}

// Snapshot writes the state as of one stream sequence while Apply goes on.
func (s *Store) Snapshot(ctx context.Context, dir string) (seq uint64, err error) { return 0, nil }
func (s *Store) Close() error                                                     { return nil }
func (s *Store) Applied() uint64                                                  { return 0 }
func (s *Store) Watermark(src cure.Source) (epoch, seq uint64)                    { return 0, 0 }
func (s *Store) Bytes() int64                                                     { return 0 }
func (s *Store) Apply(at Arrival, b *wire.Batch, sink Sink) (applied bool, err error) {
	return false, nil
}
func (s *Store) SetDefault(src cure.Source, m cure.Marking)     {}
func (s *Store) Default(src cure.Source) cure.Marking           { return cure.Marking{} }
func (s *Store) Expire(segments, pairs time.Time) (dropped int) { return 0 }
func (s *Store) Shed(part float64) int                          { return 0 }
func (s *Store) Reader(scope cure.Scope) *Reader                { return &Reader{} }

type Reader struct{}

func (r *Reader) Exact(kind cure.Kind, key []byte) (id ID, ok bool) { return NoID, false }
func (r *Reader) Batch(q *Keys, ids []ID) []ID                      { return ids }
func (r *Reader) Sights(id ID, dst []Sight) []Sight                 { return dst }
func (r *Reader) Observable(id ID) cure.Observable                  { return cure.Observable{} }
func (r *Reader) AppendValue(dst []byte, id ID) []byte              { return dst }
func (r *Reader) Kind(id ID) cure.Kind                              { return 0 }
func (r *Reader) Cell(c CellID) Cell                                { return Cell{} }
func (r *Reader) In(p netip.Prefix) iter.Seq[ID]                    { return func(func(ID) bool) {} }
func (r *Reader) Covering(a netip.Addr) []ID                        { return nil }
func (r *Reader) Under(domain string, kind cure.Kind) iter.Seq[ID]  { return func(func(ID) bool) {} }
func (r *Reader) Notes(id ID, dst []Note) []Note                    { return dst }
func (r *Reader) Tags(id ID, dst []TagSight) []TagSight             { return dst }
func (r *Reader) Tagged(tag ID) iter.Seq[ID]                        { return func(func(ID) bool) {} }
func (r *Reader) Timeline(id ID, from, to time.Time) iter.Seq[Sighting] {
	return func(func(Sighting) bool) {}
}
func (r *Reader) Record(id cure.ID) []Locator                    { return nil }
func (r *Reader) Neighbours(id ID, max int) (ids []ID, cut int)  { return nil, 0 }
func (r *Reader) Pivot(seeds []ID, o PivotOptions) PivotResult   { return PivotResult{} }
func (r *Reader) AtLeast(k int, from, to time.Time) iter.Seq[ID] { return func(func(ID) bool) {} }
func (r *Reader) PortTime(port ID, from, to time.Time) iter.Seq[Sighting] {
	return func(func(Sighting) bool) {}
}
func (r *Reader) Matrix() Matrix                                  { return Matrix{} }
func (r *Reader) Shared(a, b func(cure.Source) bool) iter.Seq[ID] { return func(func(ID) bool) {} }
func (r *Reader) Top(kind cure.Kind, n int) []ID                  { return nil }
func (r *Reader) Stats() Stats                                    { return Stats{} }
func (r *Reader) Digest() [32]byte                                { return [32]byte{} }
